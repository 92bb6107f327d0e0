"""Codes (BR-CL-…): a value or attribute is one of a list."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from lxml import etree

from edi_gateway.documents.en16931 import codes
from edi_gateway.documents.en16931 import contexts as at
from edi_gateway.documents.en16931.codes import CodeList
from edi_gateway.documents.en16931.rule import KEPT, Check, Context, Fault, Fired, Judgement, Rule, judged
from edi_gateway.documents.en16931.tree import Group, Invoice, code_of, text_of

_MONEY: Final = frozenset(
    "cbc:" + local
    for local in [
        "Amount",
        "BaseAmount",
        "PriceAmount",
        "TaxAmount",
        "TaxableAmount",
        "LineExtensionAmount",
        "TaxExclusiveAmount",
        "TaxInclusiveAmount",
        "AllowanceTotalAmount",
        "ChargeTotalAmount",
        "PrepaidAmount",
        "PayableRoundingAmount",
        "PayableAmount",
    ]
)
_SEPA: Final = "SEPA"
_SUBJECT_LENGTH: Final = 3
_INVOICED_OBJECT: Final = "130"
"""UNTDID 1001: invoicing data sheet, here a reference to the invoiced object (BT-18)."""


def coded(allowed: CodeList, name: str, attribute: str | None = None) -> Check:
    """Each value of that name, or its attribute where it has one, is a code of the list."""

    def check(group: Group) -> Sequence[Fault]:
        for each in group.values.get(name, ()):
            code = text_of(each) if attribute is None else each.get(attribute)
            if code is not None and code not in allowed.codes:
                unknown = _unknown(allowed, group.values[name], attribute)
                return [Fault(each, allowed.called, code) for each, code in unknown]
        return KEPT

    return check


def _unknown(
    allowed: CodeList, elements: Iterable[etree._Element], attribute: str | None
) -> Iterator[tuple[etree._Element, str]]:
    """The elements whose code, where there is one, is none of the list."""
    for each in elements:
        code = text_of(each) if attribute is None else each.get(attribute)
        if code is not None and code not in allowed.codes and code_of(code) not in allowed.codes:
            yield each, code


def _party_schemes(group: Group) -> Sequence[Fault]:
    """A bank's creditor identifier may be that of the seller or the payee, or of anybody below them."""
    unknown = _unknown(codes.IDENTIFIER_SCHEMES, group.values.get("cbc:ID", ()), "schemeID")
    return [
        Fault(each, codes.IDENTIFIER_SCHEMES.called, code)
        for each, code in unknown
        if code_of(code) != _SEPA or not _belongs_to_creditor(group)
    ]


def _belongs_to_creditor(group: Group) -> bool:
    around = group.parent
    while around is not None:
        if around.name in ("cac:AccountingSupplierParty", "cac:PayeeParty"):
            return True
        around = around.parent
    return False


_of_object: Final = coded(codes.OBJECT_SCHEMES, "cbc:ID", "schemeID")


def _object_scheme(group: Group) -> Sequence[Fault]:
    if _INVOICED_OBJECT not in group.texts("cbc:DocumentTypeCode"):
        return KEPT
    return _of_object(group)


def _note_subject(group: Group) -> Sequence[Fault]:
    """A note may begin with `#AAI#`: between two number signs, three characters are a code."""
    faults = []
    for note in group.values.get("cbc:Note", ()):
        _, opened, rest = text_of(note).partition("#")
        code, closed, _ = rest.partition("#")
        # As in the official rule, a code may also be found across two that stand side by side in the list.
        if opened and closed and len(code) == _SUBJECT_LENGTH and code not in codes.NOTE_SUBJECTS.sequence:
            faults.append(Fault(note, f"{codes.NOTE_SUBJECTS.called} between number signs", code))
    return faults


_REASON: Final = "cbc:AllowanceChargeReasonCode"
_OBJECTS: Final = Context(("cac:AdditionalDocumentReference", "cac:DocumentReference"))


def _in_groups(
    number: str, names: str, check: Check, terms: str, message: str, context: Context | None = None
) -> Judgement:
    return judged(f"BR-CL-{number}", context or Context(tuple(names.split())), check, terms, message)


def _country(number: str, group: str, terms: str, message: str) -> Judgement:
    return _in_groups(number, group, coded(codes.COUNTRIES, "cbc:IdentificationCode"), terms, message)


def _identifier(number: str, group: str, name: str, terms: str, message: str) -> Judgement:
    return _in_groups(number, group, coded(codes.IDENTIFIER_SCHEMES, name, "schemeID"), terms, message)


