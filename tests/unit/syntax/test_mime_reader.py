import pytest

from edi_gateway.errors import Rejection
from edi_gateway.syntax import mime


def test_a_content_type_is_read_with_its_parameters() -> None:
    value = 'Multipart/Signed; micalg=sha-256;\tPROTOCOL="application/pkcs7-signature" ; boundary="a \\"b\\""'
    assert mime.content_type(value) == (
        "multipart/signed",
        {"micalg": "sha-256", "protocol": "application/pkcs7-signature", "boundary": 'a "b"'},
    )


@pytest.mark.parametrize(
    "value",
    [
        "",
        "xml",
        "text/xml;",
        "text/xml; a",
        "text/xml; a=1; A=2",
        'text/xml; a="1',
        "text/xml (a comment)",
        "a/b" * 999,
    ],
)
def test_a_content_type_with_a_fault_is_refused(value: str) -> None:
    with pytest.raises(Rejection) as refusal:
        mime.content_type(value)
    assert refusal.value.code == "not-mime"


BODIES = {
    "CRLF": b"--b\r\none\r\n--b\r\ntwo\r\n--b--\r\n",
    "LF": b"--b\none\n--b\ntwo\n--b--\n",
    "no line end after the last": b"--b\r\none\r\n--b\r\ntwo\r\n--b--",
    "a preamble": b"This is an S/MIME signed message\n\n--b\none\n--b\ntwo\n--b--\n\n",
    "white space behind a boundary": b"--b \t\r\none\r\n--b\r\ntwo\r\n--b-- \r\n",
    "a boundary in the middle of a line": b"x--b\r\n--b\r\none\r\n--b\r\ntwo\r\n--b--\r\n",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_the_line_end_before_a_boundary_belongs_to_the_boundary(body: bytes) -> None:
    declared = mime.content_type("multipart/signed; boundary=b")
    assert mime.split_signed(declared, body) == (b"one", b"two")


def test_only_one_line_end_belongs_to_the_boundary() -> None:
    declared = mime.content_type("multipart/signed; boundary=b")
    body = b"--b\r\none\r\n\r\n--b\r\ntwo\r\n\n--b--"
    assert mime.split_signed(declared, body) == (b"one\r\n", b"two\r\n")


PARTS = {
    b"Content-Type: text/xml; charset=utf-8\r\n\r\n<a/>": ("text/xml", "binary", b"<a/>"),
    b"content-type:application/json\n\n{}": ("application/json", "binary", b"{}"),
    b"Content-Type:\r\n application/xml\r\n\r\n": ("application/xml", "binary", b""),
    b"Content-Type: text/plain\n\n<a/>": ("application/octet-stream", "binary", b"<a/>"),
    b"Content-Transfer-Encoding: Base64 \r\n\r\nPGEvPg==": ("application/octet-stream", "base64", b"PGEvPg=="),
    b"\r\n<a/>": ("application/octet-stream", "binary", b"<a/>"),
    b"<a:b>\n\n</a:b>": ("application/octet-stream", "binary", b"<a:b>\n\n</a:b>"),
    b'{"a":1}': ("application/octet-stream", "binary", b'{"a":1}'),
    b"": ("application/octet-stream", "binary", b""),
}


@pytest.mark.parametrize(("part", "expected"), PARTS.items())
def test_a_part_is_its_type_its_encoding_and_its_body(part: bytes, expected: tuple[str, str, bytes]) -> None:
    assert mime.entity(part) == expected


def test_the_canonical_form_ends_every_line_in_crlf() -> None:
    assert mime.canonical(b"a\nb\r\nc\rd\n\n") == b"a\r\nb\r\nc\rd\r\n\r\n"
