"""Statements, compiled once for all databases of a kind.

SQLAlchemy compiles a statement once for each engine, and a process of the gateway has one engine; the tests have
thousands, and would compile the same statements for each of them.
"""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import Dialect
from sqlalchemy.util import LRUCache

from edi_gateway.storage import engine as opening

_shared: dict[type[Dialect], tuple[type[Dialect], LRUCache[Any, Any]]] = {}


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    with patch.object(opening, "create_engine", _create_engine):
        yield


def _create_engine(*words: Any, **options: Any) -> Engine:
    engine = create_engine(*words, **options)
    kind = type(engine.dialect)
    if kind not in _shared:
        _shared[kind] = _alike(kind), LRUCache(2000)
    # What was compiled is found by its dialect among others.
    engine.dialect.__class__, engine._compiled_cache = _shared[kind]
    return engine


def _alike(kind: type[Dialect]) -> type[Dialect]:
    """That kind of dialects, each of which is as good as any other."""
    same = {
        "__eq__": lambda one, other: type(one) is type(other),
        "__hash__": lambda one: hash(type(one)),
        "supports_statement_cache": True,
    }
    return type(kind.__name__, (kind,), same)
