"""Keys that the sender brings along (RFC 8725 §3.10), and extensions (RFC 7515 §4.1.11, RFC 7797)."""

import base64
import hashlib
import json
from typing import Any

import pytest

from edi_gateway.syntax.base64 import encode_url
from tests.support import jws
from tests.support.jws import flattened, honest, refusal, token


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("jwk", {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
        ("jku", "https://attacker.example/keys.json"),
        ("jku", "file:///etc/passwd"),
        ("x5u", "https://attacker.example/cert.pem"),
    ],
)
def test_a_key_brought_along_is_not_followed(name: str, value: Any) -> None:
    assert refusal(honest(**{name: value})) == "signature-profile"


def test_an_attackers_certificate_chain_is_only_a_name() -> None:
    attacker = jws.key("p256", "attacker")
    chain = [base64.b64encode(jws.certificate("p256", "attacker")).decode()]
    body = token({"alg": "ES256", "x5c": chain}, attacker)
    names = jws.unwrap(jws.transmission(body)).key_names
    assert names[0].value == jws.fingerprint(attacker)
    assert refusal(body, jws.key("p256")) == "signature-invalid"


@pytest.mark.parametrize(
    ("chain", "code"),
    [
        ([], "signature-profile"),
        ("MII", "signature-profile"),
        ([5], "signature-profile"),
        (["MIIB"] * 17, "signature-profile"),
        (["MIIB"], "signature-profile"),
        (["AA==\n"], "not-jws"),
        (["-_-_"], "not-jws"),
        (["é"], "not-jws"),
    ],
)
def test_a_broken_certificate_chain_is_refused(chain: Any, code: str) -> None:
    assert refusal(honest(x5c=chain)) == code


def test_a_certificate_of_a_version_that_does_not_exist_is_refused() -> None:
    certificate = jws.certificate("p256").replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x01", 1)
    assert refusal(honest(x5c=[base64.b64encode(certificate).decode()])) == "signature-profile"


def test_names_of_two_keys_are_refused() -> None:
    chain = [base64.b64encode(jws.certificate("p256", "attacker")).decode()]
    assert refusal(honest(kid=jws.fingerprint(jws.key("p256")), x5c=chain)) == "signature-profile"
    thumbprint = encode_url(hashlib.sha256(jws.certificate("p256")).digest()).decode()
    assert refusal(honest(x5c=chain, **{"x5t#S256": thumbprint})) == "signature-profile"


@pytest.mark.parametrize("thumbprint", ["", "AAAA", "x", "A" * 44, "é" * 43, 5])
def test_a_thumbprint_that_is_no_digest_is_refused(thumbprint: Any) -> None:
    assert refusal(honest(**{"x5t#S256": thumbprint})) == "not-jws"


@pytest.mark.parametrize(
    "kid",
    [
        "",
        "../../etc/passwd",
        "' OR 1=1 --",
        "kid-1",
        "a" * 63,
        "A" * 64,
        "é" * 64,
        "\u0000" * 64,
        "g" * 64,
        " " + "a" * 64,
    ],
)
def test_a_kid_that_is_no_fingerprint_names_nothing(kid: str) -> None:
    assert jws.unwrap(jws.transmission(honest(kid=kid))).key_names == ()


@pytest.mark.parametrize("kid", [5, None, ["a" * 64], {"a": 1}])
def test_a_kid_that_is_no_string_is_refused(kid: Any) -> None:
    assert refusal(honest(kid=kid)) == "not-jws"


def test_another_partners_kid_does_not_lend_its_name() -> None:
    other = jws.key("p256", "globex")
    assert refusal(honest(kid=jws.fingerprint(other)), other) == "signature-invalid"


@pytest.mark.parametrize("crit", [[], ["alg"], ["unknown"], ["b64"], ["sigT"], "b64", None, [5], ["exp", "exp"]])
def test_anything_critical_is_refused(crit: Any) -> None:
    assert refusal(honest(crit=crit, unknown=1, exp=1)) == "signature-profile"


def test_critical_extensions_may_not_hide_in_the_unprotected_header() -> None:
    assert refusal(flattened(honest(), header={"crit": ["unknown"], "unknown": 1})) == "not-jws"
    assert refusal(flattened(honest(), header={"b64": False})) == "not-jws"


@pytest.mark.parametrize("b64", [False, 0, None, "false", []])
def test_an_unencoded_payload_is_refused(b64: Any) -> None:
    header = encode_url(json.dumps({"alg": "ES256", "b64": b64}).encode())
    signature = encode_url(jws.signature(jws.key("p256"), header + b".payload"))
    assert refusal(header + b".payload." + signature) == "signature-profile"
