"""Verify a JSON Web Signature (RFC 7515 §5.2) with the algorithms of RFC 7518, RFC 8037 and RFC 9864."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey

from edi_gateway.errors import Rejection
from edi_gateway.model.document import MAX_ECHO
from edi_gateway.model.partner import PartnerKey, PublicKey
from edi_gateway.model.transmission import Envelope, JwsSigned, Verified
from edi_gateway.signatures.policy import ALGORITHMS, check_signature, ecdsa_to_der


class _Scheme(NamedTuple):
    """What an `alg` stands for: names in the policy's tables, and the one curve that RFC 7518 §3.4 binds it to."""

    algorithm: str
    digest: str
    curve: str | None = None


# RFC 8032: Ed25519 hashes with SHA-512. Ed448 hashes with SHAKE256, which the policy has no name for; as strong a one
# stands in for it, since the digest is only asked whether it is broken.
_SCHEMES: Mapping[str, _Scheme] = MappingProxyType(
    {
        "ES256": _Scheme("ecdsa-sha256", "sha256", "secp256r1"),
        "ES384": _Scheme("ecdsa-sha384", "sha384", "secp384r1"),
        "ES512": _Scheme("ecdsa-sha512", "sha512", "secp521r1"),
        "PS256": _Scheme("rsa-pss-sha256", "sha256"),
        "PS384": _Scheme("rsa-pss-sha384", "sha384"),
        "PS512": _Scheme("rsa-pss-sha512", "sha512"),
        "RS256": _Scheme("rsa-sha256", "sha256"),
        "RS384": _Scheme("rsa-sha384", "sha384"),
        "RS512": _Scheme("rsa-sha512", "sha512"),
        "Ed25519": _Scheme("ed25519", "sha512"),
        "Ed448": _Scheme("ed448", "sha512"),
    }
)
_SIGNING_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


def verify(envelope: Envelope, keys: Sequence[PartnerKey]) -> Verified:
    """Find the key among `keys` that made the signature; what it covers is the payload.

    Raises Rejection: `algorithm-unknown` for an `alg` that isn't listed (`none` and the HMACs are not: whoever could
    check those could have made them), `signature-invalid` when no key verifies.
    """
    signed = envelope.signed
    if not isinstance(signed, JwsSigned):
        raise TypeError("this verifier reads JWS envelopes only")
    alg = signed.header.get("alg")
    if alg != "EdDSA" and alg not in _SCHEMES:
        raise Rejection("algorithm-unknown", f"The JWS algorithm {str(alg)[:MAX_ECHO]!a} is not verified here.")
    for key in keys:
        # RFC 8037 §3.1: EdDSA leaves the curve to the key.
        scheme = _eddsa(key.public_key) if alg == "EdDSA" else _SCHEMES[str(alg)]
        if _verifies(scheme, key.public_key, signed):
            return Verified(
                format="jws",
                media_type=envelope.media_type,
                content=signed.payload,
                key=key,
                algorithm=scheme.algorithm,
                digest=scheme.digest,
                signed_at=_signed_at(signed.header),
            )
    raise Rejection("signature-invalid", f"The {alg} signature does not verify with the key that it names.")


def _eddsa(key: PublicKey) -> _Scheme:
    return _SCHEMES["Ed448" if isinstance(key, Ed448PublicKey) else "Ed25519"]


def _verifies(scheme: _Scheme, key: PublicKey, signed: JwsSigned) -> bool:
    try:
        signature = signed.signature
        if scheme.curve:
            if not isinstance(key, EllipticCurvePublicKey) or key.curve.name != scheme.curve:
                return False
            signature = ecdsa_to_der(signature, key)
        check_signature(ALGORITHMS[scheme.algorithm], key, signature, signed.signing_input)
    except Rejection:
        return False
    return True


def _signed_at(header: Mapping[str, object]) -> datetime | None:
    """The claimed signing time: `iat` in seconds since 1970, or `sigT` in UTC (ETSI TS 119 182-1 §5.1.11, §5.2.1)."""
    issued, signing_time = header.get("iat"), header.get("sigT")
    try:
        if isinstance(issued, int) and not isinstance(issued, bool):
            return datetime.fromtimestamp(issued, UTC)
        if isinstance(signing_time, str) and _SIGNING_TIME.fullmatch(signing_time):
            return datetime.fromisoformat(signing_time)
    except (ValueError, OverflowError, OSError):
        return None
    return None
