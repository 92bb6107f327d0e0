"""Codes (BR-CL-…): a value or attribute is one of a list."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from edi_gateway.documents.en16931 import codes
from edi_gateway.documents.en16931 import contexts as at
from edi_gateway.documents.en16931.codes import CodeList
from edi_gateway.documents.en16931.places import AMOUNTS, BINARIES, PRICES, Place, text
from edi_gateway.documents.en16931.rule import KEPT, Check, Context, Fault, Fired, Given, Rule, fired, judged
from edi_gateway.documents.en16931.tree import Group, Invoice
from edi_gateway.documents.en16931.values import Value, code_of, text_of

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
        for each in group.get(name, ()):
            code = text_of(each) if attribute is None else each.get(attribute)
            if code is not None and code not in allowed.codes:
                unknown = _unknown(allowed, group[name], attribute)
                return [Fault(each, allowed.called, code) for each, code in unknown]
        return KEPT

    return Given((name,), check)


def _unknown(allowed: CodeList, elements: Iterable[Value], attribute: str | None) -> Iterator[tuple[Value, str]]:
    """The elements whose code, where there is one, is none of the list."""
    for each in elements:
        code = text_of(each) if attribute is None else each.get(attribute)
        if code is not None and code not in allowed.codes and code_of(code) not in allowed.codes:
            yield each, code


def _belongs_to_creditor(place: Place) -> bool:
    """A bank's creditor identifier may be that of the seller or the payee, or of anybody below them."""
    around = place.parent
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
    for note in group.get("cbc:Note", ()):
        _, opened, rest = text_of(note).partition("#")
        code, closed, _ = rest.partition("#")
        # As in the official rule, a code may also be found across two that stand side by side in the list.
        if opened and closed and len(code) == _SUBJECT_LENGTH and code not in codes.NOTE_SUBJECTS.sequence:
            faults.append(Fault(note, f"{codes.NOTE_SUBJECTS.called} between number signs", code))
    return faults


_REASON: Final = "cbc:AllowanceChargeReasonCode"
_OBJECTS: Final = Context(("cac:AdditionalDocumentReference", "cac:DocumentReference"))
RULES: Final = (
    judged("BR-CL-07", _OBJECTS, _object_scheme, "BT-18 BT-128", "The scheme of the invoiced object is unknown."),
    judged(
        "BR-CL-08", at.DOCUMENT, Given(("cbc:Note",), _note_subject), "BT-21", "The subject of the note is unknown."
    ),
    judged(
        "BR-CL-19",
        at.ALLOWANCE,
        coded(codes.ALLOWANCE_REASONS, _REASON),
        "BT-98 BT-140",
        "The allowance's reason is unknown.",
    ),
    judged(
        "BR-CL-20", at.CHARGE, coded(codes.CHARGE_REASONS, _REASON), "BT-105 BT-145", "The charge's reason is unknown."
    ),
)


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """A value that is a code, or has an attribute that is: wherever it stands, or in some groups, or at some places."""

    rule: Rule
    names: tuple[str, ...]
    allowed: CodeList
    attribute: str | None = None
    group: str = ""
    within: Callable[[Place], bool] | None = None

    def is_at(self, place: Place) -> bool:
        if place.name not in self.names or (self.within is not None and not self.within(place)):
            return False
        return not self.group or (place.parent is not None and place.parent.name == self.group)


def _listed(
    number: str,
    names: str,
    allowed: CodeList,
    terms: str,
    message: str,
    attribute: str | None = None,
    within: Callable[[Place], bool] | None = None,
) -> Listed:
    """`names` are separated by blanks; before a slash is the name of a group."""
    *group, values = names.split("/")
    rule = Rule(f"BR-CL-{number}", "fatal", tuple(terms.split()), message)
    return Listed(rule, tuple(f"cbc:{name}" for name in values.split()), allowed, attribute, "".join(group), within)


def _party_schemes(allowed: CodeList, within: Callable[[Place], bool]) -> Listed:
    message = "The identifier's scheme is unknown."
    return _listed("10", "cac:PartyIdentification/ID", allowed, "BT-29 BT-46 BT-60", message, "schemeID", within)


