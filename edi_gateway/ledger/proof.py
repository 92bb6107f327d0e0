"""Checking that a leaf is in a tree, and that one tree grew from another; and the file that carries such a proof."""

from collections.abc import Sequence
from dataclasses import dataclass

from edi_gateway.errors import Unproven
from edi_gateway.ledger.encoding import decode_base64, decode_decimal, encode_base64
from edi_gateway.ledger.note import MAX_NOTE
from edi_gateway.ledger.tree import HASH_SIZE, node_hash

_HEADER = "c2sp.org/tlog-proof@v1"
MAX_PATH = 63
"""No audit path in a tree of less than 2**63 leaves is longer."""


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """RFC 9162 §2.1.3.2: raise Unproven unless the leaf hash is at `index` of the tree with this size and root."""
    if computed_root(leaf, index, size, proof) != root:
        raise Unproven(f"the inclusion proof of leaf {index} does not lead to the root hash")


def computed_root(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root hash to which a proof leads, if it is one of this leaf at `index` in a tree of this size.

    Raises Unproven for a proof that has another length than any such.
    """
    if not 0 <= index < size:
        raise Unproven(f"leaf {index} is outside a tree of {size}")
    _check_sizes(leaf, *proof)
    first, last, computed = index, size - 1, leaf
    for node in proof:
        if last == 0:
            raise Unproven("the inclusion proof is too long")
        if first & 1 or first == last:
            computed = node_hash(node, computed)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            computed = node_hash(computed, node)
        first, last = first >> 1, last >> 1
    if last:
        raise Unproven("the inclusion proof is too short")
    return computed


def verify_consistency(first: int, second: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> None:
    """RFC 9162 §2.1.4.2: raise Unproven unless the tree of size `second` starts with the whole tree of size `first`."""
    if not 0 < first <= second:
        raise Unproven(f"no consistency can be proved from size {first} to {second}")
    if first == second:
        if root1 != root2:
            raise Unproven(f"two trees of size {first} have different root hashes")
        if proof:
            raise Unproven(f"between two trees of one size, {first}, there is nothing to prove")
        return
    _check_sizes(root1, root2, *proof)
    # A first tree that is complete is a node of the second, so the proof leaves it out.
    path = (root1, *proof) if first.bit_count() == 1 else tuple(proof)
    if not path:
        raise Unproven("the consistency proof is empty")
    computed1, computed2 = _consistency_roots(first, second, path)
    if computed1 != root1 or computed2 != root2:
        raise Unproven(f"the tree of size {second} does not grow from that of size {first}")


def _consistency_roots(first: int, second: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    old, new = first - 1, second - 1
    while old & 1:
        old, new = old >> 1, new >> 1
    computed1 = computed2 = path[0]
    for node in path[1:]:
        if new == 0:
            raise Unproven("the consistency proof is too long")
        if old & 1 or old == new:
            computed1, computed2 = node_hash(node, computed1), node_hash(node, computed2)
            while not old & 1 and old:
                old, new = old >> 1, new >> 1
        else:
            computed2 = node_hash(computed2, node)
        old, new = old >> 1, new >> 1
    if new:
        raise Unproven("the consistency proof is too short")
    return computed1, computed2


def _check_sizes(*hashes: bytes) -> None:
    if set(map(len, hashes)) != {HASH_SIZE}:
        raise Unproven(f"a hash in the proof does not have {HASH_SIZE} bytes")


def marshal_path(path: Sequence[bytes]) -> bytes:
    """Hashes as c2sp.org/tlog-witness writes a consistency proof: base64, one in each line."""
    return "".join(f"{encode_base64(each)}\n" for each in path).encode()


def parse_path(data: bytes) -> tuple[bytes, ...]:
    """Read what `marshal_path` wrote. Raises Unproven, whatever the bytes."""
    if len(data) > MAX_NOTE or not data.isascii():
        raise Unproven("the consistency proof is too long, or not ASCII")
    *lines, end = data.decode("ascii").split("\n")
    if end or len(lines) > MAX_PATH:
        raise Unproven(f"the consistency proof is not made of at most {MAX_PATH} lines")
    return tuple(decode_base64(line, "a hash of the consistency proof", HASH_SIZE) for line in lines)


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """A tlog-proof (c2sp.org/tlog-proof): the audit path of a leaf, and the signed checkpoint of the tree it is in.

    `checkpoint` is the note verbatim, not verified yet. `extra` is opaque, and authenticated by nothing.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None


def marshal(proof: InclusionProof) -> bytes:
    lines = [_HEADER]
    if proof.extra:
        lines.append(f"extra {encode_base64(proof.extra)}")
    lines.append(f"index {proof.index}")
    lines.extend(map(encode_base64, proof.path))
    return "\n".join([*lines, "", ""]).encode() + proof.checkpoint


def is_tlog_proof(data: bytes) -> bool:
    """Whether this is meant as a tlog-proof, however well it is made."""
    return data.startswith(_HEADER.encode())


def parse(data: bytes) -> InclusionProof:
    """Read a tlog-proof file; nothing is verified but its form. Raises Unproven, whatever the bytes."""
    if len(data) > MAX_NOTE:
        raise Unproven(f"the proof is longer than {MAX_NOTE} bytes")
    head, _, checkpoint = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Unproven("the proof is not ASCII before its checkpoint") from error
    if lines.pop(0) != _HEADER:
        raise Unproven(f"the proof does not start with {_HEADER}")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = decode_base64(lines.pop(0).removeprefix("extra "), "the extra data of the proof")
    if not lines or not lines[0].startswith("index "):
        raise Unproven("the proof does not name an index")
    index = decode_decimal(lines.pop(0).removeprefix("index "), "the index of the proof")
    if len(lines) > MAX_PATH or extra == b"" or not checkpoint:
        raise Unproven("the proof is too long, has empty extra data, or no checkpoint")
    path = tuple(decode_base64(line, "a hash of the proof", HASH_SIZE) for line in lines)
    return InclusionProof(index, path, checkpoint, extra)
