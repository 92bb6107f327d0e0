"""Rules of EN 16931 that the official binding to CII asks in another way than that to UBL."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from edi_gateway.documents.cii_names import clark
from edi_gateway.documents.en16931 import contexts as at
from edi_gateway.documents.en16931.checks import filled, is_vat, present
from edi_gateway.documents.en16931.cii import totals
from edi_gateway.documents.en16931.cii.binding import is_day, is_vat_number
from edi_gateway.documents.en16931.cii.codes import COUNTRIES
from edi_gateway.documents.en16931.cii.contexts import VAT_BREAKDOWN
from edi_gateway.documents.en16931.cii.totals import Asked
from edi_gateway.documents.en16931.cii.tree import broken as broken_syntax
from edi_gateway.documents.en16931.rule import (
    BROKEN,
    KEPT,
    Check,
    Context,
    Fault,
    Fired,
    Judgement,
    Rule,
    fired,
    judged,
)
from edi_gateway.documents.en16931.tree import Group, Invoice
from edi_gateway.documents.en16931.values import BLANKS, Value, normalized, text_of

_MAX_CARD_DIGITS: Final = 10
_TRANSFERS: Final = ("30", "58")
_PREFIXES: Final = frozenset({*COUNTRIES.codes, "EL"})
_SETTLEMENT: Final = "ram:ApplicableHeaderTradeSettlement"
_MEANS: Final = "ram:SpecifiedTradeSettlementPaymentMeans"
_DATE: Final = clark("udt:DateTimeString")
_COUNTRY: Final = ("cac:Country", "cbc:IdentificationCode")


def _days(group: Group, name: str) -> list[str]:
    return [text_of(day) for each in group.get(name, ()) for day in each.element.iterchildren(_DATE) if is_day(day)]


def _in_order(group: Group) -> Sequence[Fault]:
    """Days are compared as they are written: CCYYMMDD."""
    if "cbc:StartDate" not in group or "cbc:EndDate" not in group:
        return KEPT
    starts, ends = _days(group, "cbc:StartDate"), _days(group, "cbc:EndDate")
    if any(start <= end for start in starts for end in ends):
        return KEPT
    return (Fault(group.first("cbc:EndDate"), f"{starts[0]} or later" if starts else None, ends[0] if ends else None),)


def _with_scheme(party: str) -> Check:
    def check(group: Group) -> Sequence[Fault]:
        holders = [
            holder
            for each in group.below(party, "cac:Party")
            for holder in each.element.iterchildren(clark("ram:URIUniversalCommunication"))
        ]
        if not holders:
            return KEPT
        addresses = [*holders[0].iterchildren(clark("ram:URIID"))]
        schemes = [(each.get("schemeID") or "").strip(BLANKS) for each in addresses]
        return KEPT if any(schemes) else (Fault(addresses[0] if addresses else holders[0]),)

    return check


def _with_attribute(name: str, attribute: str, *steps: str) -> Check:
    """A value that is there has that attribute, and it isn't blank."""

    def check(group: Group) -> Sequence[Fault]:
        found = group.follow((*steps, name))
        if not found or any((each.get(attribute) or "").strip(BLANKS) for each in found):
            return KEPT
        return (Fault(found[0]),)

    return check


def _unmasked(group: Group) -> Sequence[Fault]:
    cards = group.get("cbc:PrimaryAccountNumberID", ())
    too_long = [each for each in cards if len(normalized(text_of(each))) > _MAX_CARD_DIGITS]
    # The number is left out of what is said: it must not be spread any further.
    return [Fault(each, f"at most {_MAX_CARD_DIGITS} characters") for each in too_long]


def _is_of_transfer(group: Group) -> bool:
    payment = group.parent
    return payment is not None and any(code in _TRANSFERS for code in payment.texts("cbc:PaymentMeansCode"))


_ACCOUNT: Final = Context(("cac:PayeeFinancialAccount",), where=_is_of_transfer)


