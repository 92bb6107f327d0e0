"""Fixtures that any test may ask for, and what the run says at its end."""

import gc

from tests.support.compiled import _compiled_once
from tests.support.databases import database_url, postgresql_database, postgresql_server, postgresql_url, sqlite_url
from tests.support.promises import kept, pytest_addoption, pytest_terminal_summary, soak
from tests.support.schema import _heard_once, by_alembic

__all__ = [
    "_compiled_once",
    "_heard_once",
    "by_alembic",
    "database_url",
    "kept",
    "postgresql_database",
    "postgresql_server",
    "postgresql_url",
    "pytest_addoption",
    "pytest_terminal_summary",
    "soak",
    "sqlite_url",
]

# Thousands of tests and all that they import are there to stay: nobody need look through them for garbage.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()
