"""Cosignatures (c2sp.org/tlog-cosignature): who makes one has seen a log grow to a checkpoint, and says when."""

from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from edi_gateway.errors import Unproven
from edi_gateway.ledger import checkpoint, note
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.encoding import LARGEST
from edi_gateway.ledger.note import Signature, Verifier
from edi_gateway.ledger.signature_types import (
    COSIGNATURE,
    MLDSA_COSIGNATURE,
    TIME_SIZE,
    cosigned_subtree,
    cosigned_text,
)

PrivateKey = Ed25519PrivateKey | MLDSA44PrivateKey
PublicKey = Ed25519PublicKey | MLDSA44PublicKey


def cosigner(name: str, public_key: PublicKey) -> Verifier:
    """Raises ValueError for a name that no note can carry."""
    type = COSIGNATURE if isinstance(public_key, Ed25519PublicKey) else MLDSA_COSIGNATURE
    return note.new_verifier(name, type, public_key.public_bytes_raw())


def cosign(name: str, private_key: PrivateKey, cosigned: Checkpoint, time: int) -> Signature:
    """Sign a checkpoint at a time in POSIX seconds. Ed25519 always gives the same bytes, ML-DSA-44 never does.

    A log may cosign its own checkpoint: `name` is its origin then. Raises ValueError for names and times that can't be.
    """
    if not 0 <= time <= LARGEST:
        raise ValueError("the time of a cosignature is neither negative nor above 2**63 - 1")
    if isinstance(private_key, Ed25519PrivateKey):
        raw = private_key.sign(cosigned_text(checkpoint.marshal(cosigned), time))
    else:
        raw = private_key.sign(cosigned_subtree(name, time, cosigned.origin, 0, cosigned.size, cosigned.root))
    return Signature(cosigner(name, private_key.public_key()), time.to_bytes(TIME_SIZE, "big") + raw)


def verify(cosigned: Checkpoint, lines: bytes, verifiers: Iterable[Verifier]) -> tuple[Signature, ...]:
    """The cosignatures of a checkpoint among the lines with which a witness answered: one at least.

    Lines of unknown keys are ignored. Raises Unproven where a known key's is wrong, or doesn't say when it was made.
    """
    signed = (checkpoint.marshal(cosigned) + "\n").encode() + lines
    found = note.read(signed, verifiers).signatures
    if any(one.time == 0 for one in found):
        raise Unproven("a cosignature does not say when it was made")
    return found