RULES: Final = (
    _in_groups(
        "06",
        "cac:InvoicePeriod",
        coded(codes.TAX_POINT_DATES, "cbc:DescriptionCode"),
        "BT-8",
        "The code for when VAT becomes due is none that EN 16931 allows.",
    ),
    judged("BR-CL-07", _OBJECTS, _object_scheme, "BT-18 BT-128", "The scheme of the invoiced object is unknown."),
    judged("BR-CL-08", at.DOCUMENT, _note_subject, "BT-21", "The subject of the note is unknown."),
    _in_groups(
        "10", "cac:PartyIdentification", _party_schemes, "BT-29 BT-46 BT-60", "The identifier's scheme is unknown."
    ),
    _identifier(
        "11", "cac:PartyLegalEntity", "cbc:CompanyID", "BT-30 BT-47 BT-61", "The registration's scheme is unknown."
    ),
    _in_groups(
        "13",
        "cac:CommodityClassification",
        coded(codes.ITEM_CLASSIFICATIONS, "cbc:ItemClassificationCode", "listID"),
        "BT-158",
        "The scheme of the item's classification is unknown.",
    ),
    _country("14", "cac:Country", "BT-40 BT-55 BT-69 BT-80", "The country is unknown."),
    _country("15", "cac:OriginCountry", "BT-159", "The item's country of origin is unknown."),
    _in_groups(
        "16",
        "cac:PaymentMeans",
        coded(codes.PAYMENT_MEANS, "cbc:PaymentMeansCode"),
        "BT-81",
        "The means of payment is unknown.",
    ),
    _in_groups(
        "17",
        "cac:TaxCategory",
        coded(codes.VAT_CATEGORIES, "cbc:ID"),
        "BT-95 BT-102 BT-118",
        "The VAT category is unknown.",
    ),
    _in_groups(
        "18",
        "cac:ClassifiedTaxCategory",
        coded(codes.VAT_CATEGORIES, "cbc:ID"),
        "BT-151",
        "The VAT category is unknown.",
    ),
    _in_groups(
        "19",
        "",
        coded(codes.ALLOWANCE_REASONS, _REASON),
        "BT-98 BT-140",
        "The allowance's reason is unknown.",
        at.ALLOWANCE,
    ),
    _in_groups(
        "20", "", coded(codes.CHARGE_REASONS, _REASON), "BT-105 BT-145", "The charge's reason is unknown.", at.CHARGE
    ),
    _identifier(
        "21", "cac:StandardItemIdentification", "cbc:ID", "BT-157", "The scheme of the item's identifier is unknown."
    ),
    _identifier(
        "26", "cac:DeliveryLocation", "cbc:ID", "BT-71", "The scheme of the delivery location's identifier is unknown."
    ),
)


class _Anywhere(NamedTuple):
    """A value that is a code, or has an attribute that is, wherever it stands."""

    rule: Rule
    names: tuple[str, ...]
    allowed: CodeList
    attribute: str | None = None


def _anywhere(
    number: str, names: str, allowed: CodeList, terms: str, message: str, attribute: str | None = None
) -> _Anywhere:
    rule = Rule(f"BR-CL-{number}", "fatal", tuple(terms.split()), message)
    return _Anywhere(rule, tuple(f"cbc:{name}" for name in names.split()), allowed, attribute)


_KIND: Final = "The code of the kind of invoice is unknown."
_VALUES: Final = (
    _anywhere("01", "InvoiceTypeCode", codes.INVOICE_TYPES, "BT-3", _KIND),
    _anywhere("01", "CreditNoteTypeCode", codes.CREDIT_NOTE_TYPES, "BT-3", _KIND),
    _anywhere("04", "DocumentCurrencyCode", codes.CURRENCIES, "BT-5", "The invoice's currency is unknown."),
    _anywhere("05", "TaxCurrencyCode", codes.CURRENCIES, "BT-6", "The accounting currency is unknown."),
    _anywhere(
        "23",
        "InvoicedQuantity BaseQuantity CreditedQuantity",
        codes.UNITS,
        "BT-130 BT-150",
        "The unit of measure is unknown.",
        "unitCode",
    ),
    _anywhere(
        "25", "EndpointID", codes.ENDPOINT_SCHEMES, "BT-34 BT-49", "The address's scheme is unknown.", "schemeID"
    ),
)
_CURRENCY: Final = Rule("BR-CL-03", "fatal", (), "The amount's currency is unknown.")
_EXEMPTION: Final = Rule("BR-CL-22", "fatal", ("BT-121",), "The reason of the exemption from VAT is unknown.")
_MEDIA_TYPE: Final = Rule("BR-CL-24", "fatal", ("BT-125",), "An attached document of that media type is not allowed.")
SWEPT: Final = (*dict.fromkeys(each.rule for each in _VALUES), _CURRENCY, _EXEMPTION, _MEDIA_TYPE)


def sweep(invoice: Invoice) -> Iterator[Fired]:
    """Codes that are judged wherever they stand."""
    for row in _VALUES:
        for name in row.names:
            for element, code in _unknown(row.allowed, invoice.values.get(name, ()), row.attribute):
                yield Fired(row.rule.id, element, row.allowed.called, code)
    for element in invoice.values.get("cbc:TaxExemptionReasonCode", ()):
        # Small letters are as good as capitals, here only.
        if code_of(text_of(element)).upper() not in codes.EXEMPTION_REASONS.codes:
            yield Fired(_EXEMPTION.id, element, codes.EXEMPTION_REASONS.called, text_of(element))
    known = codes.CURRENCIES.codes
    for element, name, _ in invoice.amounts:
        currency = element.get("currencyID")
        if currency not in known and code_of(currency) not in known and name in _MONEY:
            yield Fired(_CURRENCY.id, element, codes.CURRENCIES.called, currency)
    for element in invoice.binaries:
        media_type = element.get("mimeCode")
        if media_type is not None and media_type not in codes.MEDIA_TYPES.codes:
            yield Fired(_MEDIA_TYPE.id, element, ", ".join(sorted(codes.MEDIA_TYPES.codes)), media_type)
