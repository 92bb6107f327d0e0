"""What may occur once only in UBL, and other rules of the binding (UBL-SR-…)."""

from collections.abc import Callable, Sequence
from typing import Final

from lxml import etree

from edi_gateway.documents.en16931 import contexts as at
from edi_gateway.documents.en16931.checks import at_most_one, present, too_many, values_at
from edi_gateway.documents.en16931.rule import BROKEN, KEPT, ByNames, Check, Context, Fault, Repeated, judged
from edi_gateway.documents.en16931.tree import Group
from edi_gateway.documents.en16931.values import Value, text_of

_MAX_REGISTRATIONS: Final = 2
_OBJECT: Final = ("cac:AdditionalDocumentReference", "cbc:ID")
_MEANS: Final = ("cac:PaymentMeans", "cbc:PaymentMeansCode")
_SEPA: Final = "SEPA"
_INVOICED_OBJECT: Final = "130"
_LIKEWISE_IN_CREDIT_NOTE: Final = "50"


def _counted(find: Callable[[Group], Sequence[Value]], *route: str) -> Check:
    """At most one is found; with a route, it is at its end, and none is several where no name on it is repeated."""

    def check(group: Group) -> Sequence[Fault]:
        found = find(group)
        return KEPT if len(found) <= 1 else too_many(found)

    return Repeated(frozenset(route), check) if route else check


def _registrations(party: str, is_meant: Callable[[str], bool]) -> Check:
    """At most one number of those tax registrations whose scheme is meant; the official rule trims nothing here."""

    def find(group: Group) -> Sequence[Value]:
        return [
            number
            for registration in group.below(party, "cac:Party", "cac:PartyTaxScheme")
            if any(is_meant((each.text("cbc:ID") or "").upper()) for each in registration.get("cac:TaxScheme", ()))
            for number in registration.get("cbc:CompanyID", ())
        ]

    return _counted(find, party, "cac:Party", "cac:PartyTaxScheme", "cbc:CompanyID")


def _same_everywhere(name: str) -> Check:
    """All values of that name, wherever they stand, are one."""

    def find(group: Group) -> Sequence[Value]:
        different: dict[str, Value] = {}
        for each in group.invoice.values.get(name, ()):
            different.setdefault(text_of(each), each)
        return [*different.values()]

    return _counted(find)


def _object_identifiers(group: Group) -> Sequence[Value]:
    return [
        each
        for reference in group.get("cac:AdditionalDocumentReference", ())
        if _INVOICED_OBJECT in reference.texts("cbc:DocumentTypeCode")
        for each in reference.get("cbc:ID", ())
    ]


def _creditor_identifiers(group: Group) -> Sequence[Value]:
    return [
        each
        for party in group.invoice.everywhere("cac:PartyIdentification")
        for each in party.get("cbc:ID", ())
        if (each.get("schemeID") or "").upper() == _SEPA
    ]


def _named_means(group: Group) -> Sequence[Value]:
    codes = values_at(group, _MEANS)
    return [each for each in codes if each.get("name") is not None]


def _scheme_of_object(group: Group) -> Sequence[Fault]:
    types = group.texts("cbc:DocumentTypeCode")
    if _INVOICED_OBJECT in types:
        return KEPT
    if _LIKEWISE_IN_CREDIT_NOTE in types and etree.QName(group.invoice.root.element).localname == "CreditNote":
        return KEPT
    if types:
        return (Fault(group.first("cbc:DocumentTypeCode"), _INVOICED_OBJECT, types[0]),)
    return [Fault(each) for each in group.get("cbc:ID", ()) if each.get("schemeID") is not None][:1]


def _one_category(group: Group) -> Sequence[Fault]:
    found = group.below("cac:Item", "cac:ClassifiedTaxCategory")
    return KEPT if len(found) == 1 else (Fault(None, "1", str(len(found))),)


def _two_registrations(group: Group) -> Sequence[Fault]:
    found = group.get("cac:PartyTaxScheme", ())
    return KEPT if len(found) <= _MAX_REGISTRATIONS else (Fault(found[-1].element, "at most 2", str(len(found))),)


def _registered(group: Group) -> Sequence[Fault]:
    has_scheme = any("cbc:ID" in each for each in group.get("cac:TaxScheme", ()))
    return KEPT if has_scheme and "cbc:CompanyID" in group else BROKEN


