"""A party's chain: its entries in the ledger, numbered from 1 without a gap."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One entry of a chain. `statement` (canonical JSON) and `salt` are None where they were erased.

    `tree_size` is the size of the tree after the commit that recorded it.
    """

    index: int
    sequence: int
    leaf_hash: bytes
    tree_size: int
    statement: bytes | None
    salt: bytes | None


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a chain: from and to entry numbers, both included, or moments of recording, the second excluded.

    None means as far as it goes.
    """

    since: int | datetime | None = None
    until: int | datetime | None = None
