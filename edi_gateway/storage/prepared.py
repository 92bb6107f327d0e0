"""Statements that are put into the driver's words once, and then handed to it with the values as they are.

They are asked for each document. SQLAlchemy would go through every value of every row each time, which takes longer
than the database takes to write it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect, Table, insert, text


class Insertion:
    """Puts rows into a table: mappings with a value for each column."""

    def __init__(self, table: Table) -> None:
        self._statement = insert(table)
        self._prepared: tuple[str, Callable[[Mapping[str, object]], object]] | None = None

    def __call__(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        if connection.dialect.name != "sqlite":
            # One statement for many rows, which SQLAlchemy makes: without it each would be a round trip.
            connection.execute(self._statement, rows)
            return
        if self._prepared is None:
            compiled = self._statement.compile(dialect=connection.dialect)
            self._prepared = compiled.string, itemgetter(*compiled.positiontup or ())
        statement, values = self._prepared
        connection.exec_driver_sql(statement, list(map(values, rows)))


def ask(connection: Connection, question: str, values: Sequence[object]) -> CursorResult[*tuple[Any, ...]]:
    """Ask in SQL whose parameters are bound in the order of their first and only mention."""
    return connection.exec_driver_sql(_in_drivers_words(question, connection.dialect), tuple(values))


@lru_cache(maxsize=64)
def _in_drivers_words(question: str, dialect: Dialect) -> str:
    return text(question).compile(dialect=dialect).string
