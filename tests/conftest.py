"""Fixtures that any test may ask for, and what the run says at its end."""

from tests.support.databases import _postgresql_database, database_url, postgresql_server, postgresql_url, sqlite_url
from tests.support.promises import kept, pytest_addoption, pytest_terminal_summary, soak
from tests.support.schema import _heard_once, by_alembic

__all__ = [
    "_heard_once",
    "_postgresql_database",
    "by_alembic",
    "database_url",
    "kept",
    "postgresql_server",
    "postgresql_url",
    "pytest_addoption",
    "pytest_terminal_summary",
    "soak",
    "sqlite_url",
]
