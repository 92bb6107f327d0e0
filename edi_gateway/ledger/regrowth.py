"""A stored tree grown again from its leaves, one after the other, in memory that grows with its height alone."""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from edi_gateway.errors import Unproven
from edi_gateway.ledger.tiles import TILE_HEIGHT, TILE_WIDTH, Hashes, Tile, partial, tile_hashes
from edi_gateway.ledger.tree import Head, frontier_root, mth


class Full(NamedTuple):
    """A tile that has become full: its hashes, 32 bytes each, and the root over them."""

    tile: Tile
    hashes: bytes
    root: bytes


class Regrowth:
    """`_rows[l]` are the hashes of the tile of level l that isn't full yet, `_frontier` those of `Head`."""

    def __init__(self) -> None:
        self.size = 0
        self._frontier: list[bytes] = []
        self._rows: list[list[bytes]] = [[]]

    def append(self, leaf: bytes) -> Sequence[Full]:
        """Grow by a leaf hash (32 bytes). Returns the tiles that it filled, lower levels first."""
        full: Sequence[Full] = ()
        number, height, node = self.size, 0, leaf
        self._rows[0].append(leaf)
        # RFC 6962 §2.1: a complete subtree on the right joins the one of its size on the left.
        while number & 1:
            node = sha256(b"\x01" + self._frontier.pop() + node).digest()
            number >>= 1
            height += 1
            if height % TILE_HEIGHT == 0:
                full = (*full, self._fill(height // TILE_HEIGHT - 1, number, node))
        self._frontier.append(node)
        self.size += 1
        return full

    def _fill(self, level: int, number: int, root: bytes) -> Full:
        hashes = b"".join(self._rows[level])
        self._rows[level] = []
        if level + 1 == len(self._rows):
            self._rows.append([])
        self._rows[level + 1].append(root)
        return Full(Tile(level, number), hashes, root)

    @property
    def head(self) -> Head:
        return Head(self.size, frontier_root(self._frontier), tuple(self._frontier))

    @property
    def tile_count(self) -> int:
        """How many tiles are full."""
        return sum(self.size >> level * TILE_HEIGHT for level in range(1, len(self._rows)))


def regrown(hashes: Hashes, head: Head) -> Regrowth:
    """The tree as it was at a head that was grown before, to go on from there.

    Raises Unproven where what is stored by now does not make up that head, Fault where hashes are missing.
    """
    grown = Regrowth()
    levels = max(1, -(-head.size.bit_length() // TILE_HEIGHT))
    edges = [partial(level, head.size) for level in range(levels + 1)]
    grown.size = head.size
    grown._frontier = list(head.frontier)
    grown._rows = [tile_hashes(hashes, edge) if edge else [] for edge in edges]
    frontier = tuple(root for row in reversed(grown._rows) for root in _subtrees(row))
    if frontier != head.frontier or frontier_root(frontier) != head.root:
        raise Unproven(f"the tree at size {head.size} is not what it was")
    return grown


def _subtrees(row: Sequence[bytes]) -> list[bytes]:
    """The roots of the complete subtrees that a row of at most 255 hashes makes up, largest first."""
    roots = []
    at = 0
    for width in (TILE_WIDTH >> shift for shift in range(1, TILE_HEIGHT + 1)):
        if len(row) & width:
            roots.append(mth(row[at : at + width]))
            at += width
    return roots
