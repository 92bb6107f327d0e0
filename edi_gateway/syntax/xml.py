"""The one strict XML reader: UTF-8, no document type, no entities but the five, no comments, within limits.

A tree made here means what its canonical octets say: comments are dropped while parsing, so a text that they split
reads as one, and processing instructions, which canonical XML keeps, may only stand outside the root.
"""

import re

from lxml import etree

from edi_gateway.errors import Rejection
from edi_gateway.syntax import base64, xml_faults

DS = "http://www.w3.org/2000/09/xmldsig#"
DSIG11 = "http://www.w3.org/2009/xmldsig11#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
UBL_SIGNATURES = "urn:oasis:names:specification:ubl:schema:xsd:CommonSignatureComponents-2"
UBL_SIGNATURE_PARTS = "urn:oasis:names:specification:ubl:schema:xsd:SignatureAggregateComponents-2"
UBL_SIGNATURE_TEXTS = "urn:oasis:names:specification:ubl:schema:xsd:SignatureBasicComponents-2"

MAX_NAMESPACES = 256
"""`xmlns` declarations in one document; the cost of canonical XML grows with their square and more."""
MAX_NAMESPACES_INCLUSIVE = 32
"""The same where canonical XML is inclusive: 3,000 of them would keep a processor busy for minutes."""
MAX_ATTRIBUTES = 100
"""Attributes of one element, looked at where a document has more than `MANY_ATTRIBUTES`; sorting them is quadratic."""
MANY_ATTRIBUTES = 5000
MAX_NODES = 100_000
"""Elements and attributes of a document; a larger one may have another for each `OCTETS_EACH`."""
OCTETS_EACH = 16
"""A tree takes forty times the memory of a document made of nothing but the shortest elements."""
MAX_DEPTH = 256
"""Nested elements. The parser's own limit, lifted only by `huge_tree`, which is never set."""

_ENCODING = re.compile(rb"""<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"'>]*)["']""")
_CROWDED = etree.XPath(f"boolean(//*[count(@*) > {MAX_ATTRIBUTES}])")


def parse(data: bytes) -> etree._Element:
    """Parse a document and return its root element.

    Raises Rejection: `xml-encoding`, `xml-doctype`, `xml-limits`, or `not-xml`. Opens and fetches nothing.
    """
    _check_octets(data)
    root = _read(data, remove_comments=True)
    docinfo = root.getroottree().docinfo
    if docinfo.internalDTD is not None or docinfo.doctype:
        raise Rejection("xml-doctype")
    if docinfo.xml_version != "1.0":
        raise Rejection("not-xml", "Only XML 1.0 is read.")
    # A question mark behind the one that ends the XML declaration: rare, and found from the end.
    if data.rfind(b"?") > data.find(b"?>") and next(root.iter(etree.PI), None) is not None:
        raise Rejection("not-xml", "A processing instruction inside the root element would split its text.")
    if len(data) > MANY_ATTRIBUTES * 4 and data.count(b"=") > MANY_ATTRIBUTES and _CROWDED(root):
        raise Rejection("xml-limits", f"An element has more than {MAX_ATTRIBUTES} attributes.")
    return root


def comments_within(data: bytes, tag: str) -> bool:
    """Whether a comment stands anywhere inside an element named `tag` (`{namespace}name`) of a document that `parse`
    has accepted. Parses a second time, and only where the octets hold a comment at all."""
    if b"!" not in data or b"<!--" not in data:
        return False
    elements = _read(data, remove_comments=False).iter(tag)
    return any(next(element.iter(etree.Comment), None) is not None for element in elements)


def child_elements(parent: etree._Element) -> list[etree._Element]:
    """The children of an element that may hold nothing else but white space; Rejection("signature-profile")."""
    children = list(parent)
    # A loop without a generator: this is asked of every element of a signature.
    for text in [parent.text, *[child.tail for child in children]]:
        if text and not text.isspace():
            raise Rejection("signature-profile", f"{etree.QName(parent).localname} holds text between its elements.")
    return children


def text_of(element: etree._Element) -> str:
    """The text of an element that may hold nothing else, without white space around; Rejection("signature-profile")."""
    if len(element):
        raise Rejection("signature-profile", f"{etree.QName(element).localname} must hold text and nothing else.")
    return (element.text or "").strip(" \t\r\n")


def base64_of(element: etree._Element) -> bytes:
    """The octets of an element of type xs:base64Binary (XML Schema 2 §3.2.16): white space is let pass, nothing else.

    Octets have one encoding only, so stray bits in the last character are refused: Rejection("signature-profile").
    """
    try:
        return octets_of(text_of(element))
    except ValueError as error:
        raise Rejection("signature-profile", f"{etree.QName(element).localname} is not base64.") from error


def octets_of(text: str) -> bytes:
    """The same for the text of such an element. Raises ValueError."""
    return base64.decode(text.encode("ascii").translate(None, b" \t\r\n"))


def _check_octets(data: bytes) -> None:
    """What must be known before the parser sees anything: it would follow a declaration to another encoding or file."""
    declared = _ENCODING.match(data.removeprefix(b"\xef\xbb\xbf"))
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise xml_faults.not_utf8(data, error.start, declared[1] if declared else None) from error
    if b"\0" in data:
        raise Rejection("xml-encoding", "A NUL octet: this is UTF-16 or UTF-32, or not text.")
    if declared and declared[1].upper() != b"UTF-8":
        raise Rejection("xml-encoding", f"The encoding is declared as {declared[1][:40].decode(errors='replace')}.")
    # A lone `!` is rare and found fast; `<` is everywhere.
    if b"!" in data and (b"<!DOCTYPE" in data or b"<!ENTITY" in data):
        raise xml_faults.doctype(data)
    if data.count(b"xmlns") > MAX_NAMESPACES:
        raise Rejection("xml-limits", f"More than {MAX_NAMESPACES} namespace declarations.")
    if len(data) > MAX_NODES and _nodes(data) > MAX_NODES + len(data) // OCTETS_EACH:
        raise Rejection("xml-limits", "There are too many elements and attributes for a document of this size.")


def _nodes(data: bytes) -> int:
    """At least the number of elements and attributes."""
    return data.count(b"<") - data.count(b"</") + data.count(b"=")


def _read(data: bytes, *, remove_comments: bool) -> etree._Element:
    # A parser serves one thread at a time and costs a microsecond, so each call has its own. The encoding is forced.
    # `collect_ids` stays true: false makes libxml2 load external subsets, whatever the other switches say.
    parser = etree.XMLParser(
        encoding="UTF-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=remove_comments,
    )
    try:
        return etree.fromstring(data, parser)
    except etree.LxmlError as error:
        raise xml_faults.not_well_formed(data, error) from error
