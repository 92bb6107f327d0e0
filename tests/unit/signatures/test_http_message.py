"""Signed requests: what a signature has to cover, to say and to be."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from edi_gateway.errors import Misuse, Rejection
from edi_gateway.model.request import HttpRequest
from edi_gateway.signatures.http_message import (
    LONGEST,
    SKEW,
    check_body,
    check_moment,
    read_signature,
    verify_request,
)
from edi_gateway.signing.http_message import content_digest, sign_request
from edi_gateway.syntax.signature_base import signature_base
from edi_gateway.syntax.structured import InnerList, Item, parse_dictionary

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NONCE = "0123456789abcdef"
REQUEST = HttpRequest("GET", "https", "gw.example.com", "/v1/documents", "type=order&limit=5")
KEYS: Mapping[str, Any] = {
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
    "ecdsa-p256-sha256": ec.generate_private_key(ec.SECP256R1()),
    "ecdsa-p384-sha384": ec.generate_private_key(ec.SECP384R1()),
    "rsa-pss-sha512": rsa.generate_private_key(65537, 2048),
}
ED25519 = KEYS["ed25519"]


def signed(request: HttpRequest = REQUEST, key: Any = ED25519, body: bytes = b"") -> HttpRequest:
    fields = sign_request(request, key, NOW, NONCE, body)
    return replace(request, fields=(*request.fields, *fields.items()))


def said(covered: str, parameters: str = "", *, key: Any = ED25519, request: HttpRequest = REQUEST) -> HttpRequest:
    """The request with a signature of another making."""
    if not parameters:
        parameters = f';created={int(NOW.timestamp())};expires={int(NOW.timestamp()) + 60};nonce="{NONCE}";keyid="k"'
    (listed,) = parse_dictionary(f"sig=({covered}){parameters}").values()
    assert isinstance(listed, InnerList)
    try:
        names = [str(item.value) for item in listed.items]
        value = key.sign(signature_base(request, names, listed))
    except Rejection:
        value = bytes(64)
    text = base64.b64encode(value).decode()
    fields = (("signature-input", f"sig=({covered}){parameters}"), ("signature", f"sig=:{text}:"))
    return replace(request, fields=(*request.fields, *fields))


def verify(request: HttpRequest, key: Any = ED25519, *, has_body: bool = False) -> str:
    return verify_request(request, read_signature(request, has_body=has_body), key.public_key())


@pytest.mark.parametrize("algorithm", KEYS)
def test_what_is_signed_with_any_of_the_algorithms_verifies(algorithm: str) -> None:
    request = signed(key=KEYS[algorithm])
    signature = read_signature(request, has_body=False)
    assert (signature.algorithm, signature.nonce) == (algorithm, NONCE)
    check_moment(signature, NOW)
    verify(request, KEYS[algorithm])


def test_the_example_of_the_rfc_has_this_base_and_this_signature() -> None:
    """RFC 9421 §B.2.6, with the key of §B.1.4."""
    key = load_pem_public_key(
        b"-----BEGIN PUBLIC KEY-----\n"
        b"MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n"
        b"-----END PUBLIC KEY-----\n"
    )
    assert isinstance(key, ed25519.Ed25519PublicKey)
    fields = (
        ("host", "example.com"),
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("content-type", "application/json"),
        ("content-length", "18"),
    )
    request = HttpRequest("POST", "https", "example.com", "/foo", "param=Value&Pet=dog", fields)
    names = ("date", "@method", "@path", "@authority", "content-type", "content-length")
    covered = InnerList(tuple(map(Item, names)), {"created": 1618884473, "keyid": "test-key-ed25519"})
    base = signature_base(request, names, covered)
    assert base.decode().splitlines() == [
        '"date": Tue, 20 Apr 2021 02:07:55 GMT',
        '"@method": POST',
        '"@path": /foo',
        '"@authority": example.com',
        '"content-type": application/json',
        '"content-length": 18',
        '"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length")'
        ';created=1618884473;keyid="test-key-ed25519"',
    ]
    value = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
    key.verify(base64.b64decode(value), base)


def test_the_example_of_a_content_digest_has_this_text() -> None:
    """RFC 9530 §B.1."""
    assert content_digest(b'{"hello": "world"}\n') == "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "POST"},
        {"method": "HEAD"},
        {"scheme": "http"},
        {"authority": "gw.example.com:8443"},
        {"path": "/v1/documents/"},
        {"path": "/v1/document%73"},
        {"query": None},
        {"query": "type=order&limit=50"},
    ],
    ids=str,
)
@pytest.mark.parametrize("covered", ['"@method" "@target-uri"', '"@method" "@scheme" "@authority" "@path" "@query"'])
def test_a_signature_is_good_for_the_one_request(covered: str, changes: dict[str, Any]) -> None:
    request = said(covered)
    verify(request)
    with pytest.raises(Rejection, match="signature-invalid"):
        verify(replace(request, **changes))


def test_the_schemes_own_port_and_capitals_of_the_host_mean_nothing() -> None:
    verify(replace(signed(), authority="GW.example.com:443"))


def test_a_field_that_is_covered_must_be_there_as_it_was() -> None:
    request = replace(REQUEST, fields=(("x-purpose", "audit"), ("x-purpose", " again ")))
    covered = said('"@method" "@target-uri" "x-purpose"', request=request)
    verify(covered)
    for fields in (covered.fields[1:], (("x-purpose", "other"), *covered.fields[1:])):
        with pytest.raises(Rejection, match="signature-invalid"):
            verify(replace(covered, fields=fields))
    with pytest.raises(Rejection, match="doesn't have"):
        verify(replace(covered, fields=covered.fields[2:]))
    with pytest.raises(Rejection, match="no line of ASCII"):
        verify(replace(covered, fields=(("x-purpose", "é"), *covered.fields[2:])))


def test_a_body_is_signed_for_by_its_digest() -> None:
    request = signed(replace(REQUEST, method="POST"), body=b"{}")
    verify(request, has_body=True)
    signature = read_signature(request, has_body=True)
    check_body(signature, b"{}")
    for body in (b"[]", b""):
        with pytest.raises(Rejection, match="not the one"):
            check_body(signature, body)
    with pytest.raises(Rejection, match="covers content-digest"):
        read_signature(signed(replace(REQUEST, method="POST")), has_body=True)
    with pytest.raises(Rejection, match="lacks content-digest"):
        check_body(read_signature(signed(), has_body=False), b"{}")


@pytest.mark.parametrize("digest", ["md5=:AAAA:", "sha-512=:AAAA:", "sha-256=:AAAA:", "sha-256=1", "sha-256=(1)"])
def test_a_digest_of_another_kind_is_none(digest: str) -> None:
    request = replace(REQUEST, fields=(("content-digest", digest),))
    with pytest.raises(Rejection, match=r"body's sha-256"):
        read_signature(said('"@method" "@target-uri" "content-digest"', request=request), has_body=True)


@pytest.mark.parametrize(
    "covered",
    [
        "",
        '"@method"',
        '"@target-uri"',
        '"@method" "@authority" "@path"',
        '"@method" "@path" "@query"',
        '"@method" "@target-uri" "@method"',
        '"@method" "@target-uri";req',
        '"@method" "@target-uri" "@status"',
        '"@method" "@target-uri" "@signature-params"',
        '"@method" "@target-uri" "@query-param";name="a"',
        '"@method" "@target-uri" "Date"',
        '"@method" "@target-uri" date',
        '"@method" "@target-uri" 1',
    ],
)
def test_a_signature_over_less_or_over_what_is_not_known_is_refused(covered: str) -> None:
    with pytest.raises(Rejection, match="signature-profile"):
        read_signature(said(covered), has_body=False)


@pytest.mark.parametrize(
    "parameters",
    [
        f';expires=2;nonce="{NONCE}";keyid="k"',
        f';created=1;nonce="{NONCE}";keyid="k"',
        ';created=1;expires=2;keyid="k"',
        f';created=1;expires=2;nonce="{NONCE}"',
        ';created=1;expires=2;nonce="short";keyid="k"',
        f';created=1;expires=2;nonce="{"n" * 129}";keyid="k"',
        f';created="1";expires=2;nonce="{NONCE}";keyid="k"',
        f';created=1;expires=?1;nonce="{NONCE}";keyid="k"',
        f';created=999999999999999;expires=2;nonce="{NONCE}";keyid="k"',
        f';created=1;expires=2;nonce={NONCE.replace("0", "a")};keyid="k"',
        f';created=1;expires=2;nonce="{NONCE}";keyid=k',
        f';created=1;expires=2;nonce="{NONCE}";keyid="k";alg=ed25519',
        f';created=1;expires=2;nonce="{NONCE}";keyid="k";role="operator"',
    ],
)
def test_a_signature_that_says_less_or_what_is_not_known_is_refused(parameters: str) -> None:
    with pytest.raises(Rejection, match="signature-profile"):
        read_signature(said('"@method" "@target-uri"', parameters), has_body=False)


def with_fields(**changes: str) -> HttpRequest:
    fields = dict(signed().fields) | {name.replace("_", "-"): value for name, value in changes.items()}
    return replace(REQUEST, fields=tuple(fields.items()))


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": "sig=?1"},
        {"signature": "other=:AAAA:"},
        {"signature": "sig=:AAAA:, other=:AAAA:"},
        {"signature_input": "sig=1"},
    ],
)
def test_there_is_one_signature_under_one_label(changes: dict[str, str]) -> None:
    with pytest.raises(Rejection, match="signature-profile"):
        read_signature(with_fields(**changes), has_body=False)
    two = replace(signed(), fields=(*signed().fields, ("signature-input", 'b=("@method");created=1')))
    with pytest.raises(Rejection, match="signature-profile"):
        read_signature(two, has_body=False)


def test_a_missing_or_malformed_field_is_refused() -> None:
    for changes in ({"signature": ""}, {"signature": "sig=:A:"}, {"signature_input": "sig=("}):
        with pytest.raises(Rejection, match="header-invalid"):
            read_signature(with_fields(**changes), has_body=False)


@pytest.mark.parametrize(
    ("created", "expires", "good"),
    [
        (timedelta(), LONGEST, True),
        (SKEW, timedelta(minutes=1), True),
        (timedelta(seconds=-290), timedelta(seconds=1), True),
        (SKEW + timedelta(seconds=1), timedelta(minutes=1), False),
        (timedelta(), LONGEST + timedelta(seconds=1), False),
        (timedelta(seconds=-60), timedelta(), False),
        (timedelta(days=-9), timedelta(days=9), False),
        (timedelta(seconds=10), timedelta(seconds=5), False),
    ],
)
def test_a_signature_is_good_for_minutes(created: timedelta, expires: timedelta, good: bool) -> None:
    signature = replace(read_signature(signed(), has_body=False), created=NOW + created, expires=NOW + expires)
    if good:
        check_moment(signature, NOW)
    else:
        with pytest.raises(Rejection, match="signature-stale"):
            check_moment(signature, NOW)


@pytest.mark.parametrize("algorithm", KEYS)
@pytest.mark.parametrize("other", KEYS)
def test_an_algorithm_is_not_taken_with_a_key_for_another(algorithm: str, other: str) -> None:
    request = signed(key=KEYS[algorithm])
    if algorithm != other:
        with pytest.raises(Rejection, match="signature-invalid"):
            verify(request, KEYS[other])


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "none", "ecdsa-sha256", "rsa-sha256", "ED25519"])
def test_an_algorithm_that_is_not_known_verifies_nothing(algorithm: str) -> None:
    stamp = int(NOW.timestamp())
    parameters = f';created={stamp};expires={stamp + 60};nonce="{NONCE}";keyid="k";alg="{algorithm}"'
    with pytest.raises(Rejection, match="algorithm-unknown"):
        verify(said('"@method" "@target-uri"', parameters))


def test_without_an_algorithm_it_is_the_keys_own_if_there_is_one() -> None:
    assert verify(said('"@method" "@target-uri"')) == "ed25519"
    request = said('"@method" "@target-uri"')
    for key in (KEYS["rsa-pss-sha512"], ed448.Ed448PrivateKey.generate(), ec.generate_private_key(ec.SECP521R1())):
        with pytest.raises(Rejection, match="names its alg"):
            verify(request, key)


def test_a_key_that_no_request_can_be_signed_with_is_misuse() -> None:
    with pytest.raises(Misuse, match="P-384 or RSA"):
        sign_request(REQUEST, ed448.Ed448PrivateKey.generate(), NOW, NONCE)
