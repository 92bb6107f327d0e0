"""Where rules are asked: the groups of a UBL invoice that EN 16931 speaks of."""

from collections.abc import Callable
from typing import Final

from edi_gateway.documents.en16931.places import CREDIT_NOTE, INVOICE, LINES, Place
from edi_gateway.documents.en16931.rule import Context
from edi_gateway.documents.en16931.tree import Group
from edi_gateway.documents.en16931.values import BLANKS, text_of

_TRUE: Final = ("true", "1")
_FALSE: Final = ("false", "0")


def has_parent(place: Place, *names: str) -> bool:
    """Whether the places around this one, the nearest first, have those names."""
    for name in names:
        if place.parent is None or place.parent.name != name:
            return False
        place = place.parent
    return True


def is_allowance(group: Group) -> bool:
    """An AllowanceCharge whose indicator says so (XML Schema 2 §3.2.2)."""
    return _indicates(group, _FALSE)


def claims_charge(group: Group) -> bool:
    """An AllowanceCharge whose indicator says the contrary; no schema allows two, but one that has two claims both."""
    return _indicates(group, _TRUE)


def is_charge(group: Group) -> bool:
    """One that is judged as a charge: what claims to be both is judged as an allowance, and adds to both sums."""
    return claims_charge(group) and not is_allowance(group)


def _indicates(group: Group, wanted: tuple[str, ...]) -> bool:
    for indicator in group.get("cbc:ChargeIndicator", ()):  # noqa: SIM110 - a generator takes twice as long
        if text_of(indicator).strip(BLANKS) in wanted:
            return True
    return False


def is_root(place: Place) -> bool:
    """Whether the place is that of the whole document."""
    return place.parent is None


def in_document(place: Place) -> bool:
    """Whether the place is directly in an invoice or credit note that is the whole document."""
    parent = place.parent
    return parent is not None and parent.parent is None and parent.name in (INVOICE, CREDIT_NOTE)


def in_line(place: Place) -> bool:
    """Whether the place is directly in a line."""
    return place.parent is not None and place.parent.name in LINES


def in_item_of_line(place: Place) -> bool:
    """Whether the place is in the cac:Item of a line."""
    item = place.parent
    return item is not None and item.name == "cac:Item" and in_line(item)


def _in(*names: str) -> Callable[[Place], bool]:
    return lambda place: has_parent(place, *names)


DOCUMENT: Final = Context((INVOICE, CREDIT_NOTE), is_root)
TOTALS: Final = Context(("cac:LegalMonetaryTotal",))
TAX_TOTAL: Final = Context(("cac:TaxTotal",), in_document)
VAT_BREAKDOWN: Final = Context(("cac:TaxSubtotal",), _in("cac:TaxTotal"))
ANY_BREAKDOWN: Final = Context(("cac:TaxSubtotal",))
LINE: Final = Context(LINES)
LINE_PERIOD: Final = Context(("cac:InvoicePeriod",), in_line)
PERIOD: Final = Context(("cac:InvoicePeriod",), lambda place: not in_line(place))

_CHANGE: Final = ("cac:AllowanceCharge",)
DOCUMENT_ALLOWANCE: Final = Context(_CHANGE, in_document, is_allowance)
DOCUMENT_CHARGE: Final = Context(_CHANGE, in_document, is_charge)
LINE_ALLOWANCE: Final = Context(_CHANGE, in_line, is_allowance)
LINE_CHARGE: Final = Context(_CHANGE, in_line, is_charge)
ALLOWANCE: Final = Context(_CHANGE, where=is_allowance)
CHARGE: Final = Context(_CHANGE, where=is_charge)

SELLER: Final = Context(("cac:AccountingSupplierParty",))
SELLER_PARTY: Final = Context(("cac:Party",), _in("cac:AccountingSupplierParty"))
BUYER_PARTY: Final = Context(("cac:Party",), _in("cac:AccountingCustomerParty"))
SELLER_ADDRESS: Final = Context(("cac:PostalAddress",), _in("cac:Party", "cac:AccountingSupplierParty"))
BUYER_ADDRESS: Final = Context(("cac:PostalAddress",), _in("cac:Party", "cac:AccountingCustomerParty"))
PAYEE: Final = Context(("cac:PayeeParty",))
REPRESENTATIVE: Final = Context(("cac:TaxRepresentativeParty",))
REPRESENTATIVE_ADDRESS: Final = Context(("cac:PostalAddress",), _in("cac:TaxRepresentativeParty"))
DELIVERY: Final = Context(("cac:Delivery",))
DELIVERY_ADDRESS: Final = Context(("cac:Address",), _in("cac:DeliveryLocation", "cac:Delivery"))
ADDRESS: Final = Context(("cac:PostalAddress", "cac:Address"))
TAX_REGISTRATION: Final = Context(("cac:PartyTaxScheme",))

PAYMENT: Final = Context(("cac:PaymentMeans",))
PAYMENT_CARD: Final = Context(("cac:CardAccount",), _in("cac:PaymentMeans"))
PAYMENT_ACCOUNT: Final = Context(("cac:PayeeFinancialAccount",), _in("cac:PaymentMeans"))
PRECEDING_INVOICE: Final = Context(("cac:BillingReference",))
SUPPORTING_DOCUMENT: Final = Context(("cac:AdditionalDocumentReference",))
ITEM_ATTRIBUTE: Final = Context(("cac:AdditionalItemProperty",))
ITEM_STANDARD: Final = Context(("cac:StandardItemIdentification",), in_item_of_line)
ITEM_CLASSIFICATION: Final = Context(("cac:CommodityClassification",), in_item_of_line)
