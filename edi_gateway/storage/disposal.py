"""Erasing documents and holding them: in the transaction that records it, or not at all."""

import logging

from sqlalchemy import ColumnElement, Connection, Engine, delete, exists, insert, select
from sqlalchemy.exc import SQLAlchemyError

from edi_gateway.errors import Fault
from edi_gateway.model.query import Erasure, Hold
from edi_gateway.model.record import Custody
from edi_gateway.storage import contracts, sealed_payloads
from edi_gateway.storage.engine import BUSY_TIMEOUT
from edi_gateway.storage.tables import documents, erasures, holds, payloads, statements

log = logging.getLogger(__name__)

WIPE_TIMEOUT = 1.0
"""Seconds to wait for those who read."""

_ERASURES = select(erasures.c.id, erasures.c.leaf_index, erasures.c.erased_by)
_HOLDS = select(holds.c.leaf_index, holds.c.document, holds.c.held)


def carry_out(connection: Connection, custody: Custody, recorded_at: int) -> None:
    """Do what the entry at the index `recorded_at` says, under the lock of the head.

    Raises Fault where it can't be done any more: somebody else erased, held or released the document meanwhile.
    """
    held = is_held(connection, custody.document)
    if custody.kind == "document.erased":
        if held:
            raise Fault(f"{custody.document} has been put on hold.")
        _erase(connection, custody.document, recorded_at)
        return
    holding = custody.kind == "document.held"
    if held == holding or _index(connection, custody.document) is None:
        raise Fault(f"{custody.document} has been erased, held or released by somebody else.")
    connection.execute(insert(holds), {"leaf_index": recorded_at, "document": custody.document, "held": holding})


def is_held(connection: Connection, document: str) -> bool:
    return bool(connection.scalar(select(holds.c.held).where(on_hold(document)).limit(1)))


def on_hold(document: object) -> ColumnElement[bool]:
    """The row of a document's hold, if it is in force: the newest one, unless that is a release."""
    newer = holds.alias()
    superseded = exists().where(newer.c.document == holds.c.document, newer.c.leaf_index > holds.c.leaf_index)
    return (holds.c.document == document) & holds.c.held & ~superseded


def find_erasure(connection: Connection, where: ColumnElement[bool]) -> Erasure | None:
    row = connection.execute(_ERASURES.where(where)).one_or_none()
    return Erasure(*row) if row else None


def all_erasures(connection: Connection) -> list[Erasure]:
    return [Erasure(*row) for row in connection.execute(_ERASURES.order_by(erasures.c.erased_by))]


def all_holds(connection: Connection) -> list[Hold]:
    return [Hold(*row) for row in connection.execute(_HOLDS.order_by(holds.c.leaf_index))]


def wipe(engine: Engine) -> bool:
    """Bring SQLite's write-ahead log into the file, zeros and all, and empty it; whether that was done.

    It isn't as long as somebody reads an older state. PostgreSQL's administrator has commands for what it leaves.
    """
    if engine.dialect.name != "sqlite":
        return False
    try:
        with engine.connect() as connection:
            # Whoever wants to write waits as long as this does.
            connection.exec_driver_sql(f"PRAGMA busy_timeout={int(WIPE_TIMEOUT * 1000)}")
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
            connection.exec_driver_sql(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT * 1000)}")
    except SQLAlchemyError as error:
        log.warning("the write-ahead log could not be emptied: %s", error)
        return False
    return not busy


def _index(connection: Connection, document: str) -> int | None:
    return connection.scalar(select(documents.c.leaf_index).where(documents.c.id == document))


def _erase(connection: Connection, document: str, erased_by: int) -> None:
    index = _index(connection, document)
    if index is None:
        raise Fault(f"{document} has been erased by somebody else.")
    # First the row that lets the triggers pass, and then what they guard: in the order of the foreign keys.
    connection.execute(insert(erasures), {"leaf_index": index, "id": document, "erased_by": erased_by})
    stored = connection.execute(delete(payloads).where(payloads.c.id == document)).rowcount
    if stored + sealed_payloads.erase(connection, document) != 1:
        raise Fault(f"{document} is not whole: there is not one transmission of it.")
    contracts.erase(connection, index)
    for table in (documents, statements):
        if connection.execute(delete(table).where(table.c.id == document)).rowcount != 1:
            raise Fault(f"{document} is not whole: there is nothing of it in {table.name}.")
