"""Algorithms and keys: confusion between them, numbers out of range, and what is broken or never known."""

import base64
import hmac
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edi_gateway.errors import Rejection
from edi_gateway.signatures.policy import Policy, judge
from tests.support.xmldsig import (
    DS,
    ECDSA,
    MORE,
    Recipe,
    certificate,
    compose,
    partner_key,
    private_key,
    raw,
    receive,
    refusal,
    signed,
    tamper,
)

P256_ORDER = ec.SECP256R1().group_order
RSA = f"{MORE}rsa-sha256"
PSS = "http://www.w3.org/2007/05/xmldsig-more#"
SHA3 = "http://www.w3.org/2021/04/xmldsig-more#"


def _der(message: bytes) -> bytes:
    return bytes(private_key().sign(message, ec.ECDSA(hashes.SHA256())))


def _numbers(change: Callable[[int, int], tuple[int, int]], size: int = 32) -> Callable[[bytes], bytes]:
    def sign(message: bytes) -> bytes:
        r, s = change(*decode_dss_signature(_der(message)))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    return sign


@pytest.mark.parametrize(
    "method",
    [
        f"{DS}hmac-sha1",
        f"{MORE}hmac-sha256",
        f"{DS}dsa-sha1",
        "http://www.w3.org/2009/xmldsig11#dsa-sha256",
        f"{PSS}rsa-pss",
        f"{MORE}rsa-ripemd160",
        f"{PSS}ecdsa-ripemd160",
        f"{SHA3}eddsa-ed25519ph",
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "none",
        "",
    ],
)
def test_an_algorithm_that_is_not_verified_is_refused_by_name(method: str) -> None:
    rejection = refusal(compose(Recipe(method=method)))
    assert rejection.code == "algorithm-unknown"
    assert method in rejection.detail


def test_an_hmac_keyed_with_the_public_key_is_refused() -> None:
    pem = private_key("rsa").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    recipe = Recipe(method=f"{MORE}hmac-sha256", sign=lambda message: hmac.digest(pem, message, "sha256"))
    assert refusal(compose(recipe), partner_key("rsa")).code == "algorithm-unknown"


def test_a_truncated_hmac_is_refused() -> None:
    length = "<ds:HMACOutputLength>8</ds:HMACOutputLength>"
    recipe = Recipe(method=f"{MORE}hmac-sha256", method_content=length, sign=lambda _: b"\0")
    assert refusal(compose(recipe)).code == "algorithm-unknown"


def test_parameters_of_an_algorithm_that_has_none_are_refused() -> None:
    length = "<ds:HMACOutputLength>8</ds:HMACOutputLength>"
    assert refusal(compose(Recipe(method_content=length))).code == "signature-profile"


def test_an_unknown_digest_is_refused_by_name() -> None:
    rejection = refusal(compose(Recipe(digest="http://www.w3.org/2001/04/xmlenc#ripemd160")))
    assert (rejection.code, "ripemd160" in rejection.detail) == ("algorithm-unknown", True)


@pytest.mark.parametrize(
    ("method", "kind", "other"),
    [
        (ECDSA, "p256", "rsa"),
        (RSA, "rsa", "p256"),
        (RSA, "rsa", "ed25519"),
        (ECDSA, "p256", "ed25519"),
        (ECDSA, "p256", "p384"),
        (f"{SHA3}eddsa-ed25519", "ed25519", "ed448"),
        (f"{SHA3}eddsa-ed25519", "ed25519", "rsa"),
        (f"{SHA3}eddsa-ed448", "ed448", "ed25519"),
    ],
)
def test_a_key_of_another_type_verifies_nothing(method: str, kind: str, other: str) -> None:
    body = compose(Recipe(method=method, kind=kind))
    assert receive(body, partner_key(kind)).key == partner_key(kind)
    assert refusal(body, partner_key(other)).code == "signature-invalid"