def _differs_from_seller(group: Group) -> Sequence[Fault]:
    # A payee of payment terms stands too deep to be compared by the official rule.
    is_header = _is_in(group, _SETTLEMENT)
    sellers = group.invoice.root.below("cac:AccountingSupplierParty", "cac:Party") if is_header else ()
    names = _texts([group], "ram:Name")
    if not names:
        return BROKEN
    for path in (("ram:Name",), ("ram:ID",), ("ram:SpecifiedLegalOrganization", "ram:ID")):
        if _texts([group], *path) & _texts(sellers, *path):
            return BROKEN
    return KEPT


def _texts(groups: Sequence[Group], *path: str) -> set[str]:
    level = [group.element for group in groups]
    for step in path:
        level = [child for each in level for child in each.iterchildren(clark(step))]
    return {text_of(each) for each in level}


def _identified(group: Group) -> Sequence[Fault]:
    for party in group.get("cac:Party", ()):
        if any("cbc:ID" in each for each in party.get("cac:PartyIdentification", ())):
            return KEPT
        if any("cbc:CompanyID" in each for each in party.get("cac:PartyLegalEntity", ())):
            return KEPT
        registrations = party.get("cac:PartyTaxScheme", ())
        if any(is_vat_number(each) for one in registrations for each in one.get("cbc:CompanyID", ())):
            return KEPT
    return BROKEN


def _vat_number(group: Group) -> Sequence[Fault]:
    for scheme in group.get("cac:PartyTaxScheme", ()):
        for each in scheme.get("cbc:CompanyID", ()):
            if is_vat_number(each) and text_of(each).strip(BLANKS):
                return KEPT
    return BROKEN


def _in_a_country(group: Group) -> Sequence[Fault]:
    addresses = group.below("cac:DeliveryLocation", "cac:Address")
    if not addresses or any(each.text.strip(BLANKS) for one in addresses for each in one.follow(_COUNTRY)):
        return KEPT
    return (Fault(addresses[0]),)


def _one_time_of_tax(group: Group) -> Sequence[Fault]:
    values = group.invoice.values
    both = clark("ram:TaxPointDate") in values and clark("ram:DueDateTypeCode") in values
    return BROKEN if both else KEPT


def _has_rate(group: Group) -> Sequence[Fault]:
    """Or is of category O, which here is compared as it is written."""
    taxed = [each for each in group.get("cac:TaxCategory", ()) if is_vat(each)]
    return KEPT if any("cbc:Percent" in each or "O" in each.texts("cbc:ID") for each in taxed) else BROKEN


def _broken_down(group: Group) -> Sequence[Fault]:
    return KEPT if group.invoice.root.get("cac:TaxTotal") else BROKEN


