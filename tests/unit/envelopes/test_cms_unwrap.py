import base64
import hashlib

import pytest
from cryptography import x509

from edi_gateway.errors import Rejection
from edi_gateway.model.transmission import CmsSigned, KeyName
from tests.support import cms


def test_the_issuer_and_serial_number_and_the_embedded_certificate_name_the_key() -> None:
    envelope = cms.unwrap("application/cms", cms.signed_data())
    issuer = x509.load_der_x509_certificate(cms.certificate()).issuer.public_bytes()
    assert envelope.key_names == (
        KeyName("issuer-serial", f"{hashlib.sha256(issuer).hexdigest()}:4711"),
        KeyName("fingerprint", cms.partner_key().fingerprint),
    )


def test_a_subject_key_identifier_names_the_key() -> None:
    body = cms.signed_data(sid=cms.key_id_sid())
    key_id = x509.SubjectKeyIdentifier.from_public_key(cms.key().public_key()).digest
    assert cms.unwrap("application/cms", body).key_names == (
        KeyName("subject-key-id", key_id.hex()),
        KeyName("fingerprint", cms.partner_key().fingerprint),
    )
    assert cms.verify_cms(body).content == cms.DOCUMENT


def test_a_certificate_that_the_signer_does_not_mean_names_nothing() -> None:
    others = [cms.certificate("p256", "globex"), cms.certificate("rsa", "initech")]
    envelope = cms.unwrap("application/cms", cms.signed_data(certificates=others))
    assert [name.kind for name in envelope.key_names] == ["issuer-serial"]


def test_other_choices_of_certificates_are_stepped_over() -> None:
    attribute_certificate = cms.tlv(0xA2, cms.integer(1))
    body = cms.signed_data(certificates=[attribute_certificate, cms.certificate()])
    signed = cms.unwrap("application/cms", body).signed
    assert isinstance(signed, CmsSigned)
    assert signed.certificates == (cms.certificate(),)


def test_unsigned_attributes_are_stepped_over() -> None:
    time_stamp = cms.tlv(0xA1, cms.attribute("1.2.840.113549.1.9.16.2.14", cms.sequence()))
    assert cms.verify_cms(cms.signed_data(unsigned_attributes=time_stamp)).content == cms.DOCUMENT


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"<a/>", "application/xml"),
        (b"\xef\xbb\xbf <a/>", "application/xml"),
        (b'\r\n {"a":1}', "application/json"),
        (b"%PDF-1.7", "application/pdf"),
        (b"PK\x03\x04", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_the_media_type_is_what_the_content_looks_like(content: bytes, media_type: str) -> None:
    envelope = cms.unwrap("application/cms", cms.signed_data(content))
    assert (envelope.format, envelope.media_type) == ("cms", media_type)
    assert cms.verify_cms(cms.signed_data(content)).content == content


@pytest.mark.parametrize(
    "content_type",
    [
        "application/cms",
        "Application/CMS; encapsulatingContent=data",
        "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
        'application/x-pkcs7-mime; smime-type="signed-data"',
        "application/pkcs7-mime",
    ],
)
def test_every_name_of_signed_cms_is_read(content_type: str) -> None:
    assert cms.unwrap(content_type, cms.signed_data()).format == "cms"


@pytest.mark.parametrize("kind", ["enveloped-data", "compressed-data", "authEnveloped-data"])
def test_cms_of_another_kind_is_refused(kind: str) -> None:
    with pytest.raises(Rejection, match="not signed-data") as refusal:
        cms.unwrap(f"application/pkcs7-mime; smime-type={kind}", cms.signed_data())
    assert refusal.value.code == "not-cms"


def test_a_body_in_base64_is_read_if_the_header_says_so() -> None:
    encoded = base64.encodebytes(cms.signed_data())
    assert cms.verify_cms(encoded, content_transfer_encoding="Base64").content == cms.DOCUMENT
    with pytest.raises(Rejection) as refusal:
        cms.verify_cms(encoded)
    assert refusal.value.code == "not-cms"


def test_a_signed_document_in_ber_is_the_same_as_in_der() -> None:
    body = cms.signed_data_in_ber()
    assert body.startswith(b"\x30\x80")
    assert cms.verify_cms(body).content == cms.DOCUMENT


def test_another_content_info_is_not_signed_data() -> None:
    encrypted = cms.sequence(cms.oid("1.2.840.113549.1.7.3"), cms.tlv(0xA0, cms.sequence()))
    with pytest.raises(Rejection, match="not SignedData") as refusal:
        cms.unwrap("application/cms", encrypted)
    assert refusal.value.code == "not-cms"
