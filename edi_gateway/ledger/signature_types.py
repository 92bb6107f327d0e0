"""What each type of a note's signatures signs, and whether it did (c2sp.org/signed-note, c2sp.org/tlog-cosignature).

A cosignature is a time, eight bytes, then the signature proper; the time is signed along.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from edi_gateway.errors import Unproven
from edi_gateway.ledger.encoding import LARGEST, decode_head

ED25519 = 0x01
COSIGNATURE = 0x04
MLDSA_COSIGNATURE = 0x06
COSIGNATURES = (COSIGNATURE, MLDSA_COSIGNATURE)

TIME_SIZE = 8
_LABEL = b"subtree/v1\n\0"
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class SignatureType:
    """Sizes in bytes. `verify` takes key name, public key, the note's text and the signature.

    It raises InvalidSignature, ValueError, or Unproven.
    """

    key_size: int
    signature_size: int
    verify: Callable[[str, bytes, str, bytes], None]


def cosigned_text(text: str, time: int) -> bytes:
    """What an Ed25519 cosignature signs: the whole text of a checkpoint, and the time in POSIX seconds."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def cosigned_subtree(cosigner: str, time: int, origin: str, start: int, end: int, root: bytes) -> bytes:
    """What an ML-DSA-44 cosignature signs: leaves [start, end) of a log. A checkpoint's are [0, size).

    Raises ValueError for names of no or more than 255 bytes, and for a time in a subtree that doesn't start at 0.
    """
    if start and time:
        raise ValueError("a subtree that does not start at 0 is cosigned without a time")
    numbers = [value.to_bytes(8, "big") for value in (time, start, end)]
    return _LABEL + _named(cosigner) + numbers[0] + _named(origin) + numbers[1] + numbers[2] + root


def time_of(signature: bytes) -> int:
    """The POSIX seconds that a cosignature begins with. Raises Unproven for a time that no cosignature may have."""
    time = int.from_bytes(signature[:TIME_SIZE], "big")
    if len(signature) < TIME_SIZE or time > LARGEST:
        raise Unproven("a cosignature has no usable time")
    return time


def _named(name: str) -> bytes:
    octets = name.encode()
    if not 0 < len(octets) <= _LONGEST_NAME:
        raise ValueError(f"a name in a cosignature has 1 to {_LONGEST_NAME} bytes")
    return bytes([len(octets)]) + octets


def _verify_ed25519(name: str, public_key: bytes, text: str, signature: bytes) -> None:  # noqa: ARG001 - one shape for all
    Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text.encode())


def _verify_cosignature(name: str, public_key: bytes, text: str, signature: bytes) -> None:  # noqa: ARG001 - likewise
    decode_head(text)
    message = cosigned_text(text, time_of(signature))
    Ed25519PublicKey.from_public_bytes(public_key).verify(signature[TIME_SIZE:], message)


def _verify_mldsa(name: str, public_key: bytes, text: str, signature: bytes) -> None:
    head = decode_head(text)
    if head.extensions:
        # They are not signed, so whoever takes this text for cosigned would believe more than the cosigner said.
        raise Unproven(f"the cosignature of {name} does not cover the extension lines of the checkpoint")
    message = cosigned_subtree(name, time_of(signature), head.origin, 0, head.size, head.root)
    MLDSA44PublicKey.from_public_bytes(public_key).verify(signature[TIME_SIZE:], message)


TYPES: Mapping[int, SignatureType] = MappingProxyType(
    {
        ED25519: SignatureType(32, 64, _verify_ed25519),
        COSIGNATURE: SignatureType(32, TIME_SIZE + 64, _verify_cosignature),
        MLDSA_COSIGNATURE: SignatureType(1312, TIME_SIZE + 2420, _verify_mldsa),
    }
)
"""By the byte that begins a verifier key. Signatures of other types are those of unknown keys, and ignored."""
