"""Each way to sign in CMS that the gateway verifies, and what it then says."""

from datetime import UTC, datetime

import pytest

from edi_gateway.errors import Rejection
from edi_gateway.signatures.policy import Policy, judge
from tests.support import cms

SCHEMES = [
    ("rsa", "rsa-sha256", "sha256"),
    ("rsa", "rsa-sha384", "sha384"),
    ("rsa", "rsa-sha512", "sha512"),
    ("rsa", "rsa-sha3-256", "sha3-256"),
    ("rsa", "rsa-pss-sha256", "sha256"),
    ("rsa", "rsa-pss-sha512", "sha512"),
    ("rsa", "rsa-pss-sha3-256", "sha3-256"),
    ("p256", "ecdsa-sha256", "sha256"),
    ("p256", "ecdsa-sha3-256", "sha3-256"),
    ("p384", "ecdsa-sha384", "sha384"),
    ("p384", "ecdsa-sha3-384", "sha3-384"),
    ("p521", "ecdsa-sha512", "sha512"),
    ("p521", "ecdsa-sha3-512", "sha3-512"),
    ("ed25519", "ed25519", "sha512"),
    ("ed448", "ed448", "shake256"),
    ("ml-dsa-44", "ml-dsa-44", "sha256"),
    ("ml-dsa-65", "ml-dsa-65", "sha512"),
    ("ml-dsa-87", "ml-dsa-87", "shake256"),
]


@pytest.mark.parametrize(("kind", "scheme", "hash_name"), SCHEMES)
def test_a_document_signed_this_way_verifies(kind: str, scheme: str, hash_name: str) -> None:
    body = cms.signed_data(kind=kind, scheme=scheme, hash_name=hash_name)
    verified = cms.verify_cms(body, [cms.partner_key(kind)])
    assert verified.content == cms.DOCUMENT
    assert (verified.format, verified.media_type) == ("cms", "application/xml")
    assert (verified.algorithm, verified.digest) == (scheme, hash_name)
    assert verified.key == cms.partner_key(kind)
    assert verified.signed_at == datetime(2026, 11, 22, 12, tzinfo=UTC)
    judge(verified.algorithm, verified.digest, verified.key.public_key, Policy())


BARRED = [
    ("rsa", "rsa-sha1", "sha1"),
    ("rsa", "rsa-md5", "md5"),
    ("rsa", "rsa-sha224", "sha224"),
    ("rsa", "rsa-pss-sha1", "sha1"),
    ("p256", "ecdsa-sha1", "sha1"),
    ("p256", "ecdsa-sha224", "sha224"),
]


@pytest.mark.parametrize(("kind", "scheme", "hash_name"), BARRED)
def test_a_broken_algorithm_verifies_so_that_the_refusal_can_name_it(kind: str, scheme: str, hash_name: str) -> None:
    body = cms.signed_data(kind=kind, scheme=scheme, hash_name=hash_name)
    verified = cms.verify_cms(body, [cms.partner_key(kind)])
    with pytest.raises(Rejection) as refusal:
        judge(verified.algorithm, verified.digest, verified.key.public_key, Policy())
    assert refusal.value.code == "algorithm-barred"
    assert hash_name in refusal.value.detail


def test_rsa_encryption_takes_its_hash_from_the_digest_algorithm() -> None:
    plain = cms.algorithm(cms.RSA_ENCRYPTION, b"\x05\x00")
    body = cms.signed_data(kind="rsa", scheme="rsa-sha384", hash_name="sha384", signature_algorithm=plain)
    assert cms.verify_cms(body, [cms.partner_key("rsa")]).algorithm == "rsa-sha384"


def test_ed448_may_name_its_digest_with_the_length() -> None:
    with_length = cms.algorithm("2.16.840.1.101.3.4.2.18", cms.integer(512))
    body = cms.signed_data(kind="ed448", scheme="ed448", hash_name="shake256", digest_algorithm=with_length)
    assert cms.verify_cms(body, [cms.partner_key("ed448")]).digest == "shake256"


def test_pss_parameters_left_out_mean_sha1() -> None:
    left_out = cms.algorithm(cms.RSASSA_PSS, cms.sequence())
    body = cms.signed_data(kind="rsa", scheme="rsa-pss-sha1", hash_name="sha1", signature_algorithm=left_out)
    assert cms.verify_cms(body, [cms.partner_key("rsa")]).algorithm == "rsa-pss-sha1"


def test_the_key_that_verifies_is_the_one_that_is_named() -> None:
    others = [cms.partner_key("rsa"), cms.partner_key("p256", "globex")]
    assert cms.verify_cms(cms.signed_data(), [*others, cms.partner_key()]).key == cms.partner_key()


