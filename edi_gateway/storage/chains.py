"""One party's entries, read in one state of the database, page by page."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, select

from edi_gateway.ledger.tree import Head
from edi_gateway.model.chain import ChainLink
from edi_gateway.storage.engine import reading
from edi_gateway.storage.ledger import SqlHashes, read_head
from edi_gateway.storage.tables import entries, erasures, statements

PAGE = 500
"""Entries read in one go."""

_LINKS = select(
    entries.c.leaf_index,
    entries.c.party_sequence,
    entries.c.leaf_hash,
    entries.c.tree_size,
    statements.c.statement,
    statements.c.salt,
).outerjoin_from(entries, statements)


class SqlChains:
    """Implements `workflows.chain_ports.Chains`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def reading(self, party: str) -> Iterator["SqlChain"]:
        with reading(self._engine) as connection:
            yield SqlChain(connection, party, read_head(connection))


class SqlChain(SqlHashes):
    """Implements `workflows.chain_ports.Chain`."""

    def __init__(self, connection: Connection, party: str, head: Head) -> None:
        super().__init__(connection)
        self.party = party
        self.head = head
        self._links = _LINKS.where(entries.c.party == party)

    def newest(self, size: int) -> ChainLink | None:
        within = self._links.where(entries.c.leaf_index < size)
        return self._one(within.order_by(entries.c.party_sequence.desc()))

    def links(self, first: int, last: int) -> Iterator[ChainLink]:
        at = first
        while page := self._page(at, min(last, at + PAGE - 1)):
            yield from page
            at = page[-1].sequence + 1

    def told(self, first: int, last: int) -> ChainLink | None:
        query = self._links.where(_between(first, last), statements.c.statement.is_not(None))
        return self._one(query.order_by(entries.c.party_sequence))

    def commit_end(self, index: int) -> int | None:
        return self._connection.scalar(select(entries.c.tree_size).where(entries.c.leaf_index == index))

    def erasures(self, erased: Sequence[int]) -> list[ChainLink]:
        query = self._links.join(erasures, erasures.c.erased_by == entries.c.leaf_index)
        query = query.where(erasures.c.leaf_index.between(min(erased), max(erased)))
        return self._all(query)

    def _page(self, first: int, last: int) -> list[ChainLink]:
        return self._all(self._links.where(_between(first, last)))

    def _all(self, query: Select[Any]) -> list[ChainLink]:
        return [ChainLink(*row) for row in self._connection.execute(query.order_by(entries.c.party_sequence))]

    def _one(self, query: Select[Any]) -> ChainLink | None:
        row = self._connection.execute(query.limit(1)).one_or_none()
        return ChainLink(*row) if row else None


def _between(first: int, last: int) -> ColumnElement[bool]:
    return entries.c.party_sequence.between(first, last)
