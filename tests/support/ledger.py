"""A whole log in memory, stored as tiles, for tests to prove things about and to serve to other people's programs."""

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edi_gateway.ledger import checkpoint, note, proof, stored, tiles
from edi_gateway.ledger.tiles import TILE_WIDTH, Bundle, Tile
from edi_gateway.ledger.tree import EMPTY_HEAD, Head, grow, leaf_hash

ORIGIN = "gw.example.com/ledger"


def flipped(octets: bytes):
    """The bytes with one bit flipped, for each of their bits."""
    for bit in range(len(octets) * 8):
        altered = bytearray(octets)
        altered[bit // 8] ^= 1 << bit % 8
        yield bytes(altered)


@dataclass
class MemoryLog:
    origin: str = ORIGIN
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    entries: list[bytes] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    full: dict[tuple[int, int], bytes] = field(default_factory=dict)
    head: Head = EMPTY_HEAD

    def append(self, entries):
        growth = grow(self.head, [leaf_hash(entry) for entry in entries])
        self.entries += entries
        self.hashes += growth.leaves
        for tile in tiles.completed(self.head.size, growth.head.size):
            self.full[tile.level, tile.number] = tiles.tile_bytes(self, tile)
        self.head = growth.head
        return growth

    # tiles.Hashes
    def leaves(self, start, end):
        return self.hashes[start:end]

    def tile_roots(self, level, start, end):
        return [tiles.tile_root(self.full[level, number]) for number in range(start, end)]

    @property
    def verifier(self):
        return note.verifier_of(self.origin, self.key.public_key())

    @property
    def vkey(self):
        return self.verifier.vkey

    def checkpoint(self):
        return checkpoint.sign(checkpoint.Checkpoint(self.origin, self.head.size, self.head.root), self.key)

    def proof(self, index):
        path = stored.inclusion_proof(self, index, self.head.size)
        return proof.marshal(proof.InclusionProof(index, path, self.checkpoint()))

    def files(self):
        """Path and content of everything that a reader of the log needs at its present size."""
        yield "checkpoint", self.checkpoint()
        width = self.head.size
        level = 0
        while width:
            for number in range(-(-width // TILE_WIDTH)):
                part = min(TILE_WIDTH, width - number * TILE_WIDTH)
                tile = Tile(level, number, part)
                yield tile.path, tiles.tile_bytes(self, tile)
                if level == 0:
                    start = number * TILE_WIDTH
                    yield Bundle(number, part).path, tiles.bundle_bytes(self.entries[start : start + part])
            width //= TILE_WIDTH
            level += 1

    def write(self, folder: Path):
        for path, content in self.files():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return folder
