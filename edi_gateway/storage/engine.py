"""Connections, set up so that what is committed is durable, on SQLite and on PostgreSQL."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError

from edi_gateway.errors import Fault, Misuse
from edi_gateway.ledger.sequencer import CommitUnknown

BUSY_TIMEOUT = 10.0
"""Seconds that SQLite waits for a lock. Writers queue at the file lock before, so only outsiders make anybody wait."""


def connect(url: str) -> Engine:
    """Open the database of `url`. Raises Misuse for a URL that isn't SQLite's (a file) or PostgreSQL's."""
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return _sqlite(parsed)
        case "postgresql":
            return _postgresql(parsed)
    raise Misuse("The database URL must be sqlite:///FILE or postgresql://…")


def _sqlite(url: URL) -> Engine:
    # The driver's own transactions are off: BEGIN IMMEDIATE is said where a write begins, so that a transaction that
    # has read never fails because it can't turn into one that writes.
    engine = create_engine(url, connect_args={"isolation_level": None, "timeout": BUSY_TIMEOUT})

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _postgresql(url: URL) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+pg8000")
    socket = url.query.get("host", "")
    if url.get_driver_name() == "pg8000" and isinstance(socket, str) and socket.startswith("/"):
        # libpq's way to name a socket's directory, in the words of pg8000.
        query = {k: v for k, v in url.query.items() if k != "host"}
        url = url.set(query=query | {"unix_sock": f"{socket}/.s.PGSQL.{url.port or 5432}"})
    engine = create_engine(url, pool_pre_ping=True)
    # Many rows in one INSERT: without it this driver sends row by row, a round trip each.
    engine.dialect.use_insertmanyvalues_wo_returning = True

    @event.listens_for(engine, "connect")
    def refuse_lossy_commits(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("SHOW synchronous_commit")
        if cursor.fetchone()[0] in ("off", "local"):
            raise Fault("PostgreSQL has synchronous_commit off or local: a receipt could outlive its entry.")
        cursor.close()
        connection.rollback()

    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the database throughout. What goes wrong is a Fault."""
    try:
        with engine.connect() as connection:
            _begin(connection, "BEGIN", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection
            connection.rollback()
    except DBAPIError as error:
        raise Fault(f"The database cannot be read: {error.orig}") from error


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that commits at the end, or not at all.

    Raises Fault when it was surely rolled back, CommitUnknown when the commit itself failed.
    """
    with _file_lock(engine.url):
        try:
            connection = engine.connect()
        except DBAPIError as error:
            raise Fault(f"The database cannot be reached: {error.orig}") from error
        with connection:
            try:
                _begin(connection, "BEGIN IMMEDIATE")
                yield connection
            except DBAPIError as error:
                raise Fault(f"The database cannot be written: {error.orig}") from error
            _commit(connection)


def _begin(connection: Connection, sqlite: str, postgresql: str = "") -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(sqlite)
    elif postgresql:
        connection.execute(text(postgresql))


def _commit(connection: Connection) -> None:
    try:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("COMMIT")
        connection.commit()
    except DBAPIError as error:
        # After a failed fsync or a lost connection nobody knows; the connection itself is not to be trusted either.
        connection.invalidate(error)
        raise CommitUnknown(f"The database did not confirm a commit: {error.orig}") from error


@contextmanager
def _file_lock(url: URL) -> Iterator[None]:
    """Processes that write one SQLite file queue here: flock is fair, SQLite's own busy handler starves some."""
    if url.get_backend_name() != "sqlite":
        yield
        return
    with Path(f"{url.database}.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
