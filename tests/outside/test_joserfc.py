"""joserfc, a JOSE library that we did not write: what one signs, the other verifies."""

import json
from typing import Any

import pytest
from joserfc import jws as joserfc
from joserfc.jwk import import_key

from edi_gateway.signing.jws import sign
from tests.support import jws
from tests.support.jws import DOCUMENT, partner_key, spki, transmission, verified

# RFC 9864 deprecates EdDSA in favour of Ed25519 and Ed448; partners still send it.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")

SIGNED_HERE = {
    "p256": "ES256",
    "p384": "ES384",
    "p521": "ES512",
    "ed25519": "Ed25519",
    "ed448": "Ed448",
    "rsa": "PS256",
}
SIGNED_THERE = [
    ("p256", "ES256"),
    ("p384", "ES384"),
    ("p521", "ES512"),
    ("ed25519", "EdDSA"),
    ("ed25519", "Ed25519"),
    ("ed448", "EdDSA"),
    ("ed448", "Ed448"),
    *(("rsa", f"{family}{size}") for family in ("RS", "PS") for size in (256, 384, 512)),
]


def theirs(kind: str, private: bool) -> Any:
    key = jws.key(kind)
    octets = jws.private_der(key) if private else spki(key)
    return import_key(octets, {"rsa": "RSA", "p": "EC", "ed": "OKP"}[kind.rstrip("0123456789")])


@pytest.mark.parametrize(("kind", "alg"), SIGNED_HERE.items())
@pytest.mark.parametrize("flattened", [False, True])
def test_what_we_sign_verifies_there(kind: str, alg: str, flattened: bool) -> None:
    body = sign(DOCUMENT, jws.key(kind), flattened=flattened)
    key = theirs(kind, private=False)
    if flattened:
        assert joserfc.deserialize_json(json.loads(body), key, algorithms=[alg]).payload == DOCUMENT
    else:
        assert joserfc.deserialize_compact(body, key, algorithms=[alg]).payload == DOCUMENT


@pytest.mark.parametrize(("kind", "alg"), SIGNED_THERE)
@pytest.mark.parametrize("flattened", [False, True])
def test_what_is_signed_there_verifies_here(kind: str, alg: str, flattened: bool) -> None:
    header, key = {"alg": alg, "kid": jws.fingerprint(jws.key(kind))}, theirs(kind, private=True)
    if flattened:
        members = joserfc.serialize_json({"protected": header}, DOCUMENT, key, algorithms=[alg])
        body = json.dumps(members).encode()
    else:
        body = joserfc.serialize_compact(header, DOCUMENT, key, algorithms=[alg]).encode()
    assert jws.unwrap(transmission(body)).key_names[0].value == partner_key(jws.key(kind)).fingerprint
    assert verified(body, jws.key(kind)).content == DOCUMENT
