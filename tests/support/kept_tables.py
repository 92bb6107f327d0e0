"""PostgreSQL's tables, handed on from one test to the next: to make them anew takes longer than most tests do.

They are put aside whole, in a schema of another name, as long as nobody has changed their definitions, triggers and
all: then only their rows have to be those of a new database, or of a gateway that was kept.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, make_url, text

from edi_gateway.storage.engine import connect

# Each row of PostgreSQL's catalogue knows the transaction that wrote it: whatever is defined anew changes one of them.
_DEFINITIONS = text("""
    SELECT string_agg(concat_ws(' ', kind, id, since), ',' ORDER BY kind, id, since) FROM (
        WITH ours AS (SELECT oid, xmin FROM pg_class WHERE relnamespace = 'public'::regnamespace)
        SELECT 1, oid::text, xmin::text FROM ours
        UNION ALL SELECT 2, attrelid || '.' || attnum, xmin::text FROM pg_attribute
            WHERE attrelid IN (SELECT oid FROM ours)
        UNION ALL SELECT 3, oid::text, xmin::text FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM ours)
        UNION ALL SELECT 4, oid::text, xmin::text FROM pg_constraint WHERE conrelid IN (SELECT oid FROM ours)
        UNION ALL SELECT 5, oid::text, xmin::text FROM pg_attrdef WHERE adrelid IN (SELECT oid FROM ours)
        UNION ALL SELECT 6, oid::text, xmin::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT 7, oid::text, xmin::text FROM pg_type WHERE typnamespace = 'public'::regnamespace
    ) AS found (kind, id, since)
""")

_EMPTY, _ASIDE = text("CREATE SCHEMA public"), text("ALTER SCHEMA public RENAME TO aside")

_LEAVE = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


class Tables:
    """Those of one database, which the tests of a process use one after the other. Others can't be handed on by a role
    that is no superuser: nobody else gets past the triggers."""

    def __init__(self, url: str) -> None:
        self._engine = connect(url)
        self._definitions: str | None = None
        self._aside = False
        self._kept: list[frozenset[str]] = []

    def empty(self) -> None:
        """Nobody else is connected, and nothing is there."""
        with self._administering() as connection:
            connection.execute(_LEAVE)
            if self._are_as_made(connection):
                connection.execute(_ASIDE)
                self._aside = True
            else:
                connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(_EMPTY)

    def made(self) -> None:
        """The tables that are there are new: they are handed on from here, with the rows that they have now."""
        with self._administering() as connection:
            if not connection.scalar(text("SELECT current_setting('is_superuser')::boolean")):
                return
            self._definitions = connection.scalar(_DEFINITIONS)
            if not self._kept:
                self._keep(connection)

    def keep(self) -> int | None:
        """Remember all rows that are there. The number to have them back by, if they can be."""
        with self._administering() as connection:
            return self._keep(connection) if self._are_as_made(connection) else None

    def back(self, number: int = 0) -> bool:
        """Have the tables again that were put aside, if any, with the rows that were kept under that number."""
        if not self._aside:
            return False
        with self._administering() as connection:
            connection.execute(text("DROP SCHEMA public"))
            connection.execute(text("ALTER SCHEMA aside RENAME TO public"))
            self._fill(connection, number)
        self._aside = False
        return True

    def fill(self, number: int) -> None:
        """Have those rows in the tables that are there, and no others."""
        with self._administering() as connection:
            self._fill(connection, number)

    def _are_as_made(self, connection: Connection) -> bool:
        return self._definitions is not None and connection.scalar(_DEFINITIONS) == self._definitions

    def _keep(self, connection: Connection) -> int:
        number = len(self._kept)
        tables = [table for table in _tables(connection) if connection.scalar(text(f"SELECT EXISTS (TABLE {table})"))]
        copies = (f"CREATE TABLE kept_{number}.{table} AS TABLE public.{table}" for table in tables)
        connection.execute(text("; ".join((f"CREATE SCHEMA kept_{number}", *copies))))
        self._kept.append(frozenset(tables))
        return number

    def _fill(self, connection: Connection, number: int) -> None:
        deleted = (f"DELETE FROM public.{table}" for table in _tables(connection))
        rows = (f"INSERT INTO public.{table} TABLE kept_{number}.{table}" for table in sorted(self._kept[number]))
        connection.execute(text("; ".join(("SET LOCAL session_replication_role = replica", *deleted, *rows))))

    @contextmanager
    def _administering(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        finally:
            self._engine.dispose()


def _tables(connection: Connection) -> list[str]:
    return list(connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))


_ours: dict[str, Tables] = {}


@contextmanager
def handed_on(url: str) -> Iterator[Tables]:
    """The tables of a database that is this process's own."""
    name = str(make_url(url).database)
    _ours[name] = Tables(url)
    try:
        yield _ours[name]
    finally:
        del _ours[name]


def tables_of(engine: Engine) -> Tables | None:
    """Those of its database, if they are handed on, and in the schema that it looks into."""
    tables = _ours.get(str(engine.url.database)) if engine.dialect.name == "postgresql" else None
    if tables is not None:
        with engine.connect() as connection:
            tables = tables if connection.scalar(text("SELECT current_schema()")) == "public" else None
    return tables
