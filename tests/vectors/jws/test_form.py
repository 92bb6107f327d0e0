"""Forms that two readers could read differently (RFC 7515 §2–§7), of the token and of the document inside."""

import json
from typing import Any

import pytest

from edi_gateway.documents import contract
from edi_gateway.errors import Rejection
from tests.support import jws
from tests.support.jws import flattened, honest, refusal, token, verified


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(b'{"alg":"none","alg":"ES256"}', id="alg twice"),
        pytest.param(b'{"alg":"ES256","\\u0061lg":"none"}', id="alg twice, once escaped"),
        pytest.param(b'\xef\xbb\xbf{"alg":"ES256"}', id="byte order mark"),
        pytest.param('{"alg":"ES256"}'.encode("utf-16"), id="UTF-16"),
        pytest.param(b'["alg","ES256"]', id="list"),
        pytest.param(b'"ES256"', id="string"),
        pytest.param(b"null", id="null"),
        pytest.param(b"{}", id="nothing in it"),
        pytest.param(b'{"alg":"ES256"', id="cut off"),
        pytest.param(b'{"alg":"ES256"}{}', id="two objects"),
        pytest.param(b'{"alg":"ES256","x":NaN}', id="NaN"),
        pytest.param(b'{"alg":"ES256","x":' + b"[" * 100 + b"]" * 100 + b"}", id="deep"),
        pytest.param(b'{"alg":"ES256","x":"' + b"x" * 60_000 + b'"}', id="too long"),
    ],
)
def test_a_header_that_two_readers_could_read_differently_is_refused(header: bytes) -> None:
    assert refusal(token(header, jws.key("p256"))) == "not-jws"


def test_a_name_in_both_headers_is_refused() -> None:
    assert refusal(flattened(honest(), header={"alg": "ES256"})) == "not-jws"


@pytest.mark.parametrize("unprotected", [None, [], "x", 5])
def test_an_unprotected_header_that_is_no_object_is_refused(unprotected: Any) -> None:
    members = json.loads(flattened(honest())) | {"header": unprotected}
    assert refusal(json.dumps(members).encode()) == "not-jws"


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize(
    "twist",
    [
        pytest.param(lambda text: text + b"=", id="padding"),
        pytest.param(lambda text: text + b"==", id="more padding"),
        pytest.param(lambda text: text + b"\n", id="line end"),
        pytest.param(lambda text: b" " + text, id="leading space"),
        pytest.param(lambda text: text[:4] + b" " + text[4:], id="space within"),
        pytest.param(lambda text: b"+" + text[1:], id="plus"),
        pytest.param(lambda text: text[:-1] + b"/", id="slash"),
        pytest.param(lambda text: text + b"A" * ((1 - len(text)) % 4), id="impossible length"),
        pytest.param(lambda text: text[:4] + b"?" + text[4:], id="foreign character"),
        pytest.param(lambda text: text + "é".encode(), id="outside ASCII"),
    ],
)
def test_another_spelling_of_base64url_is_refused(part: int, twist: Any) -> None:
    parts = honest().split(b".")
    parts[part] = twist(parts[part])
    assert refusal(b".".join(parts)) == "not-jws"


def test_unused_bits_that_are_not_zero_are_refused() -> None:
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    body = honest()  # 64 octets are 86 characters, and the last of these has four bits to spare
    last = alphabet.index(body[-1:])
    assert last % 16 == 0
    assert refusal(body[:-1] + alphabet[last + 1 : last + 2]) == "not-jws"


@pytest.mark.parametrize(
    "twist",
    [
        pytest.param(lambda parts: parts[:2], id="two parts"),
        pytest.param(lambda parts: parts[:1], id="one part"),
        pytest.param(lambda parts: [*parts, b""], id="four parts"),
        pytest.param(lambda parts: [*parts, b"AA", b"AA"], id="five parts, as in JWE"),
        pytest.param(lambda parts: [b"", *parts[1:]], id="no header"),
        pytest.param(lambda parts: [], id="nothing"),
    ],
)
def test_another_number_of_parts_is_refused(twist: Any) -> None:
    assert refusal(b".".join(twist(honest().split(b".")))) == "not-jws"


def test_a_detached_payload_is_not_taken_for_an_empty_document() -> None:
    assert refusal(token({"alg": "ES256"}, jws.key("p256"), b"")) == "signature-profile"
    assert refusal(flattened(honest(), payload="")) == "signature-profile"
    assert refusal(flattened(honest(), payload=None)) == "signature-profile"


@pytest.mark.parametrize("signatures", [[], [{}], None, "x"])
def test_the_general_form_is_refused(signatures: Any) -> None:
    members = json.loads(flattened(honest())) | {"signatures": signatures}
    assert refusal(json.dumps(members).encode()) == "signature-profile"
    assert (
        refusal(json.dumps({"payload": members["payload"], "signatures": signatures}).encode()) == "signature-profile"
    )


def test_a_member_twice_is_refused() -> None:
    body = flattened(honest())
    assert refusal(body[:-1] + b', "payload": "AAAA"}') == "not-json"


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b'{"contractId":"A","contractId":"B"}', id="name twice"),
        pytest.param(b'{"version":NaN}', id="NaN"),
        pytest.param(b'{"version":1e400}', id="number out of range"),
        pytest.param(b'{"contractId":"\\ud800"}', id="lone surrogate"),
        pytest.param(b"\xef\xbb\xbf{}", id="byte order mark"),
        pytest.param(b"<xml/>", id="not JSON at all"),
        pytest.param(b"\xff\xfe", id="not text at all"),
    ],
)
def test_a_signed_document_that_two_readers_could_read_differently_is_refused(payload: bytes) -> None:
    found = verified(token({"alg": "ES256"}, jws.key("p256"), payload), jws.key("p256"))
    with pytest.raises(Rejection) as refused:
        contract.read(found)
    assert refused.value.code == "document-malformed"
    assert contract.peek(payload) == ()
