"""The signature algorithms: which the gateway can verify, and which of those it still accepts.

A barred algorithm is verified all the same, so that the refusal can be recorded under the name of the partner who sent
it; one that isn't listed can't be verified, so nobody is identified. The formats map their own identifiers (URIs, OIDs,
`alg`) to the names used here.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, padding, rsa, utils

from edi_gateway.errors import Rejection
from edi_gateway.model.document import Finding
from edi_gateway.model.partner import PublicKey

Family = Literal["rsa", "rsa-pss", "ecdsa", "eddsa", "mldsa"]


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One way to sign. `hash` is None where the scheme hashes by itself."""

    name: str
    family: Family
    hash: hashes.HashAlgorithm | None
    barred: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """What is accepted of what verifies. RSA sizes in bits: refused below the one, warned of below the other."""

    rsa_refused: int = 2048
    rsa_advised: int = 3072


_SHA2 = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
_SHA3 = {"sha3-256": hashes.SHA3_256(), "sha3-384": hashes.SHA3_384(), "sha3-512": hashes.SHA3_512()}
_BROKEN = {"md5": hashes.MD5(), "sha1": hashes.SHA1(), "sha224": hashes.SHA224()}  # noqa: S303 - barred


def _table() -> dict[str, Algorithm]:
    rows = [
        Algorithm(f"{family}-{name}", family, hash_, barred=name in _BROKEN)
        for family in ("rsa", "rsa-pss", "ecdsa")
        for name, hash_ in (_SHA2 | _SHA3 | _BROKEN).items()
    ]
    rows += [Algorithm(name, "eddsa", None) for name in ("ed25519", "ed448")]
    rows += [Algorithm(name, "mldsa", None) for name in ("ml-dsa-44", "ml-dsa-65", "ml-dsa-87")]
    return {row.name: row for row in rows}


ALGORITHMS: Mapping[str, Algorithm] = MappingProxyType(_table())


class Digest(Protocol):
    """A finished hash."""

    def digest(self) -> bytes: ...


class _Shake256:
    """SHAKE256 with 512 bits of output: the digest of CMS with Ed448 (RFC 8419 §2.3)."""

    def __init__(self, content: bytes) -> None:
        self._state = hashlib.shake_256(content)

    def digest(self) -> bytes:
        return self._state.digest(64)


DIGESTS: Mapping[str, Callable[[bytes], Digest]] = MappingProxyType(
    {
        "sha256": hashlib.sha256,
        "sha384": hashlib.sha384,
        "sha512": hashlib.sha512,
        "sha3-256": hashlib.sha3_256,
        "sha3-384": hashlib.sha3_384,
        "sha3-512": hashlib.sha3_512,
        "shake256": _Shake256,
        "md5": hashlib.md5,
        "sha1": hashlib.sha1,
        "sha224": hashlib.sha224,
    }
)
"""Digests by name; the ones in `_BROKEN` are computed so that a refusal can name its sender, and then barred."""

_CURVES = ("secp256r1", "secp384r1", "secp521r1")
_KEY_NAMES = {
    ed25519.Ed25519PublicKey: "ed25519",
    ed448.Ed448PublicKey: "ed448",
    mldsa.MLDSA44PublicKey: "ml-dsa-44",
    mldsa.MLDSA65PublicKey: "ml-dsa-65",
    mldsa.MLDSA87PublicKey: "ml-dsa-87",
}


def check_signature(algorithm: Algorithm, key: PublicKey, signature: bytes, message: bytes) -> None:
    """Raise Rejection("signature-invalid") unless `signature` over `message` verifies with `key`.

    ECDSA signatures are DER (RFC 3279 §2.2.3) here; see `ecdsa_to_der` for the raw form. An algorithm for another
    type of key is a signature that doesn't verify.
    """
    try:
        _verify(algorithm, key, signature, message)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        raise Rejection("signature-invalid", f"The {algorithm.name} signature does not verify with the key.") from error


