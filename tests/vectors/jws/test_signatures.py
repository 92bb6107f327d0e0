"""Algorithms (RFC 8725 §3.1, §3.2) and signature values (RFC 7518 §3.4) that must not pass, each named by its fault."""

import base64
import hmac
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edi_gateway.syntax.base64 import encode_url
from tests.support import jws
from tests.support.jws import DOCUMENT, flattened, honest, refusal, token, verified, with_signature

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""n of P-256 (SEC 2 §2.4.2)."""


def raw(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def pair(body: bytes) -> tuple[int, int]:
    octets = base64.urlsafe_b64decode(body.rpartition(b".")[2] + b"==")
    return int.from_bytes(octets[:32], "big"), int.from_bytes(octets[32:], "big")


def test_the_honest_token_passes() -> None:
    assert verified(honest(), jws.key("p256")).content == DOCUMENT


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "RS1", "HS256", "HS512", "es256", "ES256K", "PS1", "A" * 5000])
def test_an_algorithm_that_is_not_listed_is_refused(alg: str) -> None:
    assert refusal(token({"alg": alg}, jws.key("p256"))) == "algorithm-unknown"


@pytest.mark.parametrize("alg", ["none", "ES256"])
def test_an_empty_signature_is_no_signature(alg: str) -> None:
    body = with_signature(token({"alg": alg}, jws.key("p256")), b"")
    assert refusal(body) == "unsigned"
    assert refusal(flattened(body)) == "unsigned"
    assert refusal(flattened(body, signature=None)) == "unsigned"


@pytest.mark.parametrize("kind", ["rsa", "p256"])
def test_an_hmac_keyed_with_the_public_key_is_refused(kind: str) -> None:
    public = jws.key(kind).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    body = token({"alg": "HS256"}, jws.key("p256"))
    forged = hmac.digest(public, body.rpartition(b".")[0], "sha256")
    assert refusal(with_signature(body, forged), jws.key(kind)) == "algorithm-unknown"


@pytest.mark.parametrize("alg", [None, 5, "", ["ES256"], {"ES256": 1}, True])
def test_an_algorithm_that_is_no_name_is_refused(alg: Any) -> None:
    assert refusal(token({"alg": alg}, jws.key("p256"))) == "not-jws"


def test_an_algorithm_outside_the_protected_header_is_refused() -> None:
    assert refusal(flattened(token({"typ": "JOSE"}, jws.key("p256")), header={"alg": "ES256"})) == "not-jws"


@pytest.mark.parametrize(
    ("alg", "kind"),
    [
        ("RS256", "p256"),
        ("PS256", "rsa"),
        ("RS512", "rsa"),
        ("ES256", "rsa"),
        ("ES384", "p256"),
        ("ES256", "p384"),
        ("ES256", "k256"),
        ("EdDSA", "p256"),
        ("Ed448", "ed25519"),
        ("Ed25519", "ed448"),
    ],
)
def test_an_algorithm_that_the_signature_was_not_made_with_is_refused(alg: str, kind: str) -> None:
    if kind == "p384":  # a signature on the wrong curve, with halves of the right curve's length
        body = with_signature(token({"alg": alg}, jws.key("p256")), b"\x01" * 64)
    else:
        body = token({"alg": alg}, jws.key(kind))
    assert refusal(body, jws.key(kind)) == "signature-invalid"


def test_an_ecdsa_signature_in_der_is_refused() -> None:
    body = honest()
    assert refusal(with_signature(body, encode_dss_signature(*pair(body)))) == "signature-invalid"


@pytest.mark.parametrize("r", [None, 0, 1, ORDER - 1, ORDER, ORDER + 1, 2**256 - 1])
@pytest.mark.parametrize("s", [None, 0, 1, ORDER - 1, ORDER, ORDER + 1, 2**256 - 1])
def test_numbers_that_the_signer_did_not_make_are_refused(r: int | None, s: int | None) -> None:
    body = honest()
    mine = pair(body)
    forged = raw(mine[0] if r is None else r, mine[1] if s is None else s)
    if (r, s) != (None, None):
        assert refusal(with_signature(body, forged)) == "signature-invalid"


@pytest.mark.parametrize(
    "change", [lambda s: s[:-1], lambda s: s + b"\0", lambda s: b"\0" + s, lambda s: b"\0", lambda s: s * 2]
)
def test_a_signature_of_the_wrong_length_is_refused(change: Any) -> None:
    body = honest()
    assert refusal(with_signature(body, change(raw(*pair(body))))) == "signature-invalid"


def test_the_twin_of_an_ecdsa_signature_proves_the_same_content() -> None:
    # (r, n - s) verifies wherever (r, s) does: a signature's bytes identify nothing.
    body = honest()
    r, s = pair(body)
    assert verified(with_signature(body, raw(r, ORDER - s)), jws.key("p256")).content == DOCUMENT


@pytest.mark.parametrize("kind", ["p256", "rsa", "ed25519"])
def test_a_changed_payload_or_header_is_refused(kind: str) -> None:
    alg = {"p256": "ES256", "rsa": "RS256", "ed25519": "EdDSA"}[kind]
    header, payload, signature = token({"alg": alg}, jws.key(kind)).split(b".")
    for parts in (
        (header, encode_url(DOCUMENT + b" "), signature),
        (encode_url(b'{"alg":"%b" }' % alg.encode()), payload, signature),
    ):
        assert refusal(b".".join(parts), jws.key(kind)) == "signature-invalid"


def test_a_signature_on_a_weak_curve_is_not_verified() -> None:
    weak = ec.generate_private_key(ec.SECP224R1())
    body = token({"alg": "ES256"}, jws.key("p256"))
    assert refusal(body, weak) == "signature-invalid"
