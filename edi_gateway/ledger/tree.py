"""The Merkle tree of RFC 6962 §2.1: its hashes, and how it grows without being held in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from edi_gateway.errors import Misuse, Unproven

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def mth(hashes: Sequence[bytes]) -> bytes:
    """The Merkle Tree Hash (RFC 6962 §2.1) over hashes: those of leaves, or of complete subtrees of one size."""
    if not hashes:
        return EMPTY_ROOT
    row = list(hashes)
    while len(row) > 1:
        # A last node without a partner moves up as it is; that is the RFC's split at the largest power of two.
        alone = row[-1:] if len(row) % 2 else []
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=False)] + alone
    return row[0]


def siblings(number: int, size: int, height: int = 0) -> Iterator[tuple[int, int]]:
    """(height, number) of the subtrees beside the path from a node to the root, in the order of an audit path.

    The node is the subtree of 2**height leaves that starts at leaf number * 2**height, in a tree of `size` leaves.
    The last sibling may be incomplete: the one whose number is size >> height.
    """
    last = (size - 1) >> height
    while last:
        if number ^ 1 <= last:
            yield height, number ^ 1
        number >>= 1
        last >>= 1
        height += 1


@dataclass(frozen=True, slots=True)
class Head:
    """A tree: how many leaves, its root hash, and what is needed to grow it.

    `frontier` holds the roots of the complete subtrees whose sizes are the binary digits of `size`, largest first.
    """

    size: int
    root: bytes
    frontier: tuple[bytes, ...]


EMPTY_HEAD = Head(0, EMPTY_ROOT, ())


def check_head(head: Head) -> None:
    """Raise Unproven unless the frontier has the shape of the size, and the root is that of the frontier."""
    if head.size < 0 or len(head.frontier) != head.size.bit_count():
        raise Unproven(f"a tree of {head.size} leaves can't have {len(head.frontier)} complete subtrees")
    if frontier_root(head.frontier) != head.root:
        raise Unproven(f"the root hash at size {head.size} is not that of its subtrees")


def frontier_root(frontier: Sequence[bytes]) -> bytes:
    """The root hash of the tree whose complete subtrees these are, largest first."""
    if not frontier:
        return EMPTY_ROOT
    root = frontier[-1]
    for subtree in reversed(frontier[:-1]):
        root = node_hash(subtree, root)
    return root


@dataclass(frozen=True, slots=True)
class Growth:
    """A tree that grew from `before` leaves to `head`: it can prove the leaves that were added, and no others.

    `_rows[h]` are the roots of the complete subtrees of 2**h leaves, from number (before >> h) & ~1 to the last;
    `_edges[h]` is the root over the leaves to the right of those, empty where there are none.
    """

    before: int
    head: Head
    leaves: tuple[bytes, ...]
    _rows: Sequence[Sequence[bytes]] = field(repr=False, compare=False)
    _edges: Sequence[bytes] = field(repr=False, compare=False)

    def proof(self, index: int) -> tuple[bytes, ...]:
        """The audit path (RFC 6962 §2.1.1) of leaf `index` in the new tree. Raises Misuse for a leaf not just added."""
        size = self.head.size
        if not self.before <= index < size:
            raise Misuse(f"leaf {index} is not one of those added from {self.before} to {size}")
        return tuple(
            [
                self._edges[height]
                if number == size >> height
                else self._rows[height][number - (self.before >> height & ~1)]
                for height, number in siblings(index, size)
            ]
        )


def grow(head: Head, leaves: Sequence[bytes]) -> Growth:
    """Append leaf hashes (32 bytes each) to a tree whose frontier is known to be right. Takes O(leaves + log size)."""
    if any(len(leaf) != HASH_SIZE for leaf in leaves):
        raise ValueError(f"a leaf hash has {HASH_SIZE} bytes")
    size = head.size + len(leaves)
    rows = _complete_rows(head, leaves)
    edges = [b""]
    for height, row in enumerate(rows):
        edge = edges[-1]
        if size >> height & 1:
            edge = node_hash(row[-1], edge) if edge else row[-1]
        edges.append(edge)
    frontier = tuple(row[-1] for height, row in reversed(list(enumerate(rows))) if size >> height & 1)
    return Growth(head.size, Head(size, edges[-1] or EMPTY_ROOT, frontier), tuple(leaves), rows, edges)


def _complete_rows(head: Head, leaves: Sequence[bytes]) -> list[list[bytes]]:
    heights = [height for height in reversed(range(head.size.bit_length())) if head.size >> height & 1]
    old = dict(zip(heights, head.frontier, strict=True))
    rows: list[list[bytes]] = []
    row = list(leaves)
    for height in range((head.size + len(leaves)).bit_length()):
        # An old subtree of this height is the left half of the first pair, so every row starts at an even number.
        if height in old:
            row.insert(0, old[height])
        rows.append(row)
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=False)]
    return rows
