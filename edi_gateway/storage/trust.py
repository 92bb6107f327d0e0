"""Roots and grants in the database."""

from datetime import timedelta

from sqlalchemy import Connection, func, insert, select, update

from edi_gateway.errors import Fault
from edi_gateway.model.record import Act
from edi_gateway.model.trust import Grant, Match, Trust, TrustChange, TrustRoot, TrustStep
from edi_gateway.storage import tables
from edi_gateway.storage.trust_tables import trust_grants, trust_roots, trust_steps


def apply(connection: Connection, act: Act, change: TrustChange, index: int) -> None:
    """Write what was done to a root or a grant, in the transaction that records it as the entry of that index.

    Raises Fault where somebody else took a step in its life since this one was decided.
    """
    known = change.known
    subject = known.name if isinstance(known, TrustRoot) else known.id
    taken = select(func.count()).where(trust_steps.c.subject == subject)
    if connection.scalar(taken) != len(known.steps):
        raise Fault(f"The root or grant {subject} has been changed by somebody else.")
    if not known.steps:
        _insert(connection, known)
    who = {"actor": act.draft.get("by"), "identity": act.draft.get("byIdentity")}
    step = {"leaf_index": index, "subject": subject, "type": change.type, **who}
    connection.execute(insert(trust_steps), step)
    connection.execute(update(tables.directory).values(version=tables.directory.c.version + 1))


def _insert(connection: Connection, known: TrustRoot | Grant) -> None:
    if isinstance(known, TrustRoot):
        row = {
            "name": known.name,
            "certificate": known.certificate,
            "usages": " ".join(known.usages),
            "policy": known.policy,
            "path_length": known.path_length,
            "revocation": known.revocation,
            "grace": int(known.grace.total_seconds()),
        }
        connection.execute(insert(trust_roots), row)
        return
    same = (trust_grants.c.root == known.root, trust_grants.c.kind == known.match.kind)
    clash = select(trust_grants.c.id).where(*same, trust_grants.c.value == known.match.value)
    ended = select(trust_steps.c.subject).where(trust_steps.c.type == "trust.ended")
    if connection.execute(clash.where(trust_grants.c.id.not_in(ended))).first():
        raise Fault("Somebody else has granted this meanwhile.")
    row = {"id": known.id, "partner": known.partner, "root": known.root, "kind": known.match.kind}
    connection.execute(insert(trust_grants), row | {"value": known.match.value})


def read_trust(connection: Connection) -> Trust:
    """All roots and grants, as one state of the database has them."""
    steps: dict[str, list[TrustStep]] = {}
    for row in connection.execute(select(trust_steps).order_by(trust_steps.c.leaf_index)):
        steps.setdefault(row.subject, []).append(TrustStep(row.leaf_index, row.type, row.actor, row.identity))
    roots = {
        row.name: TrustRoot(
            name=row.name,
            certificate=row.certificate,
            usages=tuple(row.usages.split()),
            policy=row.policy,
            path_length=row.path_length,
            revocation=row.revocation,
            grace=timedelta(seconds=row.grace),
            steps=tuple(steps.get(row.name, ())),
        )
        for row in connection.execute(select(trust_roots).order_by(trust_roots.c.name))
    }
    grants = [
        Grant(row.id, row.partner, row.root, Match(row.kind, row.value), tuple(steps.get(row.id, ())))
        for row in connection.execute(select(trust_grants).order_by(trust_grants.c.id))
    ]
    return Trust(roots, tuple(grants))
