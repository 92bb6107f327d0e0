"""SignedData with one fault each, and the refusal that it must meet."""

from collections.abc import Callable

import pytest

from edi_gateway.errors import Rejection
from edi_gateway.signatures.policy import Policy, judge
from tests.support import cms
from tests.support.certificates import of_version
from tests.support.cms import attribute, honest_attributes, signed_data
from tests.support.cms_faults import (
    CONTENT_TYPE,
    DIGEST,
    ORDER_P256,
    a_bare_signed_blob_as_the_attributes,
    a_type_of_content_that_is_not_data,
    algorithm_protection,
    ecdsa,
    honest_signature,
    pss,
    raw_signature,
    signature_with_a_long_length,
    signature_with_a_trailing_octet,
    signed_attributes_of_indefinite_length,
    signed_attributes_with_long_lengths,
    signing_certificate,
    the_signed_attributes_as_the_document,
    twin_of,
    with_attributes,
    without_signed_attributes,
)
from tests.support.der import octet_string, oid, sequence, tlv

FAULTS: dict[str, tuple[Callable[[], bytes], str]] = {
    # What the signature covers.
    "the signed attributes as the document": (the_signed_attributes_as_the_document, "signature-profile"),
    "no signed attributes": (without_signed_attributes, "signature-profile"),
    "a signed blob as the attributes": (a_bare_signed_blob_as_the_attributes, "signature-profile"),
    "an empty set of attributes": (lambda: with_attributes(), "signature-profile"),
    "no message digest": (lambda: with_attributes(CONTENT_TYPE), "signature-profile"),
    "no content type": (lambda: with_attributes(DIGEST), "signature-profile"),
    "the message digest twice": (
        lambda: with_attributes(CONTENT_TYPE, DIGEST, attribute(cms.MESSAGE_DIGEST, octet_string(bytes(32)))),
        "signature-profile",
    ),
    "the same message digest twice": (lambda: with_attributes(CONTENT_TYPE, DIGEST, DIGEST), "signature-profile"),
    "the content type twice": (
        lambda: with_attributes(CONTENT_TYPE, DIGEST, attribute(cms.CONTENT_TYPE, oid("1.2.3"))),
        "signature-profile",
    ),
    "a message digest of two values": (
        lambda: with_attributes(
            CONTENT_TYPE,
            attribute(cms.MESSAGE_DIGEST, octet_string(cms.digest("sha256", cms.DOCUMENT)), octet_string(bytes(32))),
        ),
        "signature-profile",
    ),
    "a content type of two values": (
        lambda: with_attributes(attribute(cms.CONTENT_TYPE, oid(cms.ID_DATA), oid("1.2.3")), DIGEST),
        "signature-profile",
    ),
    "an attribute without a value": (
        lambda: with_attributes(CONTENT_TYPE, DIGEST, attribute("1.2.3")),
        "signature-profile",
    ),
    "forty attributes": (
        lambda: with_attributes(*honest_attributes(), *(attribute(f"1.2.{n}", b"\x05\x00") for n in range(40))),
        "signature-profile",
    ),
    "attributes out of order": (
        lambda: with_attributes(*sorted(honest_attributes(), reverse=True), ordered=False),
        "signature-profile",
    ),
    "attributes with long lengths": (signed_attributes_with_long_lengths, "signature-profile"),
    "attributes of indefinite length": (signed_attributes_of_indefinite_length, "signature-profile"),
    "a content type signed for that is another": (
        lambda: with_attributes(attribute(cms.CONTENT_TYPE, oid("1.2.840.113549.1.9.16.1.4")), DIGEST),
        "signature-invalid",
    ),
    "content that is a time-stamp token": (a_type_of_content_that_is_not_data, "signature-profile"),
    "the digest of another document": (
        lambda: with_attributes(*honest_attributes(b"<other/>")),
        "signature-invalid",
    ),
    "a message digest cut short": (
        lambda: with_attributes(
            CONTENT_TYPE, attribute(cms.MESSAGE_DIGEST, octet_string(cms.digest("sha256", cms.DOCUMENT)[:8]))
        ),
        "signature-invalid",
    ),
    "a message digest that is no octet string": (
        lambda: with_attributes(CONTENT_TYPE, attribute(cms.MESSAGE_DIGEST, b"\x05\x00")),
        "not-cms",
    ),
    "no content at all": (lambda: signed_data(None), "signature-profile"),
    # The algorithms.
    "another digest algorithm than was signed with": (
        lambda: signed_data(digest_algorithm=cms.algorithm(cms.DIGEST_OIDS["sha384"])),
        "signature-profile",
    ),
    "a hash in the signature algorithm that the digest isn't": (
        lambda: signed_data(scheme="ecdsa-sha512", hash_name="sha256"),
        "signature-profile",
    ),
    "Ed25519 with SHA-256": (lambda: signed_data(kind="ed25519", scheme="ed25519"), "signature-profile"),
    "algorithm protection for another digest": (
        lambda: with_attributes(*honest_attributes(), algorithm_protection("sha512")),
        "signature-invalid",
    ),
    "algorithm protection that can't be read": (
        lambda: with_attributes(*honest_attributes(), attribute(cms.ALGORITHM_PROTECTION, b"\x05\x00")),
        "not-cms",
    ),
    "a digest algorithm nobody knows": (
        lambda: signed_data(digest_algorithm=cms.algorithm("1.2.3.4.5")),
        "algorithm-unknown",
    ),
    "a signature algorithm nobody knows": (
        lambda: signed_data(signature_algorithm=cms.algorithm("1.2.3.4.5")),
        "algorithm-unknown",
    ),
    "DSA": (lambda: signed_data(signature_algorithm=cms.algorithm("1.2.840.10040.4.3")), "algorithm-unknown"),
    "an HMAC": (lambda: signed_data(signature_algorithm=cms.algorithm("1.2.840.113549.2.9")), "algorithm-unknown"),
    "RIPEMD-160": (lambda: signed_data(digest_algorithm=cms.algorithm("1.3.36.3.2.1")), "algorithm-unknown"),
    "a digest algorithm with parameters": (
        lambda: signed_data(digest_algorithm=cms.algorithm(cms.DIGEST_OIDS["sha256"], b"\x02\x01\x01")),
        "signature-profile",
    ),
    "ECDSA with parameters": (
        lambda: signed_data(signature_algorithm=cms.algorithm(cms.SIGNATURE_OIDS["ecdsa-sha256"], b"\x02\x01\x01")),
        "signature-profile",
    ),
    "PSS with a short salt": (lambda: pss(salt=20), "signature-profile"),
    "PSS with a mask of another hash": (lambda: pss(mask_hash="sha512"), "signature-profile"),
    "PSS without parameters": (
        lambda: signed_data(kind="rsa", scheme="rsa-pss-sha256", signature_algorithm=cms.algorithm(cms.RSASSA_PSS)),
        "not-cms",
    ),
    # The key.
    "an ECDSA algorithm with an RSA signature": (
        lambda: signed_data(
            kind="rsa", scheme="rsa-sha256", signature_algorithm=cms.algorithm(cms.SIGNATURE_OIDS["ecdsa-sha256"])
        ),
        "signature-invalid",
    ),
    "another partner's signature": (lambda: signed_data(owner="globex"), "signature-invalid"),
    "another partner's signature under this one's name": (
        lambda: signed_data(owner="globex", sid=cms.default_sid(), certificates=[cms.certificate()]),
        "signature-invalid",
    ),
    "a signing certificate that is another": (
        lambda: with_attributes(*honest_attributes(), signing_certificate(cms.certificate("p256", "globex"))),
        "signature-invalid",
    ),
    "a signing certificate of another key that came along": (
        lambda: with_attributes(
            *honest_attributes(),
            signing_certificate(cms.certificate("p256", "globex")),
            certificates=[cms.certificate(), cms.certificate("p256", "globex")],
        ),
        "signature-invalid",
    ),
    "a signing certificate that is none but of a version nobody knows": (
        lambda: with_attributes(
            *honest_attributes(),
            signing_certificate(cms.certificate("p256", "globex")),
            certificates=[of_version(5, cms.certificate())],
        ),
        "signature-invalid",
    ),
    # The signature value.
    "an ECDSA signature of r ‖ s": (lambda: signed_data(signature=raw_signature()), "signature-invalid"),
    "an ECDSA signature with a trailing octet": (
        lambda: signed_data(signature=signature_with_a_trailing_octet()),
        "signature-invalid",
    ),
    "an ECDSA signature with a long length": (
        lambda: signed_data(signature=signature_with_a_long_length()),
        "signature-invalid",
    ),
    "an ECDSA signature with r = 0": (lambda: signed_data(signature=ecdsa(0, 1)), "signature-invalid"),
    "an ECDSA signature of zeros": (lambda: signed_data(signature=ecdsa(0, 0)), "signature-invalid"),
    "an ECDSA signature with s = n": (lambda: signed_data(signature=ecdsa(1, ORDER_P256)), "signature-invalid"),
    "an ECDSA signature with negative numbers": (lambda: signed_data(signature=ecdsa(-1, -1)), "signature-invalid"),
    "an empty signature": (lambda: signed_data(signature=b""), "signature-invalid"),
    # The signers.
    "no signer": (lambda: signed_data(signers=[]), "unsigned"),
    "the same signer twice": (lambda: signed_data(signers=[cms.signer_info()] * 2), "signature-profile"),
    "two signers, one of them false": (
        lambda: signed_data(signers=[cms.signer_info(), cms.signer_info(owner="globex", signature=b"\x30\x00")]),
        "signature-profile",
    ),
    "a signer version that its identifier forbids": (lambda: signed_data(version=3), "not-cms"),
    "a key identifier in version 1": (lambda: signed_data(sid=cms.key_id_sid(), version=1), "not-cms"),
    "seventeen certificates": (lambda: signed_data(certificates=[cms.certificate()] * 17), "signature-profile"),
    "a thousand certificates": (lambda: signed_data(certificates=[cms.certificate()] * 1000), "signature-profile"),
    "a certificate with a hundred thousand extensions": (
        lambda: signed_data(certificates=[sequence(sequence(b"\x30\x03\x06\x01\x2a" * 100_000))]),
        "signature-profile",
    ),
    "a certificate that is none": (lambda: signed_data(certificates=[sequence()]), "not-cms"),
    "a serial number of a kilobyte": (
        lambda: signed_data(sid=sequence(sequence(), tlv(0x02, b"\x01" * 1024))),
        "not-cms",
    ),
    # The octets.
    "trailing octets": (lambda: signed_data() + b"\0", "not-cms"),
    "a second SignedData behind the first": (lambda: signed_data() * 2, "not-cms"),
    "a signing time on the 30th of February": (
        lambda: with_attributes(CONTENT_TYPE, DIGEST, attribute(cms.SIGNING_TIME, tlv(0x17, b"260230000000Z"))),
        "signature-profile",
    ),
    "a signing time without seconds": (
        lambda: with_attributes(CONTENT_TYPE, DIGEST, attribute(cms.SIGNING_TIME, tlv(0x17, b"2602280000Z"))),
        "signature-profile",
    ),
    "a signing time in words": (
        lambda: with_attributes(CONTENT_TYPE, DIGEST, attribute(cms.SIGNING_TIME, tlv(0x0C, b"noon"))),
        "signature-profile",
    ),
}


@pytest.mark.parametrize(("build", "code"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_refused(build: Callable[[], bytes], code: str) -> None:
    keys = [cms.partner_key(), cms.partner_key("rsa"), cms.partner_key("ed25519")]
    with pytest.raises(Rejection) as refusal:
        cms.verify_cms(build(), keys)
    assert refusal.value.code == code, refusal.value.detail


def test_the_other_signature_that_ecdsa_allows_covers_the_same_document() -> None:
    # (r, n - s) verifies wherever (r, s) does: nothing may be told apart by the octets of a signature.
    twin = signed_data(signature=twin_of(honest_signature()))
    assert cms.verify_cms(twin).content == cms.DOCUMENT


def test_a_weak_curve_is_verified_and_then_barred_by_its_key() -> None:
    verified = cms.verify_cms(signed_data(kind="k256"), [cms.partner_key("k256")])
    with pytest.raises(Rejection, match="secp256k1"):
        judge(verified.algorithm, verified.digest, verified.key.public_key, Policy())
