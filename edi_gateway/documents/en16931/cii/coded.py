"""Codes (BR-CL-…) where CII has them: the rule of the official binding counts for an element, not all that might."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from lxml import etree

from edi_gateway.documents.cii_names import clark
from edi_gateway.documents.en16931 import codes
from edi_gateway.documents.en16931.cii.codes import COUNTRIES, KINDS, NOTE_SUBJECTS, TAX_POINT_DATES
from edi_gateway.documents.en16931.cii.contexts import indicates
from edi_gateway.documents.en16931.codes import CodeList
from edi_gateway.documents.en16931.rule import Fired, fired
from edi_gateway.documents.en16931.tree import Invoice
from edi_gateway.documents.en16931.values import code_of, text_of

_PRODUCT: Final = clark("ram:SpecifiedTradeProduct")
_SHIP_TO: Final = clark("ram:ShipToTradeParty")
_REGISTRATION: Final = clark("ram:SpecifiedTaxRegistration")
_ORIGIN: Final = clark("ram:OriginTradeCountry")
_DELIVERY: Final = clark("ram:ApplicableHeaderTradeDelivery")
Belongs = Callable[[etree._Element], bool]


class _Coded(NamedTuple):
    number: str
    name: str
    allowed: CodeList
    attribute: str | None = None
    belongs: Belongs | None = None


def _in(*names: str) -> Belongs:
    """Whether the element is the child of one of that name."""
    tags = frozenset(map(clark, names))
    return lambda element: (parent := element.getparent()) is not None and parent.tag in tags


def _within(element: etree._Element, *tags: str) -> bool:
    return next(element.iterancestors(*tags), None) is not None


def _of_party(element: etree._Element) -> bool:
    return not _within(element, _PRODUCT, _SHIP_TO)


def _of_delivery(element: etree._Element) -> bool:
    parent = element.getparent()
    above = None if parent is None else parent.getparent()
    return parent is not None and parent.tag == _SHIP_TO and above is not None and above.tag == _DELIVERY


def _unregistered(element: etree._Element) -> bool:
    return not _within(element, _REGISTRATION)


def _of_origin(element: etree._Element) -> bool:
    """An ID that has a scheme is judged by that, in the official rules."""
    parent = element.getparent()
    return parent is not None and parent.tag == _ORIGIN and element.get("schemeID") is None


def _of_change(is_charge: bool) -> Belongs:
    belongs = _in("ram:SpecifiedTradeAllowanceCharge")
    # What claims to be both is judged as an allowance.
    return lambda element: (
        belongs(element)
        and (indicates(element.getparent(), is_charge) and not (is_charge and indicates(element.getparent(), False)))
    )


_CHANGE: Final = "ram:ReasonCode"
_ROWS: Final = (
    _Coded("01", "ram:TypeCode", KINDS, belongs=_in("rsm:ExchangedDocument")),
    _Coded("03", "ram:TaxTotalAmount", codes.CURRENCIES, "currencyID"),
    _Coded("04", "ram:InvoiceCurrencyCode", codes.CURRENCIES),
    _Coded("05", "ram:TaxCurrencyCode", codes.CURRENCIES),
    _Coded("06", "ram:DueDateTypeCode", TAX_POINT_DATES),
    _Coded("07", "ram:ReferenceTypeCode", codes.OBJECT_SCHEMES),
    _Coded("08", "ram:SubjectCode", NOTE_SUBJECTS),
    _Coded("10", "ram:GlobalID", codes.IDENTIFIER_SCHEMES, "schemeID", _of_party),
    _Coded("11", "ram:ID", codes.IDENTIFIER_SCHEMES, "schemeID", _unregistered),
    _Coded("13", "ram:ClassCode", codes.ITEM_CLASSIFICATIONS, "listID"),
    _Coded("14", "ram:CountryID", COUNTRIES),
    _Coded("15", "ram:ID", COUNTRIES, belongs=_of_origin),
    _Coded("16", "ram:TypeCode", codes.PAYMENT_MEANS, belongs=_in("ram:SpecifiedTradeSettlementPaymentMeans")),
    _Coded("17", "ram:CategoryCode", codes.VAT_CATEGORIES, belongs=_in("ram:CategoryTradeTax")),
    _Coded("18", "ram:CategoryCode", codes.VAT_CATEGORIES, belongs=_in("ram:ApplicableTradeTax")),
    _Coded("19", _CHANGE, codes.ALLOWANCE_REASONS, belongs=_of_change(is_charge=False)),
    _Coded("20", _CHANGE, codes.CHARGE_REASONS, belongs=_of_change(is_charge=True)),
    _Coded("21", "ram:GlobalID", codes.IDENTIFIER_SCHEMES, "schemeID", _in("ram:SpecifiedTradeProduct")),
    _Coded("22", "ram:ExemptionReasonCode", codes.EXEMPTION_REASONS),
    _Coded("23", "ram:BasisQuantity", codes.UNITS, "unitCode"),
    _Coded("23", "ram:BilledQuantity", codes.UNITS, "unitCode"),
    _Coded("25", "ram:URIID", codes.ENDPOINT_SCHEMES, "schemeID", _in("ram:URIUniversalCommunication")),
    _Coded("26", "ram:GlobalID", codes.IDENTIFIER_SCHEMES, "schemeID", _of_delivery),
)
_MEDIA_TYPE: Final = "BR-CL-24"
_EXEMPTION: Final = "22"
"""Small letters are as good as capitals, here only."""


def sweep(invoice: Invoice) -> Iterator[Fired]:
    """All codes, wherever they stand."""
    for number, name, allowed, attribute, belongs in _ROWS:
        for element in invoice.values.get(clark(name), ()):
            code = text_of(element) if attribute is None else element.get(attribute)
            if code is None or code in allowed.codes or _spelt(number, code) in allowed.codes:
                continue
            if belongs is None or belongs(element.element):
                yield fired(f"BR-CL-{number}", element, allowed.called, code)
    for element in invoice.values.get(clark("ram:AttachmentBinaryObject"), ()):
        media_type = element.get("mimeCode")
        if media_type is not None and media_type not in codes.MEDIA_TYPES.codes:
            yield fired(_MEDIA_TYPE, element, ", ".join(sorted(codes.MEDIA_TYPES.codes)), media_type)


def _spelt(number: str, code: str) -> str:
    return code_of(code).upper() if number == _EXEMPTION else code_of(code)
