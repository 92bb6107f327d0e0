"""Signed requests against a library that we did not write: what either signs, the other verifies."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

from edi_gateway.errors import Rejection
from edi_gateway.model.request import HttpRequest
from edi_gateway.signatures.http_message import read_signature, verify_request
from edi_gateway.signing.http_message import sign_request

URL = "https://gw.example.com/v1/documents?type=order&number=PO%2D1"
NONCE = "0123456789abcdef"
KEYS: Mapping[str, Any] = {
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
    "ecdsa-p256-sha256": ec.generate_private_key(ec.SECP256R1()),
    "rsa-pss-sha512": rsa.generate_private_key(65537, 2048),
    "rsa-v1_5-sha256": rsa.generate_private_key(65537, 2048),
}
THEIRS = {
    "ed25519": algorithms.ED25519,
    "ecdsa-p256-sha256": algorithms.ECDSA_P256_SHA256,
    "rsa-pss-sha512": algorithms.RSA_PSS_SHA512,
    "rsa-v1_5-sha256": algorithms.RSA_V1_5_SHA256,
}
COVERED = (
    ("@method", "@target-uri"),
    ("@authority", "@path", "@query", "@method", "@scheme"),
    ("x-note", "@target-uri", "@method"),
)


class Resolver(HTTPSignatureKeyResolver):
    def __init__(self, key: Any) -> None:
        self._key = key

    def resolve_private_key(self, key_id: str) -> Any:
        return self._key

    def resolve_public_key(self, key_id: str) -> Any:
        return self._key.public_key()


def as_sent(request: httpx.Request) -> HttpRequest:
    path, _, query = request.url.raw_path.decode().partition("?")
    authority = request.url.netloc.decode()
    return HttpRequest(request.method, request.url.scheme, authority, path, query, tuple(request.headers.multi_items()))


@pytest.mark.parametrize("algorithm", KEYS)
@pytest.mark.parametrize("covered", COVERED, ids=" ".join)
def test_what_the_library_signs_verifies_here(algorithm: str, covered: tuple[str, ...]) -> None:
    request = httpx.Request("GET", URL, headers={"X-Note": " two  words "})
    now = datetime.now(UTC)
    HTTPMessageSigner(signature_algorithm=THEIRS[algorithm], key_resolver=Resolver(KEYS[algorithm])).sign(
        request,
        key_id="a key",
        created=now,
        expires=now + timedelta(minutes=1),
        nonce=NONCE,
        label="theirs",
        covered_component_ids=covered,
    )
    signature = read_signature(as_sent(request), has_body=False)
    assert (signature.key, signature.nonce, signature.algorithm) == ("a key", NONCE, algorithm)
    verify_request(as_sent(request), signature, KEYS[algorithm].public_key())
    other = httpx.Request("GET", URL.replace("PO", "PX"), headers=request.headers)
    with pytest.raises(Rejection, match="signature-invalid"):
        verify_request(as_sent(other), signature, KEYS[algorithm].public_key())


@pytest.mark.parametrize("algorithm", [name for name in KEYS if name != "rsa-v1_5-sha256"])
@pytest.mark.parametrize("body", [b"", b'{"a": 1}'], ids=["no body", "a body"])
def test_what_is_signed_here_the_library_verifies(algorithm: str, body: bytes) -> None:
    request = httpx.Request("POST", URL, content=body)
    fields = sign_request(as_sent(request), KEYS[algorithm], datetime.now(UTC), NONCE, body)
    request.headers.update(fields)
    verifier = HTTPMessageVerifier(signature_algorithm=THEIRS[algorithm], key_resolver=Resolver(KEYS[algorithm]))
    (result,) = verifier.verify(request, max_age=timedelta(minutes=5))
    assert result.parameters["nonce"] == NONCE
    request.method = "PUT"
    with pytest.raises(InvalidSignature):
        verifier.verify(request, max_age=timedelta(minutes=5))