_ADDRESS: Final = "cac:PostalAddress/cac:Country/cbc:IdentificationCode"
_SELLER: Final = "cac:AccountingSupplierParty"
_BUYER: Final = "cac:AccountingCustomerParty"
_JUDGED: Final[tuple[Asked, ...]] = (
    ("BR-09", at.DOCUMENT, filled(f"{_SELLER}/cac:Party/{_ADDRESS}")),
    ("BR-11", at.DOCUMENT, filled(f"{_BUYER}/cac:Party/{_ADDRESS}")),
    ("BR-17", at.PAYEE, _differs_from_seller),
    ("BR-20", at.REPRESENTATIVE, filled(_ADDRESS)),
    ("BR-29", at.PERIOD, _in_order),
    ("BR-30", at.LINE_PERIOD, _in_order),
    ("BR-48", VAT_BREAKDOWN, _has_rate),
    ("BR-50", _ACCOUNT, filled("cbc:ID")),
    ("BR-51", at.PAYMENT_CARD, _unmasked),
    ("BR-55", at.PRECEDING_INVOICE, filled("cac:InvoiceDocumentReference/cbc:ID")),
    ("BR-56", at.REPRESENTATIVE, _vat_number),
    ("BR-57", at.DELIVERY, _in_a_country),
    ("BR-61", _ACCOUNT, present("cbc:ID")),
    ("BR-62", at.DOCUMENT, _with_scheme(_SELLER)),
    ("BR-63", at.DOCUMENT, _with_scheme(_BUYER)),
    ("BR-64", at.LINE, _with_attribute("cbc:ID", "schemeID", "cac:Item", "cac:StandardItemIdentification")),
    ("BR-65", Context(("cac:CommodityClassification",)), _with_attribute("cbc:ItemClassificationCode", "listID")),
    ("BR-CO-03", VAT_BREAKDOWN, _one_time_of_tax),
    ("BR-CO-18", at.LINE, _broken_down),
    ("BR-CO-19", at.PERIOD, present("cbc:StartDate", "cbc:EndDate")),
    ("BR-CO-26", at.SELLER, _identified),
)
"""Those of UBL with another context or check; words and terms are the same."""
FATAL: Final = frozenset({"BR-51"})
"""Only a warning in UBL."""
_PREFIX: Final = "BR-CO-09"
OWN: Final = (
    Rule("CII-SR-462", "fatal", ("BT-8",), "All codes for when VAT becomes due must be one."),
    Rule("CII-SR-467", "fatal", ("BT-81",), "All codes for the means of payment must be one."),
    Rule("CII-SR-468", "fatal", ("BT-82",), "All texts for the means of payment must be one."),
    Rule("CII-SR-469", "fatal", ("BT-83",), "There may be one payment reference, not several."),
)


def judgements(rules: Mapping[str, Rule]) -> Iterator[Judgement]:
    """The rules of this module; `rules` has UBL's by id."""
    for id, context, check in (*_JUDGED, *totals.JUDGED):
        known = rules[id]
        severity = "fatal" if id in FATAL else known.severity
        yield judged(id, context, check, " ".join(known.terms), known.message, severity)


def sweep(invoice: Invoice) -> Iterator[Fired]:
    """Rules about what may stand anywhere."""
    values = invoice.values
    for element in values.get(clark("ram:ID"), ()):
        text = text_of(element)
        if text[:2] not in _PREFIXES and is_vat_number(element) and _is_in(element, "ram:SpecifiedTaxRegistration"):
            yield fired(_PREFIX, element, "a country's code in front, such as DE or EL", text)
    for rule, name in (("CII-SR-467", "ram:TypeCode"), ("CII-SR-468", "ram:Information")):
        found = [each for each in values.get(clark(name), ()) if _is_in(each, _MEANS)]
        other = next((each for each in found if normalized(text_of(each)) != normalized(text_of(found[0]))), None)
        if other is not None:
            yield fired(rule, other, normalized(text_of(found[0])), text_of(other))
    due = [each for each in values.get(clark("ram:DueDateTypeCode"), ()) if _is_in(each, "ram:ApplicableTradeTax")]
    if len({text_of(each) for each in due}) > 1:
        yield fired("CII-SR-462", next(each for each in due if text_of(each) != text_of(due[0])))
    references = [each for each in values.get(clark("ram:PaymentReference"), ()) if _is_in(each, _SETTLEMENT)]
    if len(references) > 1:
        yield fired("CII-SR-469", references[1], "at most 1", str(len(references)))


_UNIT: Final = "CII-DT-033"
_QUANTITY: Final = ("cbc:InvoicedQuantity",)


def broken(invoice: Invoice) -> Iterator[Fired]:
    """What the walk over the tree found wrong with the syntax."""
    quantities = (each for line in invoice.groups.get("cac:InvoiceLine", ()) for each in line.follow(_QUANTITY))
    has_unit = any(each.get("unitCode") is not None for each in quantities)
    return (each for each in broken_syntax(invoice) if not has_unit or each.rule != _UNIT)


def _is_in(each: Value | Group, name: str) -> bool:
    parent = each.element.getparent()
    return parent is not None and parent.tag == clark(name)
