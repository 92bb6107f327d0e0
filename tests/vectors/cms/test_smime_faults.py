"""S/MIME messages with one fault each, and the refusal that it must meet."""

import base64
from collections.abc import Callable

import pytest

from edi_gateway.errors import Rejection
from tests.support import cms
from tests.support.cms import DOCUMENT, multipart, part, signed_data, signer_info

Message = tuple[str, bytes]


def detached(octets: bytes) -> bytes:
    return signed_data(None, signers=[signer_info(octets)])


def honest(signed_part: bytes = part()) -> Message:
    return multipart(signed_part, detached(signed_part))


def altered(old: bytes, new: bytes, message: Message | None = None) -> Message:
    content_type, body = message or honest()
    assert body.count(old) >= 1
    return content_type, body.replace(old, new)


def declared(old: str, new: str) -> Message:
    content_type, body = honest()
    assert old in content_type
    return content_type.replace(old, new), body


def with_third_part() -> Message:
    return altered(b"--b1--", b"--b1\r\nContent-Type: application/xml\r\n\r\n<forged/>\r\n--b1--")


def with_a_part_before() -> Message:
    content_type, body = honest()
    return content_type, b"--b1\r\nContent-Type: application/xml\r\n\r\n<forged/>\r\n" + body


def with_the_parts_exchanged() -> Message:
    signature = base64.encodebytes(detached(part())).replace(b"\n", b"\r\n")
    fields = b"Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return honest()[0], b"--b1\r\n" + fields + signature + b"--b1\r\n" + part() + b"\r\n--b1--\r\n"


def with_content_inside_too() -> Message:
    return multipart(part(), signed_data(part()))


def with_other_content_inside() -> Message:
    """The signature holds a document of its own; the part beside it says something else."""
    return multipart(part(b"<forged/>"), signed_data(part()))


def with_a_multipart_inside() -> Message:
    nested = part(b"--x\r\n\r\n<a/>\r\n--x\r\n\r\n<b/>\r\n--x--", b'Content-Type: multipart/mixed; boundary="x"')
    return honest(nested)


def with_two_types() -> Message:
    return honest(part(DOCUMENT, b"Content-Type: application/xml", b"content-type: application/json"))


def with_two_encodings() -> Message:
    fields = (
        b"Content-Type: application/xml",
        b"Content-Transfer-Encoding: 7bit",
        b"Content-transfer-encoding: base64",
    )
    return honest(part(DOCUMENT, *fields))


def encoded(body: bytes, encoding: bytes) -> Message:
    return honest(part(body, b"Content-Type: application/xml", b"Content-Transfer-Encoding: " + encoding))


def signed_with_lf_and_sent_with_crlf() -> Message:
    return multipart(part(DOCUMENT), detached(part(DOCUMENT).replace(b"\r\n", b"\n")))


