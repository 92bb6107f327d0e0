"""The trail of access in the database. Implements `workflows.trail.Trail`."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, text

from edi_gateway.model.moment import parse_timestamp, timestamp
from edi_gateway.model.record import LEDGER
from edi_gateway.model.trail import Actor, Step, Trailed, TrailQuery
from edi_gateway.storage.access_tables import trail
from edi_gateway.storage.engine import reading, writing
from edi_gateway.storage.tables import entries, statements
from edi_gateway.workflows.trail import START, chained

TOGETHER = 1000
"""Steps that are read at a time."""

# So that numbers have no gap and hashes one order. SQLite lets one write at a time as it is.
_LOCK = text("LOCK TABLE trail IN SHARE ROW EXCLUSIVE MODE")


def take(connection: Connection, step: Step) -> None:
    """Write a step, in a transaction that writes: what was done and that it was done are there together, or neither."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK)
    newest = connection.execute(select(trail.c.number, trail.c.hash).order_by(trail.c.number.desc()).limit(1)).first()
    number, previous = (newest.number + 1, newest.hash) if newest else (1, START)
    actor = step.actor
    row = {
        "number": number,
        "at": timestamp(step.at),
        "event": step.event,
        "actor": actor.name,
        "role": actor.role,
        "credential": actor.credential,
        "address": actor.address,
        "subject": step.subject,
        "detail": step.detail,
        "hash": chained(previous, number, step),
    }
    connection.execute(insert(trail), row)


class SqlTrail:
    """Steps that are part of nothing else, and questions about all of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, step: Step) -> None:
        """Durable when it returns. Raises Fault."""
        with writing(self._engine) as connection:
            take(connection, step)

    def find(self, query: TrailQuery) -> list[Trailed]:
        """Newest first, one more than the limit where there are more. Raises Fault."""
        wanted = [
            trail.c[name] == value
            for name, value in (("event", query.event), ("actor", query.actor), ("subject", query.subject))
            if value is not None
        ]
        if query.since:
            wanted.append(trail.c.at >= timestamp(query.since))
        if query.until:
            wanted.append(trail.c.at < timestamp(query.until))
        if query.before:
            wanted.append(trail.c.number < query.before)
        found = select(trail).where(*wanted).order_by(trail.c.number.desc()).limit(query.limit + 1)
        with reading(self._engine) as connection:
            return [_trailed(row) for row in connection.execute(found)]

    def newest(self) -> Trailed | None:
        """Raises Fault."""
        found = self.find(TrailQuery(limit=1))
        return found[0] if found else None

    def from_number(self, number: int) -> Iterator[Trailed]:
        """In order. Raises Fault."""
        while rows := self._page(number):
            yield from rows
            number = rows[-1].number + 1

    def _page(self, number: int) -> list[Trailed]:
        query = select(trail).where(trail.c.number >= number).order_by(trail.c.number).limit(TOGETHER)
        with reading(self._engine) as connection:
            return [_trailed(row) for row in connection.execute(query)]

    def statements(self, limit: int | None = None) -> Sequence[tuple[int, bytes]]:
        """Raises Fault."""
        # By way of the ledger's own chain, which is short, and has an index.
        query = select(entries.c.leaf_index, statements.c.statement).join(entries)
        query = query.where(entries.c.party == LEDGER, statements.c.type == "trail.stated")
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(entries.c.party_sequence.desc()).limit(limit))
            return [(row.leaf_index, row.statement) for row in found]


def _trailed(row: Row[Any]) -> Trailed:
    actor = Actor(row.actor, row.role, row.credential, row.address)
    return Trailed(row.number, Step(row.event, actor, row.subject, parse_timestamp(row.at), row.detail), row.hash)
