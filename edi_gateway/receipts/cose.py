"""The same proof in the form of RFC 9942: a COSE receipt, for programs that speak CBOR rather than JSON."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edi_gateway.errors import Unproven

MAX_COSE = 10_000
"""Bytes; a receipt has about 700 in a tree of a million."""

MEDIA_TYPES: Final = MappingProxyType(
    {
        "application/scitt-receipt+cose": "application/scitt-receipt+cose",
        "application/cose": 'application/cose; cose-type="cose-sign1"',
    }
)
"""What may be asked for, and what the answer is called: RFC 9943 §10 and RFC 9052 §11.3 name the same bytes."""

_SIGN1 = 18
# RFC 9052 §3.1, RFC 9597 §2, RFC 9942 §2.
_ALG, _KID, _CWT_CLAIMS, _STRUCTURE, _PROOFS = 1, 4, 15, 395, 396
_ISSUER, _SUBJECT = 1, 2
# RFC 9864 has a newer number for Ed25519 alone, which few verifiers know yet.
_EDDSA = -8
_RFC9162_SHA256 = 1
_INCLUSION = -1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a leaf stands: its index, and its audit path (RFC 9162 §2.1.3) to the root hash of a tree of `size`."""

    index: int
    size: int
    path: Sequence[bytes]
    root: bytes


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs: the ledger's name, the id of its Ed25519 key, and the key's way to sign."""

    name: str
    key_id: bytes
    sign: Callable[[bytes], bytes]


def receipt(subject: str, place: Place, issuer: Issuer) -> bytes:
    """A COSE_Sign1 over the root hash, with the proof that leads there from the leaf (RFC 9942 §5.2).

    The root itself is left out: whoever checks has to compute it. `subject` is what the statement in the ledger is
    about (RFC 9943 §6), a StringOrURI. Deterministic (RFC 8949 §4.2.1), as far as `sign` is.
    """
    protected = _encode(
        {
            _ALG: _EDDSA,
            _KID: issuer.key_id,
            _CWT_CLAIMS: {_ISSUER: issuer.name, _SUBJECT: subject},
            _STRUCTURE: _RFC9162_SHA256,
        }
    )
    signature = issuer.sign(_signed(protected, place.root))
    proof = _encode([place.size, place.index, list(place.path)])
    return _encode(cbor2.CBORTag(_SIGN1, [protected, {_PROOFS: {_INCLUSION: [proof]}}, None, signature]))


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a COSE receipt says. `path` should lead from the leaf to the root hash that is signed."""

    issuer: str
    key_id: bytes
    subject: str
    size: int
    index: int
    path: tuple[bytes, ...]
    protected: bytes
    signature: bytes

    def verify(self, root: bytes, public_key: bytes) -> None:
        """Raises Unproven unless this Ed25519 key (32 bytes) signed the root hash."""
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(self.signature, _signed(self.protected, root))
        except (InvalidSignature, ValueError) as error:
            raise Unproven("the COSE receipt does not prove this statement, or its signature is wrong") from error


def is_cose(data: bytes) -> bool:
    """Whether this is meant as a tagged COSE_Sign1 (RFC 9052 §4.2)."""
    return data[:1] == bytes([0xC0 | _SIGN1])


def parse(data: bytes) -> Sealed:
    """Read a COSE receipt of the form that `receipt` makes; nothing is proved yet. Raises Unproven, whatever the bytes.

    Nothing but that form: what is outside the protected header isn't signed, and nobody should take it for proved.
    """
    match _decode(data):
        case cbor2.CBORTag(tag=18, value=[bytes() as protected, {396: {-1: [bytes() as proof]}}, None, bytes() as raw]):
            claims, place = _decode(protected), _decode(proof)
        case _:
            raise Unproven("this is no COSE receipt with one inclusion proof")
    match claims, place:
        case (
            {1: -8, 4: bytes() as key_id, 15: {1: str() as issuer, 2: str() as subject}, 395: 1},
            [int() as size, int() as index, [*path]],
        ) if all(isinstance(each, bytes) for each in path) and not {type(size), type(index)} - {int}:
            sealed = Sealed(issuer, key_id, subject, size, index, tuple(path), protected, raw)
        case _:
            raise Unproven("the COSE receipt does not have the headers of RFC 9942 for a tree of RFC 9162")
    again = receipt(subject, Place(index, size, path, b""), Issuer(issuer, key_id, lambda _: raw))
    if again != data:
        raise Unproven("the COSE receipt has more in it than a receipt, or is not encoded in the one way")
    return sealed


def _decode(data: bytes) -> Any:
    if len(data) > MAX_COSE:
        raise Unproven(f"the COSE receipt is longer than {MAX_COSE} bytes")
    try:
        return cbor2.loads(data)
    except (cbor2.CBORDecodeError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise Unproven("the COSE receipt is not CBOR") from error


def _signed(protected: bytes, root: bytes) -> bytes:
    # RFC 9052 §4.4.
    return _encode(["Signature1", protected, b"", root])


def _encode(value: Any) -> bytes:
    return cbor2.dumps(value, canonical=True)
