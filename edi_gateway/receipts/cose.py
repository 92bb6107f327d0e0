"""The same proof in the form of RFC 9942: a COSE receipt, for programs that speak CBOR rather than JSON."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import cbor2

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
    # RFC 9052 §4.4.
    signature = issuer.sign(_encode(["Signature1", protected, b"", place.root]))
    proof = _encode([place.size, place.index, list(place.path)])
    return _encode(cbor2.CBORTag(_SIGN1, [protected, {_PROOFS: {_INCLUSION: [proof]}}, None, signature]))


def _encode(value: Any) -> bytes:
    return cbor2.dumps(value, canonical=True)
