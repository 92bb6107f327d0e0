import base64

import pytest

from edi_gateway.model.transmission import CmsSigned
from tests.support import cms
from tests.support.cms import DOCUMENT, multipart, part, signed_data, signer_info


def signed(octets: bytes) -> bytes:
    return signed_data(None, signers=[signer_info(octets)])


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"], ids=["CRLF", "LF"])
@pytest.mark.parametrize("encode", [True, False], ids=["base64", "binary"])
def test_the_signed_part_is_cut_out_to_the_octet(line_end: bytes, encode: bool) -> None:
    content_type, body = multipart(part(), signed(part()), line_end=line_end, encode=encode)
    envelope = cms.unwrap(content_type, body)
    assert isinstance(envelope.signed, CmsSigned)
    assert envelope.signed.content == part()
    assert (envelope.format, envelope.media_type) == ("smime", "application/xml")
    assert cms.verify_smime(content_type, body).content == DOCUMENT


def test_older_names_of_the_signature_are_read() -> None:
    content_type, body = multipart(part(), signed(part()))
    older = content_type.replace("pkcs7", "x-pkcs7"), body.replace(b"pkcs7", b"x-pkcs7")
    assert cms.verify_smime(*older).content == DOCUMENT


ENCODINGS = {
    b"7bit": DOCUMENT,
    b"binary": DOCUMENT,
    b"base64": base64.encodebytes(DOCUMENT),
    b"Quoted-Printable": DOCUMENT.replace(b"=", b"=3D").replace(b"<ID>", b"=3cID=3E=\r\n"),
}


@pytest.mark.parametrize(("encoding", "body"), ENCODINGS.items())
def test_the_document_is_the_part_with_its_transfer_encoding_undone(encoding: bytes, body: bytes) -> None:
    octets = part(body, b"Content-Type: text/xml", b"Content-Transfer-Encoding: " + encoding)
    verified = cms.verify_smime(*multipart(octets, signed(octets)))
    assert (verified.media_type, verified.content) == ("text/xml", DOCUMENT)


@pytest.mark.parametrize("field", [b"Content-Type: text/plain", b"Content-Type:\r\n application/octet-stream", b"X: 1"])
def test_a_document_of_no_certain_type_is_what_it_looks_like(field: bytes) -> None:
    octets = part(DOCUMENT, field)
    content_type, body = multipart(octets, signed(octets))
    assert cms.unwrap(content_type, body).media_type == "application/octet-stream"
    assert cms.verify_smime(content_type, body).media_type == "application/xml"


def test_a_part_without_any_header_is_the_bare_document() -> None:
    verified = cms.verify_smime(*multipart(DOCUMENT, signed(DOCUMENT)))
    assert (verified.media_type, verified.content) == ("application/xml", DOCUMENT)


def test_text_signed_with_crlf_and_sent_with_lf_is_handed_on_as_it_was_signed() -> None:
    sent = part(DOCUMENT).replace(b"\r\n", b"\n")
    in_canonical_form = sent.replace(b"\n", b"\r\n")
    verified = cms.verify_smime(*multipart(sent, signed(in_canonical_form), line_end=b"\n"))
    assert verified.content == DOCUMENT.replace(b"\n", b"\r\n")


def test_text_signed_with_lf_and_sent_so_is_not_touched() -> None:
    sent = part(DOCUMENT).replace(b"\r\n", b"\n")
    assert cms.verify_smime(*multipart(sent, signed(sent))).content == DOCUMENT
