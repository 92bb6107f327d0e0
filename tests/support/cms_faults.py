"""SignedData with one fault each. Honest parts are signed with honest keys."""

import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from tests.support import cms
from tests.support.cms import attribute, honest_attributes, signed_data
from tests.support.der import octet_string, oid, sequence, set_of

CONTENT_TYPE, DIGEST = (
    honest_attributes()[0],
    honest_attributes()[2],
)


ORDER_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def with_attributes(*attributes: bytes, **others: Any) -> bytes:
    return signed_data(attributes=attributes, **others)


def the_signed_attributes_as_the_document() -> bytes:
    """The signature over the attributes, put where a signature over the bare content would be (RFC 5652 §5.4)."""
    return without_signed_attributes(set_of(*sorted(honest_attributes())))


def without_signed_attributes(content: bytes = cms.DOCUMENT) -> bytes:
    info = sequence(
        cms.integer(1),
        cms.default_sid(),
        cms.algorithm(cms.DIGEST_OIDS["sha256"]),
        cms.algorithm(cms.SIGNATURE_OIDS["ecdsa-sha256"]),
        octet_string(cms.sign_octets(cms.key(), "ecdsa-sha256", content)),
    )
    return signed_data(content, signers=[info])


def a_bare_signed_blob_as_the_attributes() -> bytes:
    """Somebody signed a blob elsewhere; it parses as attributes, but speaks of no content type."""
    blob = sorted([DIGEST, attribute("1.2.3.4", b"\x05\x00")])
    return with_attributes(*blob)


def signed_attributes_with_long_lengths() -> bytes:
    """Signed over the BER as it stands, with a length of two octets where one would do."""
    inner = b"".join(sorted(honest_attributes()))
    ber = b"\xa0\x82" + len(inner).to_bytes(2, "big") + inner
    signature = cms.sign_octets(cms.key(), "ecdsa-sha256", b"\x31" + ber[1:])
    return signed_data(attributes_element=ber, signature=signature)


def signed_attributes_of_indefinite_length() -> bytes:
    """Signed over DER as it should be, but sent in BER."""
    inner = b"".join(sorted(honest_attributes()))
    return signed_data(attributes_element=b"\xa0\x80" + inner + b"\0\0")


def twin_of(signature: bytes) -> bytes:
    r, s = decode_dss_signature(signature)
    return encode_dss_signature(r, ORDER_P256 - s)


def ecdsa(r: int, s: int) -> bytes:
    return sequence(cms.integer(r), cms.integer(s))


def honest_signature() -> bytes:
    return cms.sign_octets(cms.key(), "ecdsa-sha256", set_of(*sorted(honest_attributes())))


def raw_signature() -> bytes:
    return b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(honest_signature()))


def signature_with_a_trailing_octet() -> bytes:
    return honest_signature() + b"\0"


def signature_with_a_long_length() -> bytes:
    signature = honest_signature()
    return b"\x30\x81" + signature[1:]


def signing_certificate(certificate: bytes) -> bytes:
    hashed = octet_string(hashlib.sha256(certificate).digest())
    return attribute(cms.SIGNING_CERTIFICATE_V2, sequence(sequence(sequence(hashed))))


def algorithm_protection(hash_name: str) -> bytes:
    signature = cms.algorithm(cms.SIGNATURE_OIDS["ecdsa-sha256"])
    value = sequence(cms.algorithm(cms.DIGEST_OIDS[hash_name]), b"\xa1" + signature[1:])
    return attribute(cms.ALGORITHM_PROTECTION, value)


def pss(**parameters: Any) -> bytes:
    identifier = cms.algorithm(cms.RSASSA_PSS, cms.pss_parameters("sha256", **parameters))
    return signed_data(kind="rsa", scheme="rsa-pss-sha256", signature_algorithm=identifier)


def a_type_of_content_that_is_not_data() -> bytes:
    token = "1.2.840.113549.1.9.16.1.4"
    return with_attributes(attribute(cms.CONTENT_TYPE, oid(token)), DIGEST, content_type=token)
