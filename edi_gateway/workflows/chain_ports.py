"""What histories need of the world outside: each party's chain, to be read; see `workflows.ports`."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from edi_gateway.ledger.tiles import Hashes
from edi_gateway.ledger.tree import Head
from edi_gateway.model.chain import ChainLink


class Chain(Hashes, Protocol):
    """One party's chain, and the tree that it is in, in one state of the ledger. Every method raises Fault."""

    @property
    def party(self) -> str: ...

    @property
    def head(self) -> Head: ...

    def newest(self, size: int) -> ChainLink | None:
        """The party's newest entry among the first `size` of the ledger."""

    def links(self, first: int, last: int) -> Iterator[ChainLink]:
        """The party's entries with these numbers, read as they are asked for."""

    def told(self, first: int, last: int) -> ChainLink | None:
        """The first of those that has its statement still."""

    def commit_end(self, index: int) -> int | None:
        """The size of the tree after the commit that recorded an entry of the ledger, whoever's it is."""

    def erasures(self, erased: Sequence[int]) -> list[ChainLink]:
        """The entries of the chain that say that entries at these indexes were erased, and others between them."""


class Chains(Protocol):
    """Where each party's chain can be read."""

    def reading(self, party: str) -> AbstractContextManager[Chain]:
        """The chain of a party, whether or not there is such a party. Raises Fault."""
