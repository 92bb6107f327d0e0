"""Checkpoints (c2sp.org/tlog-checkpoint): a signed note that says which log had which root hash at which size."""

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edi_gateway.errors import Unproven
from edi_gateway.ledger import note
from edi_gateway.ledger.encoding import decode_head, encode_base64
from edi_gateway.ledger.tree import EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`origin` names the log, and is the name of the key that signs for it."""

    origin: str
    size: int
    root: bytes


def marshal(checkpoint: Checkpoint) -> str:
    """The text of the note: three lines. Extension lines are never written, since no monitor can audit them."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{encode_base64(checkpoint.root)}\n"


def parse(text: str) -> Checkpoint:
    """Read the text of a note. Extension lines are opaque: allowed, and dropped. Raises Unproven."""
    origin, size, root, _ = decode_head(text)
    if size == 0 and root != EMPTY_ROOT:
        raise Unproven("the checkpoint gives the empty tree another root hash than its own")
    return Checkpoint(origin, size, root)


def sign(checkpoint: Checkpoint, private_key: Ed25519PrivateKey) -> bytes:
    """Sign under the origin as key name. Deterministic: the same checkpoint and key give the same bytes (RFC 8032)."""
    return note.sign(checkpoint.origin, private_key, marshal(checkpoint))


def open(signed: bytes, origin: str, verifiers: Iterable[note.Verifier]) -> Checkpoint:
    """The checkpoint in a signed note, if a verifier signed it and it is of that origin. Raises Unproven."""
    checkpoint = parse(note.open(signed, verifiers))
    if checkpoint.origin != origin:
        raise Unproven(f"the checkpoint is of the log {checkpoint.origin[:200]!r}, not {origin!r}")
    return checkpoint
