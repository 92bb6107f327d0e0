"""Sign a request (RFC 9421) in the one way that a gateway takes."""

import hashlib
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edi_gateway.errors import Misuse
from edi_gateway.model.request import HttpRequest
from edi_gateway.signing.jws import PrivateKey
from edi_gateway.syntax.signature_base import signature_base
from edi_gateway.syntax.structured import Bare, InnerList, Item, serialize

GOOD_FOR = timedelta(minutes=1)
LABEL = "sig"

_CURVES: dict[str, tuple[str, hashes.HashAlgorithm]] = {
    "secp256r1": ("ecdsa-p256-sha256", hashes.SHA256()),
    "secp384r1": ("ecdsa-p384-sha384", hashes.SHA384()),
}


def content_digest(body: bytes) -> str:
    """The field of that name (RFC 9530 §2)."""
    return f"sha-256=:{b64encode(hashlib.sha256(body).digest()).decode()}:"


def sign_request(
    request: HttpRequest, private_key: PrivateKey, at: datetime, nonce: str, body: bytes = b""
) -> dict[str, str]:
    """The fields to send along; `nonce` is of this request alone. Raises Misuse for a key of another type."""
    algorithm, sign = _signer(private_key)
    fields = {"content-digest": content_digest(body)} if body else {}
    covered = HttpRequest(
        request.method, request.scheme, request.authority, request.path, request.query, tuple(fields.items())
    )
    components = ("@method", "@target-uri", *fields)
    public = private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    parameters: dict[str, Bare] = {
        "created": int(at.timestamp()),
        "expires": int((at + GOOD_FOR).timestamp()),
        "nonce": nonce,
        "keyid": hashlib.sha256(public).hexdigest(),
        "alg": algorithm,
    }
    listed = InnerList(tuple(map(Item, components)), parameters)
    value = sign(signature_base(covered, components, listed))
    return fields | {
        "signature-input": f"{LABEL}={serialize(listed)}",
        "signature": f"{LABEL}={serialize(Item(value))}",
    }


def _signer(key: PrivateKey) -> tuple[str, Callable[[bytes], bytes]]:
    match key:
        case ed25519.Ed25519PrivateKey():
            return "ed25519", key.sign
        case rsa.RSAPrivateKey():
            # RFC 9421 §3.3.1: a salt of 64 bytes.
            salted = padding.PSS(padding.MGF1(hashes.SHA512()), hashes.SHA512().digest_size)
            return "rsa-pss-sha512", lambda message: key.sign(message, salted, hashes.SHA512())
        case ec.EllipticCurvePrivateKey() if key.curve.name in _CURVES:
            algorithm, digest = _CURVES[key.curve.name]
            return algorithm, lambda message: _raw(key.sign(message, ec.ECDSA(digest)), (key.key_size + 7) // 8)
    raise Misuse("A request is signed with Ed25519, P-256, P-384 or RSA.")


def _raw(der: bytes, size: int) -> bytes:
    """RFC 9421 §3.3.4: r and s, one after the other."""
    r, s = utils.decode_dss_signature(der)
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")
