import base64
import hashlib
import json

import pytest

from edi_gateway.errors import Rejection
from edi_gateway.model.transmission import Envelope, KeyName, Transmission
from edi_gateway.syntax.base64 import encode_url
from tests.support import jws
from tests.support.jws import DOCUMENT, NOW, flattened, token, transmission


def unwrap(body: bytes) -> Envelope:
    return jws.unwrap(transmission(body))


def test_a_compact_token_is_taken_apart() -> None:
    body = token({"alg": "ES256"}, jws.key("p256"))
    envelope = unwrap(body)
    assert (envelope.format, envelope.media_type, envelope.key_names) == ("jws", "application/json", ())
    assert envelope.signed.header == {"alg": "ES256"}
    assert envelope.signed.payload == DOCUMENT
    assert envelope.signed.signing_input == body.rpartition(b".")[0]
    assert len(envelope.signed.signature) == 64


def test_the_flattened_form_is_the_same_envelope() -> None:
    compact = token({"alg": "ES256"}, jws.key("p256"))
    assert unwrap(flattened(compact)) == unwrap(compact)


def test_members_that_nobody_defined_are_ignored() -> None:
    # RFC 7515 §7.2: additional members are ignored when they aren't understood.
    compact = token({"alg": "ES256"}, jws.key("p256"))
    assert unwrap(flattened(compact, note="hello")) == unwrap(compact)


def test_nothing_in_the_unprotected_header_is_used() -> None:
    compact = token({"alg": "ES256"}, jws.key("p256"))
    unprotected = {"kid": jws.fingerprint(jws.key("p256")), "cty": "vnd.x+json", "jwk": {}}
    assert unwrap(flattened(compact, header=unprotected)) == unwrap(compact)


def test_content_type_parameters_and_case_do_not_matter() -> None:
    compact = token({"alg": "ES256"}, jws.key("p256"))
    envelope = jws.unwrap(Transmission(flattened(compact), "Application/JOSE+json; charset=utf-8", NOW))
    assert envelope.signed.payload == DOCUMENT


@pytest.mark.parametrize(
    ("cty", "media_type"),
    [
        ("json", "application/json"),
        ("application/json", "application/json"),
        ("JSON", "application/json"),
        ("vnd.example+json", "application/vnd.example+json"),
        ("application/vnd.example+json", "application/vnd.example+json"),
        ("text/html", "application/json"),
        ("text/x+json", "application/json"),
        ("", "application/json"),
    ],
)
def test_the_payload_is_always_some_kind_of_json(cty: str, media_type: str) -> None:
    assert unwrap(token({"alg": "ES256", "cty": cty}, jws.key("p256"))).media_type == media_type


def test_a_fingerprint_as_kid_names_the_key() -> None:
    print_ = jws.fingerprint(jws.key("p256"))
    assert unwrap(token({"alg": "ES256", "kid": print_}, jws.key("p256"))).key_names == (
        KeyName("fingerprint", print_),
    )


def test_a_certificate_thumbprint_names_the_certificate() -> None:
    digest = hashlib.sha256(jws.certificate("p256"))
    header = {"alg": "ES256", "x5t#S256": encode_url(digest.digest()).decode()}
    assert unwrap(token(header, jws.key("p256"))).key_names == (KeyName("certificate", digest.hexdigest()),)


def test_an_embedded_chain_names_the_key_of_its_first_certificate() -> None:
    chain = [base64.b64encode(jws.certificate(kind)).decode() for kind in ("p256", "ed25519")]
    names = unwrap(token({"alg": "ES256", "x5c": chain}, jws.key("p256"))).key_names
    assert names == (
        KeyName("fingerprint", jws.fingerprint(jws.key("p256"))),
        KeyName("certificate", hashlib.sha256(jws.certificate("p256")).hexdigest()),
    )


def test_names_that_agree_are_given_once() -> None:
    certificate = jws.certificate("p256")
    header = {
        "alg": "ES256",
        "kid": jws.fingerprint(jws.key("p256")),
        "x5c": [base64.b64encode(certificate).decode()],
        "x5t#S256": encode_url(hashlib.sha256(certificate).digest()).decode(),
    }
    assert [name.kind for name in unwrap(token(header, jws.key("p256"))).key_names] == ["fingerprint", "certificate"]


def test_a_large_document_fits() -> None:
    payload = json.dumps({"text": "x" * 2_000_000}).encode()
    assert unwrap(token({"alg": "ES256"}, jws.key("p256"), payload)).signed.payload == payload


@pytest.mark.parametrize("name", ["protected", "payload", "signature"])
def test_a_member_that_is_no_string_is_refused(name: str) -> None:
    compact = token({"alg": "ES256"}, jws.key("p256"))
    with pytest.raises(Rejection) as refused:
        unwrap(flattened(compact, **{name: 1}))
    assert refused.value.code == "not-jws"
