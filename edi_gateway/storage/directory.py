"""Partners and their keys in the database, and the copy of them that a worker keeps."""

from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from sqlalchemy import Connection, Engine, and_, delete, func, insert, select, update

from edi_gateway.errors import Fault
from edi_gateway.model.moment import timestamp
from edi_gateway.model.partner import ENROLMENTS, Identifier, KeyStep, Partner, PartnerKey, Term
from edi_gateway.model.profile import Profile
from edi_gateway.model.record import Change
from edi_gateway.partners.keyring import Directory, directory
from edi_gateway.storage import rows, tables
from edi_gateway.storage.engine import reading
from edi_gateway.storage.trust import read_trust
from edi_gateway.workflows.profiles import content

MAX_AGE = 1.0
"""Seconds after which a copy is compared with the database: how long a suspension may take to be felt everywhere."""

_VERSION = select(tables.directory.c.version, tables.directory.c.revocations)
_NEWEST = select(tables.profiles.c.partner, func.max(tables.profiles.c.version).label("version")).group_by(
    tables.profiles.c.partner
)
_PROFILES = select(tables.profiles).join(
    newest := _NEWEST.subquery(),
    and_(tables.profiles.c.partner == newest.c.partner, tables.profiles.c.version == newest.c.version),
)
_STEPS = select(tables.key_events).order_by(tables.key_events.c.leaf_index)


class SqlDirectory:
    """Implements `workflows.ports.DirectorySource`. `elapsed` is a monotonic clock in seconds."""

    def __init__(self, engine: Engine, elapsed: Callable[[], float]) -> None:
        self._engine = engine
        self._elapsed = elapsed
        self._lock = Lock()
        self._version = -1
        self._compared = float("-inf")
        self._copy = directory((), ())

    def current(self) -> Directory:
        if self._elapsed() - self._compared > MAX_AGE:
            return self.refreshed()
        return self._copy

    def refreshed(self) -> Directory:
        with self._lock:
            asked = self._elapsed()
            with reading(self._engine) as connection:
                counted = connection.execute(_VERSION).one_or_none()
                if counted is None:
                    raise Fault("The table of partners has no version.")
                if counted.version != self._version:
                    self._copy, self._version = read_directory(connection), counted.version
                if counted.revocations != self._copy.revocations:
                    self._copy = replace(self._copy, revocations=counted.revocations)
            # Only now: a copy that could not be compared is not to be taken for one that was.
            self._compared = asked
            return self._copy


def read_directory(connection: Connection) -> Directory:
    """All partners, keys, roots and grants, as one state of the database has them."""
    owned: dict[str, list[Identifier]] = {}
    for row in connection.execute(select(tables.identifiers).order_by(tables.identifiers.c.scheme)):
        owned.setdefault(row.partner, []).append(Identifier(row.scheme, row.value))
    agreed = {row.partner: rows.profile(row) for row in connection.execute(_PROFILES)}
    partners = [
        Partner(row.id, row.name, tuple(owned.get(row.id, ())), row.suspended, agreed.get(row.id))
        for row in connection.execute(select(tables.partners).order_by(tables.partners.c.id))
    ]
    steps: dict[str, list[KeyStep]] = {}
    for row in connection.execute(_STEPS):
        steps.setdefault(row.fingerprint, []).append(rows.key_step(row))
    keys = [rows.key(row, steps.get(row.fingerprint, ())) for row in connection.execute(select(tables.partner_keys))]
    return directory(partners, keys, read_trust(connection))


def apply(connection: Connection, change: Change, index: int) -> None:
    """Write what an operator did to a partner, in the transaction that records it as the entry of that index.

    Raises Fault where somebody else took a step in the key's life since this one was decided.
    """
    partner, now = change.partner, timestamp(change.at)
    if change.type == "partner.added":
        row = {"id": partner.id, "name": partner.name, "suspended": partner.suspended, "added_at": now}
        connection.execute(insert(tables.partners), row)
        _identify(connection, partner)
    elif change.type == "partner.changed":
        moved = update(tables.partners).where(tables.partners.c.id == partner.id)
        connection.execute(moved.values(name=partner.name))
        connection.execute(delete(tables.identifiers).where(tables.identifiers.c.partner == partner.id))
        _identify(connection, partner)
    elif change.type == "partner.profiled" and partner.profile:
        _agree(connection, partner.id, partner.profile, index)
    elif change.key:
        if change.type in ENROLMENTS:
            connection.execute(insert(tables.partner_keys), rows.key_row(change.key, now))
        _take_step(connection, change.key, change, index)
    else:
        moved = update(tables.partners).where(tables.partners.c.id == partner.id)
        connection.execute(moved.values(suspended=partner.suspended))
    connection.execute(update(tables.directory).values(version=tables.directory.c.version + 1))


def _identify(connection: Connection, partner: Partner) -> None:
    owned = [{"scheme": i.scheme, "value": i.value, "partner": partner.id} for i in partner.identifiers]
    connection.execute(insert(tables.identifiers), owned)


def _agree(connection: Connection, partner: str, profile: Profile, index: int) -> None:
    newest = select(func.max(tables.profiles.c.version)).where(tables.profiles.c.partner == partner)
    # A ledger that goes on from another one takes over the newest version, by its number.
    if connection.scalar(newest) not in (None, profile.version - 1):
        raise Fault(f"The profile of {partner} has been changed by somebody else.")
    row = {"leaf_index": index, "partner": partner, "version": profile.version, "content": content(profile)}
    connection.execute(insert(tables.profiles), row)


def _take_step(connection: Connection, key: PartnerKey, change: Change, index: int) -> None:
    taken = select(func.count()).where(tables.key_events.c.fingerprint == key.fingerprint)
    if connection.scalar(taken) != len(key.steps):
        raise Fault(f"The key {key.fingerprint} has been changed by somebody else.")
    row = {
        "leaf_index": index,
        "fingerprint": key.fingerprint,
        "type": change.type,
        "actor": change.draft.get("by"),
        "identity": change.draft.get("byIdentity"),
        "applies_from": change.draft.get("appliesFrom"),
        **rows.term_row(change.term or Term()),
    }
    connection.execute(insert(tables.key_events), row)
