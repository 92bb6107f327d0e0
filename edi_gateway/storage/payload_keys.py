"""Payload keys in the database: which there are, which is in force, and the data keys that they wrap."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, bindparam, func, insert, select, update

from edi_gateway.errors import Misuse, Taken
from edi_gateway.model.moment import timestamp
from edi_gateway.model.trail import Step
from edi_gateway.storage.engine import reading, writing
from edi_gateway.storage.payload_tables import data_keys, payload_keys
from edi_gateway.storage.tables import head, payloads
from edi_gateway.storage.trail import take
from edi_gateway.workflows.payload_ports import PayloadKey, WrappedKey

LOCK_HEAD = select(head.c.id).with_for_update()
_IN_FORCE = select(head.c.payload_key)
_KEYS = select(payload_keys).order_by(payload_keys.c.added_at, payload_keys.c.id)
_COUNTS = select(data_keys.c.payload_key, func.count()).group_by(data_keys.c.payload_key)
_REWRAP = (
    update(data_keys)
    .where(data_keys.c.id == bindparam("document"), data_keys.c.payload_key == bindparam("old"))
    .values(payload_key=bindparam("new"), wrapped=bindparam("rewrapped"))
)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many documents are stored under each payload key, by its id, and how many in plain."""

    sealed: dict[str, int]
    plain: int


class SqlPayloadKeys:
    """Implements `workflows.payload_ports.PayloadKeys`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def in_force(self) -> str | None:
        """The id of the payload key that wraps new data keys. Raises Fault."""
        with reading(self._engine) as connection:
            return read_in_force(connection)

    def known(self) -> tuple[PayloadKey, ...]:
        with reading(self._engine) as connection:
            return _known(connection)

    def counts(self) -> Counts:
        """Goes through all documents. Raises Fault."""
        with reading(self._engine) as connection:
            sealed = {row[0]: row[1] for row in connection.execute(_COUNTS)}
            return Counts(sealed, connection.scalar(select(func.count()).select_from(payloads)) or 0)

    def put_in_force(self, id: str, source: str, step: Step) -> None:
        # Whoever appends holds the lock of the head: once this is committed, nothing is wrapped by another key.
        with writing(self._engine, LOCK_HEAD) as connection:
            known = _known(connection)
            if any(one.id == id for one in known):
                raise Taken(f"The payload key {id}, at {source}, is, or was, in use already.")
            if other := next((one for one in known if one.source == source and one.retired_at is None), None):
                raise Taken(f"At {source} was the payload key {other.id}, which is still in use: put it back.")
            row = {"id": id, "source": source, "added_at": timestamp(step.at)}
            connection.execute(insert(payload_keys), row)
            connection.execute(update(head).values(payload_key=id))
            take(connection, step)

    def wrapped_by(self, id: str, after: str, limit: int) -> list[WrappedKey]:
        query = select(data_keys.c.id, data_keys.c.wrapped).where(data_keys.c.id > after)
        query = query.where(data_keys.c.payload_key == id).order_by(data_keys.c.id).limit(limit)
        with reading(self._engine) as connection:
            return [WrappedKey(*row) for row in connection.execute(query)]

    def rewrap(self, old: str, new: str, wrapped: Sequence[WrappedKey]) -> None:
        rows = [{"document": one.document, "old": old, "new": new, "rewrapped": one.wrapped} for one in wrapped]
        with writing(self._engine) as connection:
            connection.execute(_REWRAP, rows)

    def retire(self, id: str, at: datetime) -> None:
        with writing(self._engine, LOCK_HEAD) as connection:
            _retire(connection, id, at)
            # What is raised here takes that back.
            if connection.scalar(select(data_keys.c.id).where(data_keys.c.payload_key == id).limit(1)):
                raise Misuse(f"The payload key {id} still wraps data keys.")

    def give_up(self, id: str, step: Step) -> None:
        with writing(self._engine, LOCK_HEAD) as connection:
            _retire(connection, id, step.at)
            take(connection, step)


def read_in_force(connection: Connection) -> str | None:
    """As this connection sees it: under the lock of the head it stays so."""
    return connection.scalar(_IN_FORCE)


def _retire(connection: Connection, id: str, at: datetime) -> None:
    if read_in_force(connection) == id:
        raise Misuse(f"The payload key {id} is in force.")
    going = payload_keys.c.retired_at.is_(None)
    retired = update(payload_keys).where(payload_keys.c.id == id, going).values(retired_at=timestamp(at))
    if connection.execute(retired).rowcount != 1:
        raise Misuse(f"The payload key {id} is retired already, or unknown.")


def _known(connection: Connection) -> tuple[PayloadKey, ...]:
    in_force = read_in_force(connection)
    return tuple(
        PayloadKey(row.id, row.source, row.added_at, row.retired_at, row.id == in_force)
        for row in connection.execute(_KEYS)
    )