def _verify(algorithm: Algorithm, key: PublicKey, signature: bytes, message: bytes) -> None:
    match algorithm.family, key:
        case "rsa", rsa.RSAPublicKey() if algorithm.hash:
            key.verify(signature, message, padding.PKCS1v15(), algorithm.hash)
        case "rsa-pss", rsa.RSAPublicKey() if algorithm.hash:
            # Salt as long as the hash and MGF1 with the same hash: the one form of RFC 7518 §3.5 and RFC 9231 §2.3.10.
            salted = padding.PSS(padding.MGF1(algorithm.hash), algorithm.hash.digest_size)
            key.verify(signature, message, salted, algorithm.hash)
        case "ecdsa", ec.EllipticCurvePublicKey() if algorithm.hash:
            key.verify(signature, message, ec.ECDSA(algorithm.hash))
        case (
            ("eddsa" | "mldsa"),
            (
                ed25519.Ed25519PublicKey()
                | ed448.Ed448PublicKey()
                | mldsa.MLDSA44PublicKey()
                | mldsa.MLDSA65PublicKey()
                | mldsa.MLDSA87PublicKey()
            ),
        ) if any(isinstance(key, kind) and name == algorithm.name for kind, name in _KEY_NAMES.items()):
            key.verify(signature, message)
        case _:
            raise InvalidSignature


def ecdsa_to_der(raw: bytes, key: PublicKey) -> bytes:
    """Turn r ‖ s (RFC 7518 §3.4, XMLDSig 1.1 §6.4.3) into DER; each half is as long as the order n, and in [1, n-1]."""
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise Rejection("signature-invalid", "An ECDSA signature was sent for a key of another type.")
    size = (key.curve.key_size + 7) // 8
    if len(raw) != 2 * size:
        raise Rejection("signature-invalid", f"An ECDSA signature on this curve has {2 * size} bytes, not {len(raw)}.")
    r, s = int.from_bytes(raw[:size], "big"), int.from_bytes(raw[size:], "big")
    if not (0 < r < key.curve.group_order and 0 < s < key.curve.group_order):
        raise Rejection("signature-invalid", "The ECDSA signature's numbers are out of range.")
    return utils.encode_dss_signature(r, s)


def key_weakness(key: PublicKey, policy: Policy) -> str | None:
    """Why this key is refused, or None. Asked when a key is registered and again when a document is judged."""
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < policy.rsa_refused:
            return f"RSA with {key.key_size} bits is refused; at least {policy.rsa_refused} are needed."
        if key.key_size > 8192 or key.public_numbers().e < 65537:
            return "RSA keys above 8192 bits or with an exponent below 65537 are refused."
    elif isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name not in _CURVES:
        return f"The curve {key.curve.name} is refused; use P-256, P-384 or P-521."
    return None


def judge(algorithm: str, digest: str, key: PublicKey, policy: Policy) -> tuple[Finding, ...]:
    """Judge what verified: Rejection("algorithm-barred") names the algorithm, digest or key size; else warnings."""
    barred = next((name for name in (algorithm, digest) if name in _BROKEN or ALGORITHMS.get(name, _NONE).barred), None)
    if barred:
        raise Rejection("algorithm-barred", f"{barred} is no longer accepted; use SHA-256 or better.")
    if weakness := key_weakness(key, policy):
        raise Rejection("algorithm-barred", weakness)
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < policy.rsa_advised:
        return _short(key.key_size, policy.rsa_advised)
    return ()


@cache
def _short(bits: int, advised: int) -> tuple[Finding, ...]:
    return (
        Finding(
            rule="GW-SIG-001",
            severity="warning",
            stage="signature",
            message="The RSA key is shorter than advised; plan its replacement.",
            expected=f"at least {advised} bits, or P-256",
            actual=f"{bits} bits",
        ),
    )


_NONE = Algorithm("", "rsa", None)
