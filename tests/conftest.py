"""Fixtures that any test may ask for."""

from tests.support.databases import _postgresql_database, database_url, postgresql_server, postgresql_url, sqlite_url

__all__ = ["_postgresql_database", "database_url", "postgresql_server", "postgresql_url", "sqlite_url"]
