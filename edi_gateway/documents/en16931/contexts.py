"""Where rules are asked: the groups of a UBL invoice that EN 16931 speaks of."""

from typing import Final

from edi_gateway.documents.en16931.rule import Context
from edi_gateway.documents.en16931.tree import BLANKS, CREDIT_NOTE, INVOICE, LINES, Group, text_of

_TRUE: Final = ("true", "1")
_FALSE: Final = ("false", "0")


def has_parent(group: Group, *names: str) -> bool:
    """Whether the groups around this one, the nearest first, have those names."""
    for name in names:
        if group.parent is None or group.parent.name != name:
            return False
        group = group.parent
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
    for indicator in group.values.get("cbc:ChargeIndicator", ()):  # noqa: SIM110 - a generator takes twice as long
        if text_of(indicator).strip(BLANKS) in wanted:
            return True
    return False


def is_root(group: Group) -> bool:
    """Whether the group is the whole document."""
    return group.parent is None


def in_document(group: Group) -> bool:
    """Whether the group stands directly in an invoice or credit note that is the whole document."""
    parent = group.parent
    return parent is not None and parent.parent is None and parent.name in (INVOICE, CREDIT_NOTE)


def in_line(group: Group) -> bool:
    """Whether the group stands directly in a line."""
    return group.parent is not None and group.parent.name in LINES


def in_item_of_line(group: Group) -> bool:
    """Whether the group stands in the cac:Item of a line."""
    item = group.parent
    return item is not None and item.name == "cac:Item" and in_line(item)


DOCUMENT: Final = Context((INVOICE, CREDIT_NOTE), is_root)
TOTALS: Final = Context(("cac:LegalMonetaryTotal",))
TAX_TOTAL: Final = Context(("cac:TaxTotal",), in_document)
VAT_BREAKDOWN: Final = Context(("cac:TaxSubtotal",), lambda group: has_parent(group, "cac:TaxTotal"))
ANY_BREAKDOWN: Final = Context(("cac:TaxSubtotal",))
LINE: Final = Context(LINES)
LINE_PERIOD: Final = Context(("cac:InvoicePeriod",), in_line)
PERIOD: Final = Context(("cac:InvoicePeriod",), lambda group: not in_line(group))

DOCUMENT_ALLOWANCE: Final = Context(("cac:AllowanceCharge",), lambda group: in_document(group) and is_allowance(group))
DOCUMENT_CHARGE: Final = Context(("cac:AllowanceCharge",), lambda group: in_document(group) and is_charge(group))
LINE_ALLOWANCE: Final = Context(("cac:AllowanceCharge",), lambda group: in_line(group) and is_allowance(group))
LINE_CHARGE: Final = Context(("cac:AllowanceCharge",), lambda group: in_line(group) and is_charge(group))
ALLOWANCE: Final = Context(("cac:AllowanceCharge",), is_allowance)
CHARGE: Final = Context(("cac:AllowanceCharge",), is_charge)

SELLER: Final = Context(("cac:AccountingSupplierParty",))
SELLER_PARTY: Final = Context(("cac:Party",), lambda group: has_parent(group, "cac:AccountingSupplierParty"))
BUYER_PARTY: Final = Context(("cac:Party",), lambda group: has_parent(group, "cac:AccountingCustomerParty"))
SELLER_ADDRESS: Final = Context(
    ("cac:PostalAddress",), lambda group: has_parent(group, "cac:Party", "cac:AccountingSupplierParty")
)
BUYER_ADDRESS: Final = Context(
    ("cac:PostalAddress",), lambda group: has_parent(group, "cac:Party", "cac:AccountingCustomerParty")
)
PAYEE: Final = Context(("cac:PayeeParty",))
REPRESENTATIVE: Final = Context(("cac:TaxRepresentativeParty",))
REPRESENTATIVE_ADDRESS: Final = Context(
    ("cac:PostalAddress",), lambda group: has_parent(group, "cac:TaxRepresentativeParty")
)
DELIVERY: Final = Context(("cac:Delivery",))
DELIVERY_ADDRESS: Final = Context(
    ("cac:Address",), lambda group: has_parent(group, "cac:DeliveryLocation", "cac:Delivery")
)
ADDRESS: Final = Context(("cac:PostalAddress", "cac:Address"))
TAX_REGISTRATION: Final = Context(("cac:PartyTaxScheme",))

PAYMENT: Final = Context(("cac:PaymentMeans",))
PAYMENT_CARD: Final = Context(("cac:CardAccount",), lambda group: has_parent(group, "cac:PaymentMeans"))
PAYMENT_ACCOUNT: Final = Context(("cac:PayeeFinancialAccount",), lambda group: has_parent(group, "cac:PaymentMeans"))
PRECEDING_INVOICE: Final = Context(("cac:BillingReference",))
SUPPORTING_DOCUMENT: Final = Context(("cac:AdditionalDocumentReference",))
ITEM_ATTRIBUTE: Final = Context(("cac:AdditionalItemProperty",))
ITEM_STANDARD: Final = Context(("cac:StandardItemIdentification",), in_item_of_line)
ITEM_CLASSIFICATION: Final = Context(("cac:CommodityClassification",), in_item_of_line)
