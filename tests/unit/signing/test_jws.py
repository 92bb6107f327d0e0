import json
from datetime import UTC, datetime

import pytest

from edi_gateway.errors import Misuse
from edi_gateway.signing.jws import sign
from edi_gateway.syntax.base64 import decode_url
from tests.support import jws
from tests.support.jws import DOCUMENT, verified

KINDS = {"p256": "ES256", "p384": "ES384", "p521": "ES512", "ed25519": "Ed25519", "ed448": "Ed448", "rsa": "PS256"}


@pytest.mark.parametrize("flattened", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_signed_here_verifies_here(kind: str, flattened: bool) -> None:
    body = sign(DOCUMENT, jws.key(kind), certificate=jws.certificate(kind), flattened=flattened)
    found = verified(body, jws.key(kind))
    assert found.content == DOCUMENT
    assert [name.kind for name in jws.unwrap(jws.transmission(body)).key_names] == ["fingerprint", "certificate"]


@pytest.mark.parametrize(("kind", "alg"), KINDS.items())
def test_the_algorithm_follows_from_the_key(kind: str, alg: str) -> None:
    header = json.loads(decode_url(sign(DOCUMENT, jws.key(kind)).partition(b".")[0]))
    assert header == {"alg": alg, "cty": "json", "kid": jws.fingerprint(jws.key(kind)), "typ": "JOSE"}


def test_the_signing_time_travels_along() -> None:
    moment = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert verified(sign(DOCUMENT, jws.key("p256"), signed_at=moment), jws.key("p256")).signed_at == moment


def test_a_curve_that_jws_has_no_name_for_is_refused() -> None:
    with pytest.raises(Misuse):
        sign(DOCUMENT, jws.key("k256"))


@pytest.mark.parametrize("certificate", [jws.certificate("p384"), b"no certificate"], ids=["other key", "junk"])
def test_a_certificate_that_does_not_fit_is_refused(certificate: bytes) -> None:
    with pytest.raises(Misuse):
        sign(DOCUMENT, jws.key("p256"), certificate=certificate)