FAULTS: dict[str, tuple[Callable[[], Message], str]] = {
    # The parts.
    "a third part": (with_third_part, "not-mime"),
    "a part before the signed one": (with_a_part_before, "not-mime"),
    "the parts exchanged": (with_the_parts_exchanged, "not-mime"),
    "no last boundary": (lambda: altered(b"--b1--\r\n", b""), "not-mime"),
    "text behind the last boundary": (lambda: altered(b"--b1--", b"--b1--\r\n<forged/>"), "not-mime"),
    "a boundary with something behind it": (lambda: altered(b"<ID>", b"\r\n--b1x\r\n<ID>"), "not-mime"),
    "a boundary inside the signed part": (
        lambda: honest(part(b"<a>\r\n--b1\r\nContent-Type: application/xml\r\n\r\n</a>")),
        "not-mime",
    ),
    "a boundary behind a bare CR": (lambda: altered(b"<ID>", b"\r--b1\r<ID>"), "not-mime"),
    "no boundary in the header": (lambda: declared('; boundary="b1"', ""), "not-mime"),
    "another boundary in the header": (lambda: declared('"b1"', '"b2"'), "not-mime"),
    "two boundaries in the header": (lambda: declared('"b1"', '"b1"; boundary="b2"'), "not-mime"),
    "a boundary of 71 characters": (lambda: declared('"b1"', f'"{"b" * 71}"'), "not-mime"),
    "a boundary with a line end": (lambda: declared('"b1"', '"b1\r\n"'), "not-mime"),
    "a boundary in an extended parameter": (lambda: declared("boundary=", "boundary*0="), "not-mime"),
    "a multipart/mixed": (lambda: declared("multipart/signed", "multipart/mixed"), "not-mime"),
    "another protocol": (lambda: declared("pkcs7-signature", "pgp-signature"), "not-mime"),
    "no protocol": (lambda: declared('protocol="application/pkcs7-signature"; ', ""), "not-mime"),
    "a second part of another type": (lambda: altered(b"pkcs7-signature", b"octet-stream"), "not-mime"),
    "an empty body": (lambda: (honest()[0], b""), "not-mime"),
    # The signed part.
    "a multipart inside": (with_a_multipart_inside, "not-mime"),
    "a message inside": (lambda: honest(part(DOCUMENT, b"Content-Type: message/rfc822")), "not-mime"),
    "two content types": (with_two_types, "not-mime"),
    "a charset by which others would read another text": (
        lambda: honest(part(DOCUMENT, b"Content-Type: application/xml; charset=iso-8859-1")),
        "not-mime",
    ),
    "two transfer encodings": (with_two_encodings, "not-mime"),
    "an unknown transfer encoding": (lambda: encoded(DOCUMENT, b"x-uuencode"), "not-mime"),
    "junk in base64": (lambda: encoded(b"PGE-LT4=", b"base64"), "not-mime"),
    "base64 that goes on behind its end": (lambda: encoded(b"PGEvPg==PGIvPg==", b"base64"), "not-mime"),
    "base64 without its padding": (lambda: encoded(b"PGEvPg", b"base64"), "not-mime"),
    "an equals sign that encodes nothing": (lambda: encoded(b"<a>=zz</a>", b"quoted-printable"), "not-mime"),
    "white space at a line's end in quoted-printable": (
        lambda: encoded(b"<a> \r\n</a>", b"quoted-printable"),
        "not-mime",
    ),
    "octets above 127 in quoted-printable": (lambda: encoded("<ä/>".encode(), b"quoted-printable"), "not-mime"),
    "a header that never ends": (lambda: honest(b"Content-Type: application/xml\r\n" * 1000), "not-mime"),
    "a header with a line that is no field": (
        lambda: honest(part(DOCUMENT, b"Content-Type: application/xml", b"<forged/>")),
        "not-mime",
    ),
    "a header with octets above 127": (
        lambda: honest(part(DOCUMENT, b"Content-Type: application/xml", "Content-Description: ä".encode())),
        "not-mime",
    ),
    # The octets.
    "another document": (lambda: altered(b"INV-1", b"INV-2"), "signature-invalid"),
    "another content type": (lambda: altered(b"application/xml", b"application/json"), "signature-invalid"),
    "a header field added": (lambda: altered(b"--b1\r\nContent", b"--b1\r\nX-A: 1\r\nContent"), "signature-invalid"),
    "a transfer encoding added": (
        lambda: altered(b"xml\r\n\r\n", b"xml\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"),
        "signature-invalid",
    ),
    "a blank line at the end": (lambda: altered(b"</Invoice>\n", b"</Invoice>\n\r\n"), "signature-invalid"),
    "LF where CRLF was not signed": (signed_with_lf_and_sent_with_crlf, "signature-invalid"),
    # The signature.
    "content inside the signature too": (with_content_inside_too, "signature-profile"),
    "other content inside the signature": (with_other_content_inside, "signature-profile"),
    "no signature in the second part": (lambda: multipart(part(), b""), "not-cms"),
    "a signature that is no base64": (lambda: altered(b"base64\r\n\r\n", b"base64\r\n\r\n%"), "not-mime"),
    "a signature with octets behind it": (lambda: multipart(part(), detached(part()) + b"\0"), "not-cms"),
    "a signature by another partner": (
        lambda: multipart(part(), signed_data(None, signers=[signer_info(part(), owner="globex")])),
        "signature-invalid",
    ),
}


@pytest.mark.parametrize(("build", "code"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_refused(build: Callable[[], Message], code: str) -> None:
    with pytest.raises(Rejection) as refusal:
        cms.verify_smime(*build())
    assert refusal.value.code == code, refusal.value.detail


def test_only_the_signed_part_is_handed_on_whatever_stands_before_the_first_boundary() -> None:
    content_type, body = honest()
    assert cms.verify_smime(content_type, b"<forged/>\r\n" + body).content == DOCUMENT


def test_a_lie_about_the_digest_in_the_header_changes_nothing() -> None:
    content_type, body = honest()
    verified = cms.verify_smime(content_type + "; micalg=md5", body)
    assert (verified.digest, verified.content) == ("sha256", DOCUMENT)
