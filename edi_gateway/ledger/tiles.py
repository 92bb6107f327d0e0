"""Tiles (c2sp.org/tlog-tiles): the tree cut into files of 256 hashes that never change once they are full.

The hashes in a tile of level l are roots over 256**l leaves each. Whoever stores a ledger keeps its leaf hashes and,
for each full tile, the root over it, which is a hash of the level above: every other tile is made of those.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from edi_gateway.errors import Fault, Misuse, Unproven
from edi_gateway.ledger.tree import HASH_SIZE, mth

TILE_HEIGHT = 8
TILE_WIDTH = 256
MAX_LEVEL = 63
MAX_ENTRY = 65_535
"""Bytes: a bundle prefixes each entry with its length in two."""

_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([0-9]{1,3}))?")


class Hashes(Protocol):
    """Where the hashes of a stored tree come from. Both return `end - start` hashes, in order."""

    def leaves(self, start: int, end: int) -> list[bytes]:
        """The leaf hashes of entries start … end-1."""
        ...

    def tile_roots(self, level: int, start: int, end: int) -> list[bytes]:
        """The roots over the full tiles start … end-1 of a level."""
        ...


class Missing(Fault):
    """The store has not all hashes of the tree that it says it has."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Hashes `number` * 256 … + `width` - 1 of a level; partial where `width` is less than 256."""

    level: int
    number: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        return f"tile/{self.level}/{_number_path(self.number, self.width)}"


@dataclass(frozen=True, slots=True)
class Bundle:
    """The entries whose leaf hashes are in the tile of level 0 with the same number and width."""

    number: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        return f"tile/entries/{_number_path(self.number, self.width)}"


def _number_path(number: int, width: int) -> str:
    digits = str(number)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    *leading, last = (digits[at : at + 3] for at in range(0, len(digits), 3))
    return "".join(f"x{group}/" for group in leading) + last + (f".p/{width}" if width < TILE_WIDTH else "")


def parse_path(path: str) -> Tile | Bundle:
    """Read `tile/<L>/<N>[.p/<W>]` or `tile/entries/<N>[.p/<W>]` in its one spelling. Raises Misuse for any other."""
    if match := _PATH.fullmatch(path):
        kind, groups, width = match[1], match[2], int(match[3] or TILE_WIDTH)
        number = int(groups.replace("/", "").replace("x", ""))
        read = Bundle(number, width) if kind == "entries" else Tile(int(kind), number, width)
        # Writing it again is what refuses leading zeroes, empty leading groups, and a full tile named as partial.
        if width and read.path == path and not (isinstance(read, Tile) and read.level > MAX_LEVEL):
            return read
    raise Misuse(f"{path[:80]!r} is not the path of a tile")


def exists(tile: Tile | Bundle, size: int) -> bool:
    """Whether a tree of `size` leaves has all of this tile. A prefix of a tile that grew since still exists."""
    level = tile.level if isinstance(tile, Tile) else 0
    return tile.number * TILE_WIDTH + tile.width <= size >> level * TILE_HEIGHT


def partial(level: int, size: int) -> Tile | None:
    """The partial tile of a level at this size, if there is one."""
    number, width = divmod(size >> level * TILE_HEIGHT, TILE_WIDTH)
    return Tile(level, number, width) if width else None


def completed(old_size: int, new_size: int) -> list[Tile]:
    """The tiles that become full when a tree grows, lower levels first: each needs only what is before it."""
    tiles: list[Tile] = []
    level = 0
    while new_size >> (shift := (level + 1) * TILE_HEIGHT):
        tiles += (Tile(level, number) for number in range(old_size >> shift, new_size >> shift))
        level += 1
    return tiles


def tile_hashes(hashes: Hashes, tile: Tile) -> list[bytes]:
    """The hashes in a tile that exists. Raises Missing when the store hasn't all of them."""
    start = tile.number * TILE_WIDTH
    end = start + tile.width
    found = hashes.tile_roots(tile.level - 1, start, end) if tile.level else hashes.leaves(start, end)
    if len(found) != tile.width:
        raise Missing(f"the ledger's store has {len(found)} of the {tile.width} hashes in {tile.path}")
    return found


def tile_bytes(hashes: Hashes, tile: Tile) -> bytes:
    """The tile as it is served: 32 bytes for each hash."""
    return b"".join(tile_hashes(hashes, tile))


def tile_root(tile: bytes) -> bytes:
    """The root over the hashes of a tile's bytes: of a full tile, its hash in the level above."""
    return mth([tile[at : at + HASH_SIZE] for at in range(0, len(tile), HASH_SIZE)])


def bundle_bytes(entries: Sequence[bytes]) -> bytes:
    """Each entry after its length as two bytes, big-endian. Raises ValueError for an entry beyond 65,535 bytes."""
    if any(len(entry) > MAX_ENTRY for entry in entries):
        raise ValueError(f"an entry has at most {MAX_ENTRY} bytes")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def parse_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle, 256 at most. Raises Unproven where the lengths don't come out even."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if at > len(data) or start > len(data) or len(entries) == TILE_WIDTH:
            raise Unproven("the entry bundle is cut off or too long")
        entries.append(data[start:at])
    return entries
