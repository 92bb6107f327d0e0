"""Tokens that must not pass, each named by its fault. Every one is built around a signature that would verify."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edi_gateway.documents import contract
from edi_gateway.errors import Rejection
from edi_gateway.syntax.base64 import encode_url
from tests.support import jws
from tests.support.jws import DOCUMENT, flattened, token, verified

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""n of P-256 (SEC 2 §2.4.2)."""


def refusal(body: bytes, *keys: Any) -> str:
    with pytest.raises(Rejection) as refused:
        verified(body, *(keys or (jws.key("p256"),)))
    assert len(refused.value.detail) < 600
    return refused.value.code


def honest(**header: Any) -> bytes:
    return token({"alg": "ES256", **header}, jws.key("p256"))


def with_signature(body: bytes, signature: bytes) -> bytes:
    return body.rpartition(b".")[0] + b"." + encode_url(signature)


def raw(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def pair(body: bytes) -> tuple[int, int]:
    octets = base64.urlsafe_b64decode(body.rpartition(b".")[2] + b"==")
    return int.from_bytes(octets[:32], "big"), int.from_bytes(octets[32:], "big")


def test_the_honest_token_passes() -> None:
    assert verified(honest(), jws.key("p256")).content == DOCUMENT


# --- algorithms (RFC 8725 §3.1, §3.2) ---


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


# --- keys that the sender brings along (RFC 8725 §3.10) ---


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


# --- extensions (RFC 7515 §4.1.11, RFC 7797) ---


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


# --- the header (RFC 7515 §5.2) ---


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


# --- the form (RFC 7515 §2, §3, §7) ---


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


# --- signature values (RFC 7518 §3.4) ---


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


# --- the document inside (RFC 8259, RFC 7493) ---


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
