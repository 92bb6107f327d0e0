"""Hybrid invoices (Factur-X), made by the factur-x package, as senders' programs do."""

import facturx
from lxml import etree

from edi_gateway.documents.cii_names import clark
from tests.support.cii import INVOICE, made
from tests.support.pdf import page

CORE = "urn:cen.eu:en16931:2017"
_PARAMETER = "ram:GuidelineSpecifiedDocumentContextParameter"


def invoice_of(guideline: str) -> bytes:
    """An invoice that claims another profile than the core's. What it holds stays the same."""
    root = etree.fromstring(INVOICE)
    context = root[0]
    for each in context.findall(clark(_PARAMETER)):
        context.remove(each)
    claim = made(_PARAMETER, made("ram:ID", guideline))
    assert claim is not None
    context.append(claim)
    octets: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return octets


def hybrid(xml: bytes, *, level: str = "en16931", relationship: str = "data") -> bytes:
    """A PDF with the XML as `factur-x.xml`, and metadata that say the level."""
    pdf: bytes = facturx.generate_from_binary(
        page("Invoice"),
        xml,
        flavor="factur-x",
        level=level,
        check_xsd=False,
        afrelationship=relationship,
        xmp_compression=False,
    )
    return pdf


def with_metadata(pdf: bytes, old: bytes, new: bytes) -> bytes:
    """With something else in its metadata, which are as long as they were."""
    assert (pdf.count(old), len(old)) == (1, len(new))
    return pdf.replace(old, new)
