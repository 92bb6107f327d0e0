"""The schema for an empty database. Alembic says the same to each: here only the first of a kind hears it from Alembic,
and the others from whoever listened, or have what was there. Hundreds of tests want a database of their own."""

import re
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Engine, event

from edi_gateway.storage import schema
from edi_gateway.storage.engine import writing
from tests.support.kept_tables import tables_of

_CHANGES = re.compile(r"\s*(CREATE|ALTER|DROP|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
_UPGRADE = schema.upgrade
_heard: dict[str, list[tuple[str, Any]]] = {}


@pytest.fixture(scope="session", autouse=True)
def _heard_once() -> Iterator[None]:
    """Empty databases are given their schema so, in the tests' own processes."""
    with patch.object(schema, "upgrade", _upgrade):
        yield


@pytest.fixture
def by_alembic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every database is given its schema by Alembic."""
    monkeypatch.setattr(schema, "upgrade", _UPGRADE)


def _upgrade(engine: Engine) -> None:
    tables = tables_of(engine)
    if schema.version(engine) is not None:
        _UPGRADE(engine)
    elif tables is None or not tables.back():
        _repeat(engine)
        if tables is not None:
            tables.made()


def _repeat(engine: Engine) -> None:
    name = engine.dialect.name
    if name not in _heard:
        _heard[name] = _listened(engine)
    else:
        with writing(engine) as connection:
            for statement, parameters in _heard[name]:
                connection.exec_driver_sql(statement, parameters)


def _listened(engine: Engine) -> list[tuple[str, Any]]:
    statements: list[tuple[str, Any]] = []

    def listen(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if _CHANGES.match(statement):
            statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", listen)
    _UPGRADE(engine)
    event.remove(engine, "before_cursor_execute", listen)
    return statements
