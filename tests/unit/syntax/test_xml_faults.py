"""What is said of octets that are not XML: why, and in which line."""

import pytest

from edi_gateway.errors import Rejection
from edi_gateway.syntax.xml import parse

DECLARED = '<?xml version="1.0" encoding="{}"?>\n<Invoice>\n<Note>Köln</Note>\n</Invoice>'
HTML = "<html><head><title>Log in</title></head><body><p>Log in<br></body></html>"


def refusal(data: bytes) -> Rejection:
    with pytest.raises(Rejection) as found:
        parse(data)
    return found.value


def test_what_is_not_well_formed_is_told_with_its_line_once() -> None:
    found = refusal(b"<a>\n<b>Tools & Co</b></a>")
    assert (found.code, found.line) == ("not-xml", 2)
    assert found.detail.count("line 2") == 1
    assert "<string>" not in found.detail


def test_an_octet_that_is_not_utf8_is_told_with_its_line() -> None:
    found = refusal(DECLARED.format("UTF-8").encode("latin-1"))
    assert (found.code, found.line) == ("xml-encoding", 3)
    assert found.detail == "The octet at offset 56, in line 3, is not UTF-8."


def test_another_encoding_that_is_declared_is_named_before_its_octets() -> None:
    found = refusal(DECLARED.format("ISO-8859-1").encode("latin-1"))
    assert found.detail.startswith("The encoding is declared as ISO-8859-1; XML must be encoded in UTF-8.")
    assert (found.code, found.line) == ("xml-encoding", 3)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_utf_16_is_called_by_its_name(encoding: str) -> None:
    data = DECLARED.format("UTF-16").encode(encoding)
    found = refusal(data if encoding == "utf-16" else b"\xfe\xff" + data)
    assert (found.code, found.detail) == ("xml-encoding", "This is UTF-16; XML must be encoded in UTF-8.")


@pytest.mark.parametrize(
    ("start", "code"), [("", "not-xml"), ("<!doctype html>\n", "not-xml"), ("<!DOCTYPE html>\n", "xml-doctype")]
)
def test_an_html_page_is_called_one(start: str, code: str) -> None:
    found = refusal((start + HTML).encode())
    assert (found.code, found.detail) == (code, "This is an HTML page, such as a server's error or login page.")


def test_a_document_type_of_anything_else_is_told_as_such() -> None:
    assert refusal(b"<!DOCTYPE Invoice><Invoice/>").detail == "XML with a document type declaration is not accepted."


@pytest.mark.parametrize("data", [b"", b" \n"])
def test_nothing_is_called_nothing(data: bytes) -> None:
    assert refusal(data).detail == "There is nothing in it."