def test_a_signature_under_the_name_of_another_algorithm_is_refused() -> None:
    assert refusal(tamper(compose(Recipe()), ECDSA, RSA)).code == "signature-invalid"
    body = compose(Recipe(method=RSA, kind="rsa"))
    assert refusal(tamper(body, RSA, f"{PSS}sha256-rsa-MGF1"), partner_key("rsa")).code == "signature-invalid"


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param(_der, id="der-encoded"),
        pytest.param(_numbers(lambda r, s: (0, s)), id="r-is-zero"),
        pytest.param(_numbers(lambda r, s: (r, 0)), id="s-is-zero"),
        pytest.param(_numbers(lambda r, s: (P256_ORDER, s)), id="r-is-the-order"),
        pytest.param(_numbers(lambda r, s: (r, P256_ORDER)), id="s-is-the-order"),
        pytest.param(_numbers(lambda r, s: (1, 1)), id="both-are-one"),
        pytest.param(_numbers(lambda r, s: (r, s), size=33), id="too-long"),
        pytest.param(lambda message: raw(_der(message))[:-1], id="cut-short"),
        pytest.param(lambda message: raw(_der(message)) + b"\0", id="trailing-octet"),
        pytest.param(lambda _: b"", id="empty"),
    ],
)
def test_a_malformed_ecdsa_signature_is_refused(sign: Callable[[bytes], bytes]) -> None:
    assert refusal(compose(Recipe(sign=sign))).code == "signature-invalid"


def test_the_twin_of_an_ecdsa_signature_gives_the_same_content() -> None:
    """ECDSA is malleable: n - s verifies too, so a signature's octets must never tell two documents apart."""
    twin = compose(Recipe(sign=_numbers(lambda r, s: (r, P256_ORDER - s))))
    assert receive(twin).content == receive(compose(Recipe())).content


@pytest.mark.parametrize(
    ("method", "kind", "algorithm"),
    [
        (f"{DS}rsa-sha1", "rsa", "rsa-sha1"),
        (f"{MORE}rsa-md5", "rsa", "rsa-md5"),
        (f"{MORE}rsa-sha224", "rsa", "rsa-sha224"),
        (f"{MORE}ecdsa-sha1", "p256", "ecdsa-sha1"),
        (f"{MORE}ecdsa-sha224", "p256", "ecdsa-sha224"),
        (f"{PSS}sha1-rsa-MGF1", "rsa", "rsa-pss-sha1"),
    ],
)
def test_a_broken_signature_algorithm_verifies_and_is_then_barred(method: str, kind: str, algorithm: str) -> None:
    key = partner_key(kind)
    verified = receive(compose(Recipe(method=method, kind=kind)), key)
    assert verified.algorithm == algorithm
    with pytest.raises(Rejection, match=algorithm) as caught:
        judge(verified.algorithm, verified.digest, key.public_key, Policy())
    assert caught.value.code == "algorithm-barred"


@pytest.mark.parametrize(("uri", "name"), [(f"{DS}sha1", "sha1"), (f"{MORE}md5", "md5"), (f"{MORE}sha224", "sha224")])
def test_a_broken_digest_verifies_and_is_then_barred(uri: str, name: str) -> None:
    verified = receive(compose(Recipe(digest=uri)))
    assert verified.digest == name
    with pytest.raises(Rejection, match=name):
        judge(verified.algorithm, verified.digest, verified.key.public_key, Policy())


@pytest.mark.parametrize(("kind", "method"), [("rsa-1024", RSA), ("k256", ECDSA)])
def test_a_weak_key_verifies_and_is_then_barred(kind: str, method: str) -> None:
    verified = receive(compose(Recipe(kind=kind, method=method)), partner_key(kind))
    with pytest.raises(Rejection) as caught:
        judge(verified.algorithm, verified.digest, verified.key.public_key, Policy())
    assert caught.value.code == "algorithm-barred"