_SCHEMES: Final = codes.IDENTIFIER_SCHEMES
_CREDITOR_SCHEMES: Final = replace(_SCHEMES, codes=_SCHEMES.codes | {_SEPA})
_SCHEME: Final = "schemeID"
_KIND: Final = "The code of the kind of invoice is unknown."
_CATEGORY: Final = "The VAT category is unknown."
_DUE: Final = "The code for when VAT becomes due is none that EN 16931 allows."
_VALUES: Final = (
    _listed("06", "cac:InvoicePeriod/DescriptionCode", codes.TAX_POINT_DATES, "BT-8", _DUE),
    _party_schemes(_CREDITOR_SCHEMES, _belongs_to_creditor),
    _party_schemes(_SCHEMES, lambda place: not _belongs_to_creditor(place)),
    _listed(
        "11",
        "cac:PartyLegalEntity/CompanyID",
        _SCHEMES,
        "BT-30 BT-47 BT-61",
        "The registration's scheme is unknown.",
        _SCHEME,
    ),
    _listed(
        "13",
        "cac:CommodityClassification/ItemClassificationCode",
        codes.ITEM_CLASSIFICATIONS,
        "BT-158",
        "The scheme of the item's classification is unknown.",
        "listID",
    ),
    _listed(
        "14", "cac:Country/IdentificationCode", codes.COUNTRIES, "BT-40 BT-55 BT-69 BT-80", "The country is unknown."
    ),
    _listed(
        "15",
        "cac:OriginCountry/IdentificationCode",
        codes.COUNTRIES,
        "BT-159",
        "The item's country of origin is unknown.",
    ),
    _listed(
        "16", "cac:PaymentMeans/PaymentMeansCode", codes.PAYMENT_MEANS, "BT-81", "The means of payment is unknown."
    ),
    _listed("17", "cac:TaxCategory/ID", codes.VAT_CATEGORIES, "BT-95 BT-102 BT-118", _CATEGORY),
    _listed("18", "cac:ClassifiedTaxCategory/ID", codes.VAT_CATEGORIES, "BT-151", _CATEGORY),
    _listed(
        "21",
        "cac:StandardItemIdentification/ID",
        _SCHEMES,
        "BT-157",
        "The scheme of the item's identifier is unknown.",
        _SCHEME,
    ),
    _listed(
        "26",
        "cac:DeliveryLocation/ID",
        _SCHEMES,
        "BT-71",
        "The scheme of the delivery location's identifier is unknown.",
        _SCHEME,
    ),
    _listed("01", "InvoiceTypeCode", codes.INVOICE_TYPES, "BT-3", _KIND),
    _listed("01", "CreditNoteTypeCode", codes.CREDIT_NOTE_TYPES, "BT-3", _KIND),
    _listed("04", "DocumentCurrencyCode", codes.CURRENCIES, "BT-5", "The invoice's currency is unknown."),
    _listed("05", "TaxCurrencyCode", codes.CURRENCIES, "BT-6", "The accounting currency is unknown."),
    _listed(
        "23",
        "InvoicedQuantity BaseQuantity CreditedQuantity",
        codes.UNITS,
        "BT-130 BT-150",
        "The unit of measure is unknown.",
        "unitCode",
    ),
    _listed("25", "EndpointID", codes.ENDPOINT_SCHEMES, "BT-34 BT-49", "The address's scheme is unknown.", _SCHEME),
)
_CURRENCY: Final = Rule("BR-CL-03", "fatal", (), "The amount's currency is unknown.")
_EXEMPTION: Final = Rule("BR-CL-22", "fatal", ("BT-121",), "The reason of the exemption from VAT is unknown.")
_MEDIA_TYPE: Final = Rule("BR-CL-24", "fatal", ("BT-125",), "An attached document of that media type is not allowed.")
SWEPT: Final = (*dict.fromkeys(each.rule for each in _VALUES), _CURRENCY, _EXEMPTION, _MEDIA_TYPE)

_ATTACHED: Final = "cbc:EmbeddedDocumentBinaryObject"
_EXEMPTION_CODE: Final = "cbc:TaxExemptionReasonCode"
_ASKED: Final = frozenset(("cbc:PaymentID", "cbc:PaymentMeansCode", "cbc:IdentificationCode", _EXEMPTION_CODE))
"""Values that a rule asks for by their name, wherever they stand."""


def lists(place: Place) -> Sequence[Hashable]:
    """The lists of an invoice's values that a value there is put in: rows of code lists, and names."""
    found: list[Hashable] = [each for each in _VALUES if each.is_at(place)]
    if place.name in _ASKED:
        found.append(place.name)
    return tuple(found)


def sweep(invoice: Invoice) -> Iterator[Fired]:
    """Codes that are judged wherever they stand."""
    values = invoice.values
    for row in _VALUES:
        if row in values and not _are_known(row, values[row]):
            for element, code in _unknown(row.allowed, values[row], row.attribute):
                yield fired(row.rule.id, element, row.allowed.called, code)
    for element in values.get(_EXEMPTION_CODE, ()):
        # Small letters are as good as capitals, here only.
        if code_of(text_of(element)).upper() not in codes.EXEMPTION_REASONS.codes:
            yield fired(_EXEMPTION.id, element, codes.EXEMPTION_REASONS.called, text_of(element))
    yield from _currencies([*values.get(AMOUNTS, ()), *values.get(PRICES, ())])
    for element in values.get(BINARIES, ()):
        media_type = element.get("mimeCode")
        is_known = media_type is None or media_type in codes.MEDIA_TYPES.codes
        # What an extension of somebody else's holds under another name is not judged here.
        if not is_known and text(str(element.element.tag)) == _ATTACHED:
            yield fired(_MEDIA_TYPE.id, element, ", ".join(sorted(codes.MEDIA_TYPES.codes)), media_type)


def _are_known(row: Listed, elements: Sequence[Value]) -> bool:
    """Whether all are codes as they are written. In all but a few invoices they are, and nobody has to look again."""
    if row.attribute is not None:
        return row.allowed.codes.issuperset([each.get(row.attribute) for each in elements])
    return row.allowed.codes.issuperset([each.text for each in elements])


def _currencies(amounts: Sequence[Value]) -> Iterator[Fired]:
    known = codes.CURRENCIES.codes
    if known.issuperset([each.get("currencyID") for each in amounts]):
        return
    for element in amounts:
        currency = element.get("currencyID")
        if currency not in known and code_of(currency) not in known and text(str(element.element.tag)) in _MONEY:
            yield fired(_CURRENCY.id, element, codes.CURRENCIES.called, currency)
