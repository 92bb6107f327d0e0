"""Sign a JSON document as a JWS (RFC 7515): what a partner's client does."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edi_gateway.errors import Misuse
from edi_gateway.syntax.base64 import encode_url
from edi_gateway.syntax.json import JsonValue, canonical

PrivateKey: TypeAlias = (
    rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
)

# RFC 7518 §3.4 binds each alg to a curve and a hash.
_CURVES: dict[str, tuple[str, hashes.HashAlgorithm]] = {
    "secp256r1": ("ES256", hashes.SHA256()),
    "secp384r1": ("ES384", hashes.SHA384()),
    "secp521r1": ("ES512", hashes.SHA512()),
}


def sign(
    payload: bytes,
    private_key: PrivateKey,
    *,
    certificate: bytes | None = None,
    flattened: bool = False,
    signed_at: datetime | None = None,
) -> bytes:
    """A compact JWS over `payload`, or a flattened one; the body of a POST as it is.

    The key is named by `kid`, the SHA-256 fingerprint of its SubjectPublicKeyInfo in lower-case hex, and by `x5t#S256`
    where its `certificate` (DER) is given; `signed_at` (aware) becomes `iat`. Raises Misuse for a key of another type,
    and for a certificate that can't be read or is for another key.
    """
    alg, make_signature = _signer(private_key)
    header: dict[str, JsonValue] = {
        "alg": alg,
        "cty": "json",
        "kid": hashlib.sha256(_spki(private_key)).hexdigest(),
        "typ": "JOSE+JSON" if flattened else "JOSE",
    }
    if certificate is not None:
        header["x5t#S256"] = _thumbprint(certificate, private_key)
    if signed_at is not None:
        header["iat"] = int(signed_at.timestamp())
    protected, encoded = encode_url(canonical(header)), encode_url(payload)
    signature = encode_url(make_signature(protected + b"." + encoded))
    if not flattened:
        return b".".join((protected, encoded, signature))
    return canonical(
        {"payload": encoded.decode("ascii"), "protected": protected.decode("ascii"), "signature": signature.decode()}
    )


def _signer(key: PrivateKey) -> tuple[str, Callable[[bytes], bytes]]:
    match key:
        case ed25519.Ed25519PrivateKey():
            return "Ed25519", key.sign
        case ed448.Ed448PrivateKey():
            return "Ed448", key.sign
        case rsa.RSAPrivateKey():
            # RFC 7518 §3.5: the salt is as long as the hash.
            salted = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256().digest_size)
            return "PS256", lambda message: key.sign(message, salted, hashes.SHA256())
        case ec.EllipticCurvePrivateKey() if key.curve.name in _CURVES:
            alg, digest = _CURVES[key.curve.name]
            return alg, lambda message: _raw(key.sign(message, ec.ECDSA(digest)), (key.key_size + 7) // 8)
    raise Misuse("A JWS is signed with Ed25519, Ed448, P-256, P-384, P-521 or RSA.")


def _raw(der: bytes, size: int) -> bytes:
    r, s = utils.decode_dss_signature(der)
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _spki(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _thumbprint(certificate: bytes, key: PrivateKey) -> str:
    try:
        public_key = x509.load_der_x509_certificate(certificate).public_key()
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise Misuse("The certificate can't be read; it must be DER.") from error
    if public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != _spki(key):
        raise Misuse("The certificate is for another key.")
    return encode_url(hashlib.sha256(certificate).digest()).decode("ascii")
