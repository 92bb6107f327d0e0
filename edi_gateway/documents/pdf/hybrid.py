"""What a hybrid PDF says of the XML inside (Factur-X 1.0, ZUGFeRD 2, Order-X 1.0), against the XML itself."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from lxml import etree

from edi_gateway.documents import cii_names, orderx
from edi_gateway.errors import Rejection
from edi_gateway.model.document import MAX_ECHO, Document, Finding, Severity
from edi_gateway.syntax import xml
from edi_gateway.syntax.pdf.inspection import EmbeddedFile

ROOTS: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml"), cii_names.ROOT)
    | {"order-x.xml": orderx.ROOT}
)
"""What the XML is called, in lower case (ZUGFeRD 1.0 wrote it in capitals), and the root element that the name
promises. An XRechnung, which may be UBL elsewhere, is CII inside a PDF: there it is a profile of ZUGFeRD."""

_SCHEMAS: Final = (
    "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#",
    "urn:zugferd:pdfa:CrossIndustryDocument:invoice:2p0#",
    "urn:ferd:pdfa:CrossIndustryDocument:invoice:1p0#",
    "urn:factur-x:pdfa:CrossIndustryDocument:1p0#",
)
"""The namespaces of the XMP properties: Factur-X and ZUGFeRD since 2.1, ZUGFeRD 2.0, ZUGFeRD 1.0, Order-X."""
_LEVELS: Final = {
    "minimum": "MINIMUM",
    "basicwl": "BASIC WL",
    "basic": "BASIC",
    "comfort": "COMFORT",
    "extended": "EXTENDED",
}
_CORE: Final = "urn:cen.eu:en16931:2017"
_BOOKING_AIDS: Final = ("MINIMUM", "BASIC WL")
_RELATIONSHIPS: Final = ("Data", "Source", "Alternative")
_XPACKET: Final = re.compile(rb"<\?xpacket.*?\?>", re.DOTALL)


def another_kind(file: EmbeddedFile, root: etree._Element) -> Finding | None:
    """Where the XML is no document of the kind that the file's name promises."""
    promised = ROOTS[file.name.lower()]
    if root.tag == promised:
        return None
    message = "The file in the PDF holds another kind of document than its name promises."
    return _finding("GW-PDF-019", "error", message, promised, str(root.tag))


def check(file: EmbeddedFile, metadata: bytes | None, document: Document | None) -> Iterator[Finding]:
    """What doesn't fit together; a contract record is only asked how it is associated with the PDF."""
    level = level_of(document.profile) if document and document.profile else None
    allowed = ("Data",) if level in _BOOKING_AIDS else _RELATIONSHIPS
    if file.relationship not in allowed:
        message = "The embedded file's relationship to the PDF (AFRelationship) is not one that it may have."
        yield _finding("GW-PDF-017", "warning", message, " or ".join(allowed), file.relationship or "none")
    if file.name.lower() in ROOTS:
        yield from _metadata(file, metadata, level)
    if level in _BOOKING_AIDS:
        message = f"The profile {level} is no invoice in the sense of EN 16931: the PDF alone says what is charged for."
        yield _finding("GW-PDF-018", "warning", message, "BASIC or more", level)


def level_of(guideline: str) -> str | None:
    """The profile, as XMP names it, of a guideline (BT-24); None where Factur-X has none for it."""
    if guideline == _CORE:
        return "EN 16931"
    if "xrechnung" in guideline:
        return "XRECHNUNG"
    return _LEVELS.get(re.split("[:#]", guideline)[-1])


def _metadata(file: EmbeddedFile, metadata: bytes | None, level: str | None) -> Iterator[Finding]:
    said = _properties(metadata) if metadata else {}
    names, levels = said.get("DocumentFileName", ()), said.get("ConformanceLevel", ())
    if list(names) != [file.name]:
        message = "The PDF's metadata (XMP) do not name the embedded file."
        yield _finding("GW-PDF-017", "warning", message, file.name, ", ".join(names) or "none")
    if level and any(_same(told) != _same(level) for told in levels):
        message = "The PDF's metadata (XMP) say another profile than the guideline of the XML."
        yield _finding("GW-PDF-016", "error", message, level, ", ".join(levels))


def _same(level: str) -> str:
    """COMFORT is what ZUGFeRD 1.0 called the profile of the European core."""
    return level.replace(" ", "").upper()


def _properties(metadata: bytes) -> dict[str, list[str]]:
    """All values of the hybrid's own properties, elements or attributes of rdf:Description (ISO 16684-1 §7)."""
    try:
        root = xml.parse(_XPACKET.sub(b"", metadata).strip())
    except Rejection:
        return {}
    found: dict[str, list[str]] = {}
    for element in root.iter(etree.Element):
        for name, value in ((str(element.tag), element.text), *((str(k), str(v)) for k, v in element.attrib.items())):
            space, _, local = name.removeprefix("{").partition("}")
            if space in _SCHEMAS and value:
                found.setdefault(local, []).append(value.strip())
    return found


def _finding(rule: str, severity: Severity, message: str, expected: str, actual: str) -> Finding:
    return Finding(rule, severity, "wellformed", message, expected=expected, actual=actual[:MAX_ECHO])