@pytest.mark.parametrize(
    ("method", "kind", "algorithm"),
    [
        (f"{PSS}sha256-rsa-MGF1", "rsa", "rsa-pss-sha256"),
        (f"{PSS}sha3-256-rsa-MGF1", "rsa", "rsa-pss-sha3-256"),
        (f"{MORE}rsa-sha512", "rsa", "rsa-sha512"),
        (f"{SHA3}ecdsa-sha3-256", "p256", "ecdsa-sha3-256"),
        (f"{MORE}ecdsa-sha512", "p521", "ecdsa-sha512"),
    ],
)
def test_the_rarer_sound_algorithms_verify(method: str, kind: str, algorithm: str) -> None:
    verified = receive(compose(Recipe(method=method, kind=kind)), partner_key(kind))
    assert verified.algorithm == algorithm
    assert verified.digest == "sha256"


def _mallory_key_info(name: str) -> str:
    der = base64.b64encode(certificate(owner="mallory")).decode()
    key_value = signed(owner="mallory").partition(b"<ds:KeyInfo>")[2].partition(b"</ds:KeyInfo>")[0].decode()
    spki = private_key(owner="mallory").public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {
        "certificate": f"<ds:X509Data><ds:X509Certificate>{der}</ds:X509Certificate></ds:X509Data>",
        "key-value": key_value,
        "der-encoded": '<d:DEREncodedKeyValue xmlns:d="http://www.w3.org/2009/xmldsig11#">'
        f"{base64.b64encode(spki).decode()}</d:DEREncodedKeyValue>",
    }[name]


@pytest.mark.parametrize("name", ["certificate", "key-value", "der-encoded"])
def test_a_key_that_the_signature_brings_along_is_never_trusted(name: str) -> None:
    mallory = private_key(owner="mallory")
    key_info = f"<ds:KeyInfo>{_mallory_key_info(name)}</ds:KeyInfo>"
    body = compose(Recipe(key_info=key_info, sign=lambda m: raw(mallory.sign(m, ec.ECDSA(hashes.SHA256())))))
    assert receive(body, partner_key(owner="mallory")).key.partner == "mallory"
    assert refusal(body, partner_key(owner="acme")).code == "signature-invalid"


@pytest.mark.parametrize(
    "pointer",
    [
        '<ds:RetrievalMethod URI="http://169.254.169.254/"/>',
        '<ds:RetrievalMethod URI="#key"/>',
        '<d:KeyInfoReference xmlns:d="http://www.w3.org/2009/xmldsig11#" URI="#key"/>',
        '<ds:X509Data><ds:RetrievalMethod URI="#key"/></ds:X509Data>',
    ],
)
def test_a_key_that_would_have_to_be_fetched_is_refused(pointer: str) -> None:
    assert refusal(compose(Recipe(key_info=f"<ds:KeyInfo>{pointer}</ds:KeyInfo>"))).code == "signature-profile"


@pytest.mark.parametrize("change", ["=", "!", " ===", "A", "é"])
def test_a_value_that_is_not_base64_is_refused(change: str) -> None:
    for name in ("SignatureValue", "DigestValue"):
        assert refusal(tamper(compose(Recipe()), f"</ds:{name}>", f"{change}</ds:{name}>")).code == "signature-profile"


def test_stray_bits_at_the_end_of_a_value_are_refused() -> None:
    recipe = Recipe(sign=lambda message: raw(_der(message)))
    body = compose(recipe)
    end = body.index(b"==</ds:SignatureValue>")
    # 64 octets leave four bits over in the last character: A, Q, g or w; the next letter sets one of them.
    forged = body[: end - 1] + bytes([body[end - 1] + 1]) + body[end:]
    assert refusal(forged).code == "signature-profile"


def test_white_space_in_a_value_is_let_pass() -> None:
    body = compose(Recipe())
    start = body.index(b"<ds:SignatureValue>") + len(b"<ds:SignatureValue>")
    assert receive(body[:start] + b"\n  " + body[start : start + 40] + b"\n" + body[start + 40 :])
