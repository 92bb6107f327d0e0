"""Attacks on the parser: declarations that open files or multiply, encodings that hide them, and sizes that bite."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from edi_gateway.errors import Rejection
from edi_gateway.syntax import xml
from tests.support.xmldsig import (
    ENVELOPED,
    EXCLUSIVE,
    INCLUSIVE,
    INVOICE,
    Recipe,
    compose,
    receive,
    refusal,
    signed,
    tamper,
)

CANARY = b"canary"
LAUGHS = '<!ENTITY l0 "ha">' + "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
DOCTYPES = {
    "external-entity": '<!DOCTYPE Invoice [<!ENTITY x SYSTEM "{uri}">]>',
    "external-public-entity": '<!DOCTYPE Invoice [<!ENTITY x PUBLIC "p" "{uri}">]>',
    "external-parameter-entity": '<!DOCTYPE Invoice [<!ENTITY % x SYSTEM "{uri}"> %x;]>',
    "external-subset": '<!DOCTYPE Invoice SYSTEM "{uri}">',
    "external-public-subset": '<!DOCTYPE Invoice PUBLIC "p" "{uri}">',
    "a-billion-laughs": f'<!DOCTYPE Invoice [{LAUGHS}<!ENTITY x "&l9;">]>',
    "quadratic": f'<!DOCTYPE Invoice [<!ENTITY x "{"x" * 50_000}">]>',
    "default-attribute": '<!DOCTYPE Invoice [<!ATTLIST Invoice Id CDATA "root">]>',
    "id-attribute": "<!DOCTYPE Invoice [<!ATTLIST Invoice key ID #IMPLIED>]>",
    "empty": "<!DOCTYPE Invoice>",
}


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A pipe with something in it, which is gone once anybody has read it: its address, and an end to look with."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    end = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    os.write(end, CANARY)
    yield path.as_uri(), end
    os.close(end)


def _with_doctype(name: str, uri: str = "http://127.0.0.1:1/") -> bytes:
    body = signed()
    doctype = DOCTYPES[name].replace("{uri}", uri)
    if "ENTITY x" in doctype:
        body = tamper(body, "INV-1", "&x;" * (1000 if name == "quadratic" else 1))
    return tamper(body, "<Invoice ", f"{doctype}<Invoice ")


@pytest.mark.parametrize("name", DOCTYPES)
def test_a_document_type_declaration_is_refused(name: str) -> None:
    assert refusal(_with_doctype(name)).code == "xml-doctype"


@pytest.mark.parametrize("name", DOCTYPES)
def test_a_document_type_declaration_opens_nothing(name: str, pipe: tuple[str, int]) -> None:
    uri, end = pipe
    assert refusal(_with_doctype(name, uri)).code == "xml-doctype"
    assert os.read(end, 100) == CANARY


@pytest.mark.parametrize("name", DOCTYPES)
def test_the_parser_itself_opens_nothing_should_a_declaration_reach_it(name: str, pipe: tuple[str, int]) -> None:
    uri, end = pipe
    try:
        root = xml._read(_with_doctype(name, uri), remove_comments=True)
    except Rejection:
        pass
    else:
        assert CANARY.decode() not in "".join(root.itertext())
    assert os.read(end, 100) == CANARY


def test_an_entity_without_declaration_is_refused() -> None:
    assert refusal(tamper(signed(), "INV-1", "&INV;")).code == "not-xml"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "cp037", "utf-7"])
def test_a_declaration_hidden_in_another_encoding_is_refused(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a><a/>'
    assert refusal(text.encode(encoding)).code == "xml-encoding"


@pytest.mark.parametrize(
    "encoding", ["UTF-7", "EUC-JP", "ISO-2022-JP", "UTF-16", "ISO-8859-1", "US-ASCII", "IBM037", "x" * 300, ""]
)
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_a_declared_encoding_other_than_utf_8_is_refused(encoding: str, start: str) -> None:
    body = tamper(
        signed(), "<?xml version='1.0' encoding='UTF-8'?>", f'{start}<?xml version="1.0" encoding="{encoding}"?>'
    )
    assert refusal(body).code == "xml-encoding"


def test_octets_that_are_not_utf_8_are_refused() -> None:
    for octets in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"caf\xe9"):
        assert refusal(tamper(signed(), b"INV-1", octets)).code == "xml-encoding"


def _prefixes(count: int) -> str:
    return " ".join(f'xmlns:p{i}="urn:p:{i}"' for i in range(count))


def test_three_thousand_namespaces_are_refused() -> None:
    document = f"<a {_prefixes(3000)}>{'<b/>' * 6000}</a>".encode()
    assert refusal(compose(Recipe(document=document))).code == "xml-limits"


def test_more_than_thirty_two_namespaces_are_refused_where_canonical_xml_is_inclusive() -> None:
    document = f"<a {_prefixes(32)}/>".encode()
    inclusive = f'<ds:CanonicalizationMethod Algorithm="{INCLUSIVE}"/>'
    by_default = f'<ds:Transform Algorithm="{ENVELOPED}"/>'
    assert receive(compose(Recipe(document=document)))
    assert refusal(compose(Recipe(document=document, canonicalization=inclusive))).code == "xml-limits"
    assert refusal(compose(Recipe(document=document, transforms=by_default))).code == "xml-limits"
    assert receive(compose(Recipe(document=f"<a {_prefixes(31)}/>".encode(), transforms=by_default)))


def test_forty_thousand_attributes_are_refused() -> None:
    attributes = " ".join(f'a{i}=""' for i in range(40_000))
    assert refusal(tamper(signed(), "<Invoice ", f"<Invoice {attributes} ")).code == "xml-limits"


@pytest.mark.parametrize(("depth", "code"), [(255, "signature-invalid"), (256, "xml-limits"), (100_000, "xml-limits")])
def test_elements_nested_beyond_the_parsers_limit_are_refused(depth: int, code: str) -> None:
    nested = "<a>" * depth + "</a>" * depth
    assert refusal(tamper(signed(), "<ds:Signature ", f"{nested}<ds:Signature ")).code == code


def test_a_name_of_a_hundred_thousand_letters_is_refused() -> None:
    assert refusal(tamper(signed(), "<ds:Signature ", f"<{'a' * 100_000}/><ds:Signature ")).code == "xml-limits"


def test_a_long_text_and_many_elements_are_within_the_limits() -> None:
    filler = f"<n>{'x' * 512_000}</n>{'<e/>' * 100_000}</Invoice>"
    assert len(receive(signed(document=tamper(INVOICE, "</Invoice>", filler))).content) > 1_000_000


@pytest.mark.parametrize(
    "change",
    [
        ("INV-1", "INV<?p?>-1"),
        ("INV-1", "INV-1\0"),
        ("INV-1", "INV&#0;-1"),
        ("INV-1", "INV-1]]>"),
        ("<Invoice ", "<other:Invoice "),
        ("</Invoice>", "</Invoice><Invoice/>"),
        ("</Invoice>", "</Invoice>x"),
        ("</Invoice>", ""),
        ("version='1.0'", "version='1.1'"),
    ],
)
def test_what_is_not_well_formed_is_refused(change: tuple[str, str]) -> None:
    code = refusal(tamper(signed(), *change)).code
    assert code == ("xml-encoding" if "\0" in change[1] else "not-xml")


@pytest.mark.parametrize(
    "body", [b"", b" ", b"\0", b"<", b"<?xml", b"{}", b"\xef\xbb\xbf", b"%PDF-1.7", b"<!---->", b"<a", b"&lt;"]
)
def test_what_is_not_xml_at_all_is_refused(body: bytes) -> None:
    assert refusal(body).code in ("not-xml", "xml-encoding")


def test_canonical_form_keeps_what_surrounds_the_root() -> None:
    body = tamper(
        signed(document=tamper(INVOICE, "<Invoice ", "<?before root?><Invoice ") + b"<?after?>"), "INV-1", "INV-1"
    )
    assert receive(body).content.startswith(b"<?before root?>\n<Invoice ")
    assert receive(body).content.endswith(b"</Invoice>\n<?after?>")
    assert refusal(tamper(body, "<?after?>", "<?afterwards?>")).code == "signature-invalid"


_PREFIX_LIST = (
    f'<ds:Transform Algorithm="{ENVELOPED}"/><ds:Transform Algorithm="{EXCLUSIVE}">'
    f'<e:InclusiveNamespaces xmlns:e="{EXCLUSIVE}" PrefixList="{" ".join(f"p{i}" for i in range(16))}"/></ds:Transform>'
)


@pytest.mark.parametrize("transforms", [f'<ds:Transform Algorithm="{ENVELOPED}"/>', _PREFIX_LIST])
def test_many_elements_deep_below_many_namespaces_are_refused_before_they_are_canonicalised(transforms: str) -> None:
    # All of it within the limits of the parser; the SignedInfo is an honest one, and so its signature holds.
    bomb = f"<x {_prefixes(20)}>{'<a>' * 200}{'<b/>' * 20_000}{'</a>' * 200}</x></Invoice>"
    assert refusal(tamper(compose(Recipe(transforms=transforms)), "</Invoice>", bomb)).code == "xml-limits"


@pytest.mark.parametrize("transforms", [f'<ds:Transform Algorithm="{ENVELOPED}"/>', Recipe().transforms])
def test_many_elements_as_deep_as_documents_are_verify(transforms: str) -> None:
    document = f"<x {_prefixes(24)}>{'<a>' * 12}{'<b/>' * 20_000}{'</a>' * 12}</x>".encode()
    assert receive(compose(Recipe(document=document, transforms=transforms)))