def test_no_keys_verify_nothing() -> None:
    with pytest.raises(Rejection) as refusal:
        cms.verify_cms(cms.signed_data(), [])
    assert refusal.value.code == "signature-invalid"


TIMES = {
    b"\x17\x0d500101000000Z": datetime(1950, 1, 1, tzinfo=UTC),
    b"\x17\x0d491231235959Z": datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC),
    b"\x17\x0d690101000000Z": datetime(1969, 1, 1, tzinfo=UTC),
    b"\x18\x0f20500101000000Z": datetime(2050, 1, 1, tzinfo=UTC),
}


@pytest.mark.parametrize(("value", "moment"), TIMES.items())
def test_two_digits_of_a_year_mean_1950_to_2049(value: bytes, moment: datetime) -> None:
    attributes = [*cms.honest_attributes()[::2], cms.attribute(cms.SIGNING_TIME, value)]
    assert cms.verify_cms(cms.signed_data(attributes=attributes)).signed_at == moment


def test_a_signer_who_says_no_time_is_believed_none() -> None:
    assert cms.verify_cms(cms.signed_data(attributes=cms.honest_attributes()[::2])).signed_at is None


def protection(digest_oid: str = "sha256", scheme: str = "ecdsa-sha256", *null: bytes) -> bytes:
    signature = cms.algorithm(cms.SIGNATURE_OIDS[scheme])
    value = cms.sequence(cms.algorithm(cms.DIGEST_OIDS[digest_oid], *null), b"\xa1" + signature[1:])
    return cms.attribute(cms.ALGORITHM_PROTECTION, value)


@pytest.mark.parametrize("null", [(), (b"\x05\x00",)])
def test_algorithm_protection_that_agrees_verifies(null: tuple[bytes, ...]) -> None:
    attributes = [*cms.honest_attributes(), protection("sha256", "ecdsa-sha256", *null)]
    assert cms.verify_cms(cms.signed_data(attributes=attributes)).content == cms.DOCUMENT


@pytest.mark.parametrize(("digest", "scheme"), [("sha512", "ecdsa-sha256"), ("sha256", "ecdsa-sha512")])
def test_algorithm_protection_that_differs_is_refused(digest: str, scheme: str) -> None:
    attributes = [*cms.honest_attributes(), protection(digest, scheme)]
    with pytest.raises(Rejection, match="RFC 6211") as refusal:
        cms.verify_cms(cms.signed_data(attributes=attributes))
    assert refusal.value.code == "signature-invalid"


def signing_certificate(certificate: bytes, hash_name: str | None = None, version: int = 2) -> bytes:
    named = cms.algorithm(cms.DIGEST_OIDS[hash_name]) if hash_name else b""
    value = cms.octet_string(cms.digest(hash_name or ("sha256" if version == 2 else "sha1"), certificate))
    oid = cms.SIGNING_CERTIFICATE_V2 if version == 2 else cms.SIGNING_CERTIFICATE
    return cms.attribute(oid, cms.sequence(cms.sequence(cms.sequence(named, value))))


@pytest.mark.parametrize(
    "attribute",
    [
        signing_certificate(cms.certificate()),
        signing_certificate(cms.certificate(), "sha512"),
        signing_certificate(cms.certificate(), version=1),
    ],
    ids=["v2, default hash", "v2, SHA-512", "v1"],
)
def test_a_signing_certificate_attribute_for_the_key_s_certificate_verifies(attribute: bytes) -> None:
    body = cms.signed_data(attributes=[*cms.honest_attributes(), attribute], certificates=[])
    assert cms.verify_cms(body).content == cms.DOCUMENT


def test_a_signing_certificate_attribute_may_name_a_renewed_certificate_of_the_same_key() -> None:
    renewed = cms.certificate(serial=4712)
    attributes = [*cms.honest_attributes(), signing_certificate(renewed)]
    body = cms.signed_data(attributes=attributes, certificates=[cms.certificate(), renewed])
    assert cms.verify_cms(body).content == cms.DOCUMENT
    assert cms.verify_cms(body, [cms.partner_key(with_certificate=False)]).content == cms.DOCUMENT


def test_a_signing_certificate_attribute_that_nobody_can_check_is_refused() -> None:
    attributes = [*cms.honest_attributes(), signing_certificate(cms.certificate())]
    body = cms.signed_data(attributes=attributes, certificates=[])
    with pytest.raises(Rejection) as refusal:
        cms.verify_cms(body, [cms.partner_key(with_certificate=False)])
    assert refusal.value.code == "signature-invalid"
