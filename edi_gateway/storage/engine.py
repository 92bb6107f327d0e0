"""Connections, set up so that what is committed is durable, on SQLite and on PostgreSQL.

Values of statements are hidden in what errors say: they are partners' documents and people's secrets, and errors are
logged.
"""

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Executable, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from edi_gateway.errors import Fault, Misuse
from edi_gateway.ledger.sequencer import CommitUnknown, Unavailable

BUSY_TIMEOUT = 10.0
"""Seconds that a database waits for a lock. SQLite's writers queue at the file lock before, without a limit."""

# PostgreSQL's driver lets the system's own errors of a connection that breaks pass as they are.
_FAILURES = (SQLAlchemyError, OSError)

# Secure deletion: what is erased is overwritten with zeros, in the rows and in the indexes. What SQLite keeps to undo a
# single statement stays in memory: else it writes such pages to temporary files, several for each commit. The log is
# carried over into the database every 4,000 pages (16 MB) rather than 1,000: that stops all commits, syncs twice, and
# writes the pages of the indexes each time.
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "secure_delete=ON",
    "temp_store=MEMORY",
    "wal_autocheckpoint=4000",
)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")

_ONE_STATE = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def connect(url: str) -> Engine:
    """Open the database of `url`. Raises Misuse for a URL that isn't SQLite's (a file) or PostgreSQL's."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Misuse("The database URL can't be read.") from error
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return _sqlite(parsed)
        case "postgresql":
            return _postgresql(parsed)
    raise Misuse("The database URL must be sqlite:///FILE or postgresql://…")


def _sqlite(url: URL) -> Engine:
    # The driver's own transactions are off: BEGIN IMMEDIATE is said where a write begins, so that a transaction that
    # has read never fails because it can't turn into one that writes.
    arguments = {"isolation_level": None, "timeout": BUSY_TIMEOUT}
    engine = create_engine(url, connect_args=arguments, hide_parameters=True)

    opened: set[tuple[int, int] | None] = set()

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        opened.add(_identity(url))

    @event.listens_for(engine, "do_connect")
    @event.listens_for(engine, "checkout")
    def refuse_another_file(*_: object) -> None:
        # An open file can be written to after it was deleted: every commit would succeed, and nothing be kept. And
        # where there is none, SQLite would make one.
        if opened and opened != {_identity(url)}:
            raise Unavailable("The database's file was removed or replaced; restart the gateway.")

    return engine


def _identity(url: URL) -> tuple[int, int] | None:
    try:
        found = Path(str(url.database)).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _postgresql(url: URL) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+pg8000")
    socket = url.query.get("host", "")
    if url.get_driver_name() == "pg8000" and isinstance(socket, str) and socket.startswith("/"):
        # libpq's way to name a socket's directory, in the words of pg8000.
        query = {k: v for k, v in url.query.items() if k != "host"}
        url = url.set(query=query | {"unix_sock": f"{socket}/.s.PGSQL.{url.port or 5432}"})
    schema = url.query.get("schema")
    if schema is not None and not (isinstance(schema, str) and _NAME.fullmatch(schema)):
        raise Misuse("The schema in the database URL is not a plain name.")
    # PostgreSQL speaks no TLS over such a socket; this driver would read all certificates of the system to ask for it.
    arguments: dict[str, Any] = {"ssl_context": False} if "unix_sock" in url.query else {}
    url = url.difference_update_query(["schema"])
    engine = create_engine(url, connect_args=arguments, pool_pre_ping=True, hide_parameters=True)
    # Many rows in one INSERT: without it this driver sends row by row, a round trip each.
    engine.dialect.use_insertmanyvalues_wo_returning = True

    # Before SQLAlchemy asks, at the first connection, which schema is the default one.
    @event.listens_for(engine, "connect", insert=True)
    def set_up(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        if schema:
            cursor.execute(f'SET search_path TO "{schema}"')
        cursor.execute("SHOW synchronous_commit")
        if cursor.fetchone()[0] in ("off", "local"):
            raise Unavailable("PostgreSQL has synchronous_commit off or local: a receipt could outlive its entry.")
        cursor.execute(f"SET lock_timeout = {int(BUSY_TIMEOUT * 1000)}")
        cursor.close()
        connection.commit()

    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the database throughout. What goes wrong is a Fault."""
    try:
        with engine.connect() as connection:
            _begin(connection, "BEGIN", _ONE_STATE)
            yield connection
            connection.rollback()
    except _FAILURES as error:
        raise Fault(f"The database cannot be read: {_cause(error)}") from error


@contextmanager
def writing(engine: Engine, lock: Executable | None = None) -> Iterator[Connection]:
    """A transaction that commits at the end, or not at all. `lock` is what takes its lock on PostgreSQL.

    Raises Unavailable when it could not begin, Fault when it was surely rolled back, and CommitUnknown when the commit
    itself failed.
    """
    with _file_lock(engine.url):
        try:
            connection = engine.connect()
        except _FAILURES as error:
            raise Unavailable(f"The database cannot be reached: {_cause(error)}") from error
        with connection:
            try:
                _begin(connection, "BEGIN IMMEDIATE", lock)
            except _FAILURES as error:
                connection.invalidate(error)
                raise Unavailable(f"The database cannot be locked: {_cause(error)}") from error
            try:
                yield connection
            except _FAILURES as error:
                # To roll back over a connection that is broken would fail once more, and hide what happened.
                connection.invalidate(error)
                raise Fault(f"The database cannot be written: {_cause(error)}") from error
            _commit(connection)


def _begin(connection: Connection, sqlite: str, postgresql: Executable | None) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(sqlite)
    elif postgresql is not None:
        connection.execute(postgresql)


def _commit(connection: Connection) -> None:
    try:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("COMMIT")
        connection.commit()
    except Exception as error:
        # After a failed fsync or a lost connection nobody knows; the connection itself is not to be trusted either.
        connection.invalidate(error)
        raise CommitUnknown(f"The database did not confirm a commit: {_cause(error)}") from error


def _cause(error: Exception) -> object:
    """What the driver said, without the statement and its values."""
    return getattr(error, "orig", error)


@contextmanager
def waiting_for_writers(url: str) -> Iterator[None]:
    """While no process writes to the file of a SQLite database. PostgreSQL has no such lock, and none is taken."""
    with _file_lock(make_url(url)):
        yield


@contextmanager
def _file_lock(url: URL) -> Iterator[None]:
    """Processes that write one SQLite file queue here: flock is fair, SQLite's own busy handler starves some."""
    if url.get_backend_name() != "sqlite":
        yield
        return
    try:
        lock = Path(f"{url.database}.lock").open("ab")  # noqa: SIM115 - closed below, where errors are no longer its own
    except OSError as error:
        raise Unavailable(f"The database's lock cannot be reached: {error}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