def _payee(counted: Callable[[Group], Sequence[Value]]) -> Check:
    """At most one, of a payee whose name is not the seller's registered one."""

    def check(group: Group) -> Sequence[Fault]:
        found = counted(group)
        if len(found) > 1:
            return too_many(found)
        names = {text_of(each) for each in values_at(group, ("cac:PartyName", "cbc:Name"))}
        parent = group.parent
        sellers = (
            group.invoice.once("sellers", parent, lambda: _registered_names(parent)) if parent is not None else set()
        )
        # Two sets hold two that differ unless both are the same single name, or one is empty.
        return KEPT if names and sellers and len(names | sellers) > 1 else BROKEN

    return check


def _registered_names(parent: Group) -> set[str]:
    path = ("cac:AccountingSupplierParty", "cac:Party", "cac:PartyLegalEntity", "cbc:RegistrationName")
    return {text_of(each) for each in values_at(parent, path)}


def _payee_identifiers(group: Group) -> Sequence[Value]:
    found = values_at(group, ("cac:PartyIdentification", "cbc:ID"))
    return [each for each in found if (each.get("schemeID") or "").upper() != _SEPA]


_SELLER: Final = "cac:AccountingSupplierParty/cac:Party"
_BUYER: Final = "cac:AccountingCustomerParty/cac:Party"
_ONCE: Final[dict[Context, tuple[tuple[str, str, str, str], ...]]] = {
    at.DOCUMENT: (
        ("01", "cac:ContractDocumentReference/cbc:ID", "BT-12", "contract"),
        ("02", "cac:ReceiptDocumentReference/cbc:ID", "BT-15", "receiving advice"),
        ("03", "cac:DespatchDocumentReference/cbc:ID", "BT-16", "despatch advice"),
        ("05", "cac:PaymentTerms/cbc:Note", "BT-20", "note on payment terms"),
        ("08", "cac:InvoicePeriod", "BG-14", "invoicing period"),
        ("09", f"{_SELLER}/cac:PartyLegalEntity/cbc:RegistrationName", "BT-27", "name of the seller"),
        ("10", f"{_SELLER}/cac:PartyName/cbc:Name", "BT-28", "trading name of the seller"),
        ("11", f"{_SELLER}/cac:PartyLegalEntity/cbc:CompanyID", "BT-30", "legal registration of the seller"),
        ("14", f"{_SELLER}/cac:PartyLegalEntity/cbc:CompanyLegalForm", "BT-33", "legal form of the seller"),
        ("15", f"{_BUYER}/cac:PartyLegalEntity/cbc:RegistrationName", "BT-44", "name of the buyer"),
        ("16", f"{_BUYER}/cac:PartyIdentification/cbc:ID", "BT-46", "identifier of the buyer"),
        ("17", f"{_BUYER}/cac:PartyLegalEntity/cbc:CompanyID", "BT-47", "legal registration of the buyer"),
        ("24", "cac:Delivery", "BG-13", "delivery"),
        ("39", "cac:ProjectReference/cbc:ID", "BT-11", "project"),
        ("40", f"{_BUYER}/cac:PartyName/cbc:Name", "BT-45", "trading name of the buyer"),
        ("45", "cac:PaymentMeans/cbc:PaymentDueDate", "BT-9", "due date"),
        ("49", "cac:InvoicePeriod/cbc:DescriptionCode", "BT-8", "code for when VAT becomes due"),
        ("54", "cac:PaymentMeans/cac:CardAccount", "BG-18", "payment card"),
        ("55", "cac:PaymentMeans/cac:PaymentMandate", "BG-19", "direct debit mandate"),
        ("56", "cac:OriginatorDocumentReference/cbc:ID", "BT-17", "tender or lot"),
    ),
    at.LINE: (
        ("34", "cbc:Note", "BT-127", "note of a line"),
        ("35", "cac:OrderLineReference/cbc:LineID", "BT-132", "order line of a line"),
        ("36", "cac:InvoicePeriod", "BG-26", "period of a line"),
        ("37", "cac:Price/cac:AllowanceCharge/cbc:Amount", "BT-147", "discount on a price"),
        ("50", "cac:Item/cbc:Description", "BT-154", "description of an item"),
        ("52", "cac:DocumentReference", "BT-128", "document that a line refers to"),
    ),
    at.PAYMENT: (
        ("26", "cbc:PaymentID", "BT-83", "payment reference of a means of payment"),
        ("27", "cbc:PaymentMeansCode", "BT-81", "code of a means of payment"),
        ("28", "cac:PaymentMandate/cbc:ID", "BT-89", "reference of a mandate"),
    ),
    at.REPRESENTATIVE: (
        ("22", "cac:PartyName/cbc:Name", "BT-62", "name of the tax representative"),
        ("23", "cac:PartyTaxScheme/cbc:CompanyID", "BT-63", "VAT identifier of the tax representative"),
    ),
    at.PRECEDING_INVOICE: (("06", "cac:InvoiceDocumentReference", "BT-25", "invoice in a reference to one"),),
    at.DELIVERY: (("25", "cac:DeliveryParty/cac:PartyName/cbc:Name", "BT-70", "name of a recipient of goods"),),
    at.ALLOWANCE: (("30", "cbc:AllowanceChargeReason", "BT-97", "reason of an allowance"),),
    at.CHARGE: (("31", "cbc:AllowanceChargeReason", "BT-104", "reason of a charge"),),
    at.ANY_BREAKDOWN: (("32", "cac:TaxCategory/cbc:TaxExemptionReason", "BT-120", "reason of an exemption"),),
    at.SUPPORTING_DOCUMENT: (("33", "cbc:DocumentDescription", "BT-123", "description of a supporting document"),),
    at.ADDRESS: (("51", "cac:AddressLine", "BT-162 BT-163 BT-164 BT-165", "third line of an address"),),
}


