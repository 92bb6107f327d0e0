"""UBL documents to judge: the demonstration's, and what tests change in them."""

from collections.abc import Callable
from typing import cast

from lxml import etree

from edi_gateway.demo import documents
from edi_gateway.demo.trade import ACME, GLOBEX, LINES
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.transmission import SignatureFormat, Verified
from tests.support import ubl_family

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CAC = f"{{{UBL}CommonAggregateComponents-2}}"
CBC = f"{{{UBL}CommonBasicComponents-2}}"
EXT = f"{{{UBL}CommonExtensionComponents-2}}"
PREFIXES = {"cac": CAC[1:-1], "cbc": CBC[1:-1], "ext": EXT[1:-1]}

ORDER = documents.order("PO-1001", GLOBEX, ACME)
ORDER_RESPONSE = documents.order_response("OR-1", "PO-1001", GLOBEX, ACME, code="CA", lines=LINES[:2])
INVOICE = documents.invoice("INV-1", "PO-1001", GLOBEX, ACME)
CREDIT_NOTE = documents.credit_note("CN-1", "INV-1", "PO-1001", GLOBEX, ACME)
BY_FORMAT = {
    "ubl-2.1-order": ORDER,
    "ubl-2.1-order-change": ubl_family.ORDER_CHANGE,
    "ubl-2.1-order-cancellation": ubl_family.ORDER_CANCELLATION,
    "ubl-2.1-order-response": ORDER_RESPONSE,
    "ubl-2.1-order-response-simple": ubl_family.ORDER_RESPONSE_SIMPLE,
    "ubl-2.1-despatch-advice": ubl_family.DESPATCH_ADVICE,
    "ubl-2.1-receipt-advice": ubl_family.RECEIPT_ADVICE,
    "ubl-2.1-invoice": INVOICE,
    "ubl-2.1-credit-note": CREDIT_NOTE,
    "ubl-2.1-application-response": ubl_family.APPLICATION_RESPONSE,
    "ubl-2.1-remittance-advice": ubl_family.REMITTANCE_ADVICE,
}


def verified(
    content: bytes,
    media_type: str = "application/xml",
    format: SignatureFormat = "smime",
    tree: etree._Element | None = None,
) -> Verified:
    """Content as if a signature over it had verified; whose key it was is nothing to a reader."""
    nobody = cast(PartnerKey, None)
    return Verified(format, media_type, content, nobody, "ecdsa-sha256", "sha256", tree=tree)


def changed(content: bytes, *changes: Callable[[etree._Element], object]) -> bytes:
    """The document after each change to its root."""
    root = etree.fromstring(content)
    for change in changes:
        change(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def at(root: etree._Element, path: str) -> etree._Element:
    """The first element at a path such as `cac:OrderLine/cac:LineItem`."""
    found = root.find(path, PREFIXES)
    assert found is not None, path
    return found


def set_text(path: str, text: str) -> Callable[[etree._Element], object]:
    return lambda root: setattr(at(root, path), "text", text)


def drop(path: str) -> Callable[[etree._Element], object]:
    def change(root: etree._Element) -> None:
        element = at(root, path)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return change
