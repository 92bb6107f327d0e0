"""Keys, tokens and requests for the JWS tests. `token` builds what no honest signer would."""

import functools
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from edi_gateway.envelopes.jose import unwrap
from edi_gateway.errors import Rejection
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.transmission import Transmission, Verified
from edi_gateway.signatures.jws import verify
from edi_gateway.syntax.base64 import encode_url
from tests.support.private_keys import key

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DOCUMENT = b'{"contractId":"C-1","version":1}'


def spki(private_key: Any) -> bytes:
    return private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def private_der(private_key: Any) -> bytes:
    return private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def fingerprint(private_key: Any) -> str:
    return hashlib.sha256(spki(private_key)).hexdigest()


def partner_key(private_key: Any, partner: str = "acme") -> PartnerKey:
    return PartnerKey(fingerprint(private_key), partner, spki(private_key), public_key=private_key.public_key())


@functools.cache
def certificate(kind: str, owner: str = "acme") -> bytes:
    """A self-signed certificate of that key, in DER."""
    private_key = key(kind, owner)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, owner)])
    builder = x509.CertificateBuilder(name, name, private_key.public_key(), 1, NOW, NOW + timedelta(days=365))
    digest = None if kind.startswith("ed") else hashes.SHA256()
    return builder.sign(private_key, digest).public_bytes(Encoding.DER)


def signature(private_key: Any, message: bytes) -> bytes:
    """As RFC 7518 and RFC 8037 want it for the key's kind: ES256, RS256 or EdDSA."""
    match private_key:
        case rsa.RSAPrivateKey():
            return private_key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        case ec.EllipticCurvePrivateKey():
            numbers = decode_dss_signature(private_key.sign(message, ec.ECDSA(hashes.SHA256())))
            return b"".join(number.to_bytes(32, "big") for number in numbers)
    return private_key.sign(message)


def token(header: dict[str, Any] | bytes, private_key: Any, payload: bytes = DOCUMENT) -> bytes:
    """A compact JWS whose protected header is exactly this, and whose signature is right for it."""
    octets = header if isinstance(header, bytes) else json.dumps(header).encode()
    signing_input = encode_url(octets) + b"." + encode_url(payload)
    return signing_input + b"." + encode_url(signature(private_key, signing_input))


def flattened(compact: bytes, **changes: Any) -> bytes:
    """The same token as flattened JSON, with members changed, or left out where the change is None."""
    members: dict[str, Any] = dict(zip(("protected", "payload", "signature"), compact.decode().split("."), strict=True))
    return json.dumps({name: value for name, value in (members | changes).items() if value is not None}).encode()


def transmission(body: bytes) -> Transmission:
    """The request with the content type that fits the body."""
    return Transmission(body, "application/jose+json" if body.startswith(b"{") else "application/jose", NOW)


def verified(body: bytes, *private_keys: Any) -> Verified:
    """Unwrap and verify with these keys, registered for acme."""
    return verify(unwrap(transmission(body)), [partner_key(private_key) for private_key in private_keys])


def refusal(body: bytes, *keys: Any) -> str:
    with pytest.raises(Rejection) as refused:
        verified(body, *(keys or (key("p256"),)))
    assert len(refused.value.detail) < 600
    return refused.value.code


def honest(**header: Any) -> bytes:
    return token({"alg": "ES256", **header}, key("p256"))


def with_signature(body: bytes, signature: bytes) -> bytes:
    return body.rpartition(b".")[0] + b"." + encode_url(signature)
