"""Roots and proofs of a tree that is stored as tiles, at any size that it has had.

The size asked for is at most the one stored; a store that lacks hashes is a Fault.
"""

from collections.abc import Iterable, Iterator

from edi_gateway.errors import Misuse
from edi_gateway.ledger.tiles import TILE_HEIGHT, TILE_WIDTH, Hashes, Tile, tile_hashes
from edi_gateway.ledger.tree import Head, frontier_root, mth, siblings


class _Tree:
    """A stored tree at one size. Each tile is read once, with all that it holds at this size; roots are kept."""

    def __init__(self, hashes: Hashes, size: int) -> None:
        self._hashes = hashes
        self._size = size
        self._tiles: dict[tuple[int, int], list[bytes]] = {}
        self._roots: dict[tuple[int, int], bytes] = {}

    def subtree(self, height: int, number: int) -> bytes:
        """The root over leaves number << height … (number + 1) << height, or as many of them as there are."""
        if (height, number) not in self._roots:
            self._roots[height, number] = self._root(height, number)
        return self._roots[height, number]

    def _root(self, height: int, number: int) -> bytes:
        if number < self._size >> height:
            return self._complete(height, number)
        return frontier_root([self._complete(*node) for node in _frontier(self._size) if node[0] < height])

    def frontier(self) -> tuple[bytes, ...]:
        return tuple(self._complete(*node) for node in _frontier(self._size))

    def _complete(self, height: int, number: int) -> bytes:
        level, above = divmod(height, TILE_HEIGHT)
        tile, at = divmod(number << above, TILE_WIDTH)
        return mth(self._tile(level, tile)[at : at + (1 << above)])

    def _tile(self, level: int, number: int) -> list[bytes]:
        if (level, number) not in self._tiles:
            width = min(TILE_WIDTH, (self._size >> level * TILE_HEIGHT) - number * TILE_WIDTH)
            self._tiles[level, number] = tile_hashes(self._hashes, Tile(level, number, width))
        return self._tiles[level, number]


def _frontier(size: int) -> list[tuple[int, int]]:
    """(height, number) of the complete subtrees of the binary expansion of `size`, largest first."""
    return [(at, (size >> at) - 1) for at in reversed(range(size.bit_length())) if size >> at & 1]


def head_at(hashes: Hashes, size: int) -> Head:
    """The head that the stored tree had at this size."""
    frontier = _Tree(hashes, size).frontier()
    return Head(size, frontier_root(frontier), frontier)


def root_at(hashes: Hashes, size: int) -> bytes:
    """The root hash that the stored tree had at this size."""
    return frontier_root(_Tree(hashes, size).frontier())


def inclusion_proof(hashes: Hashes, index: int, size: int) -> tuple[bytes, ...]:
    """The audit path (RFC 9162 §2.1.3.1) of a leaf in the tree of `size` leaves. Raises Misuse where it has no such."""
    return next(inclusion_proofs(hashes, [index], size))


def inclusion_proofs(hashes: Hashes, indexes: Iterable[int], size: int) -> Iterator[tuple[bytes, ...]]:
    """The audit paths of several leaves of one tree, as they are asked for: each tile is read once, and kept."""
    tree = _Tree(hashes, size)
    for index in indexes:
        if not 0 <= index < size:
            raise Misuse(f"a tree of {size} leaves has no leaf {index}")
        yield tuple(tree.subtree(*node) for node in siblings(index, size))


def consistency_proof(hashes: Hashes, first: int, second: int) -> tuple[bytes, ...]:
    """The proof (RFC 9162 §2.1.4.1) that the tree of `second` leaves begins with the whole tree of `first`.

    Empty where the sizes are equal. Raises Misuse unless 0 < first <= second.
    """
    if not 0 < first <= second:
        raise Misuse(f"no consistency can be proved from size {first} to {second}")
    if first == second:
        return ()
    tree = _Tree(hashes, second)
    # The path starts at the last of the subtrees that make up the first tree; a tree that is one subtree needs no name.
    height = (first & -first).bit_length() - 1
    number = (first >> height) - 1
    start = (tree.subtree(height, number),) if number else ()
    return start + tuple(tree.subtree(*node) for node in siblings(number, second, height))