def _only_one(what: str) -> str:
    return f"There may be one {what}, not several."


RULES: Final = (
    *(
        judged(f"UBL-SR-{number}", context, at_most_one(path), terms, _only_one(what))
        for context, rows in _ONCE.items()
        for number, path, terms, what in rows
    ),
    judged("UBL-SR-04", at.DOCUMENT, _counted(_object_identifiers, *_OBJECT), "BT-18", _only_one("invoiced object")),
    judged(
        "UBL-SR-07",
        at.PRECEDING_INVOICE,
        present("cac:InvoiceDocumentReference/cbc:ID"),
        "BT-25",
        "The reference to a preceding invoice names none.",
    ),
    judged(
        "UBL-SR-12",
        at.DOCUMENT,
        _registrations("cac:AccountingSupplierParty", lambda scheme: scheme == "VAT"),
        "BT-31",
        _only_one("VAT identifier of the seller"),
    ),
    judged(
        "UBL-SR-13",
        at.DOCUMENT,
        _registrations("cac:AccountingSupplierParty", lambda scheme: scheme != "VAT"),
        "BT-32",
        _only_one("other tax registration of the seller"),
    ),
    judged(
        "UBL-SR-18",
        at.DOCUMENT,
        _registrations("cac:AccountingCustomerParty", lambda scheme: scheme == "VAT"),
        "BT-48",
        _only_one("VAT identifier of the buyer"),
    ),
    judged(
        "UBL-SR-19",
        at.PAYEE,
        _payee(lambda group: values_at(group, ("cac:PartyName", "cbc:Name"))),
        "BT-59",
        "A payee has one name, which is not the seller's.",
    ),
    judged(
        "UBL-SR-20", at.PAYEE, _payee(_payee_identifiers), "BT-60", "A payee other than the seller has one identifier."
    ),
    judged(
        "UBL-SR-21",
        at.PAYEE,
        _payee(lambda group: values_at(group, ("cac:PartyLegalEntity", "cbc:CompanyID"))),
        "BT-61",
        "A payee other than the seller has one legal registration.",
    ),
    judged("UBL-SR-29", at.DOCUMENT, _counted(_creditor_identifiers), "BT-90", _only_one("bank's creditor identifier")),
    judged(
        "UBL-SR-42",
        at.SELLER_PARTY,
        ByNames(_two_registrations),
        "BT-31 BT-32",
        "The seller has two tax registrations at most.",
    ),
    judged(
        "UBL-SR-43",
        at.SUPPORTING_DOCUMENT,
        _scheme_of_object,
        "BT-18",
        "Only a reference to the invoiced object (code 130) has a scheme or a code.",
    ),
    judged("UBL-SR-44", at.DOCUMENT, _same_everywhere("cbc:PaymentID"), "BT-83", "All payment references must be one."),
    judged(
        "UBL-SR-46", at.DOCUMENT, _counted(_named_means, *_MEANS), "BT-82", _only_one("text for the means of payment")
    ),
    judged(
        "UBL-SR-47",
        at.DOCUMENT,
        _same_everywhere("cbc:PaymentMeansCode"),
        "BT-81",
        "All codes for the means of payment must be one.",
    ),
    judged("UBL-SR-48", at.LINE, ByNames(_one_category), "BT-151", "A line has one VAT category, no more and no less."),
    judged(
        "UBL-SR-53",
        at.TAX_REGISTRATION,
        ByNames(_registered),
        "BT-31 BT-32 BT-48 BT-63",
        "A tax registration needs a number and a scheme.",
    ),
)
