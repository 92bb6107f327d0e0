"""VAT rules that only one category has: intra-community supply (K), not subject to VAT (O), split payment (B)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from edi_gateway.documents.en16931.checks import values_at
from edi_gateway.documents.en16931.rule import Fired, Rule, fired
from edi_gateway.documents.en16931.tree import Group, Invoice
from edi_gateway.documents.en16931.values import Value, text_of
from edi_gateway.documents.en16931.vat_uses import Use, stands_at

_COUNTRY: Final = ("cac:Delivery", "cac:DeliveryLocation", "cac:Address", "cac:Country", "cbc:IdentificationCode")


def _rule(id: str, terms: str, message: str) -> Rule:
    return Rule(id, "fatal", tuple(terms.split()), message)


_ALONE: Final = "Beside a VAT breakdown of category O (not subject to VAT) there may be no other"
_OTHERS: Final = (
    ("BR-O-11", "BT-118", f"{_ALONE} breakdown.", ("breakdown",)),
    ("BR-O-12", "BT-151", f"{_ALONE} category on a line.", ("line", "item")),
    ("BR-O-13", "BT-95", f"{_ALONE} category on an allowance.", ("allowance",)),
    ("BR-O-14", "BT-102", f"{_ALONE} category on a charge.", ("charge",)),
)
SWEPT: Final = (
    _rule("BR-IC-11", "BT-72 BG-14", "An intra-community supply needs the day of delivery, or an invoicing period."),
    _rule("BR-IC-12", "BT-80", "An intra-community supply needs the country of delivery."),
    *(_rule(id, terms, message) for id, terms, message, _ in _OTHERS),
    _rule(
        "BR-B-01", "BT-151 BT-95 BT-102", "Split payment (B) is for invoices within Italy: every country must be IT."
    ),
    _rule("BR-B-02", "BT-151 BT-95 BT-102", "Split payment (B) and the standard rate (S) exclude each other."),
)


def sweep(invoice: Invoice, by_code: Mapping[str, Sequence[Use]]) -> Iterator[Fired]:
    """Of a whole invoice or credit note."""
    yield from _intra_community(invoice, _breakdowns(by_code, "K"))
    if _breakdowns(by_code, "O"):
        yield from _alone(by_code)
    if "B" in by_code:
        yield from _split_payment(invoice)


def _breakdowns(by_code: Mapping[str, Sequence[Use]], code: str) -> Sequence[Use]:
    return [use for use in by_code.get(code, ()) if use.place == "breakdown" and use.is_vat]


def _intra_community(invoice: Invoice, found: Sequence[Use]) -> Iterator[Fired]:
    if not found:
        return
    root, element = invoice.root, found[0].group.element
    days = values_at(root, ("cac:Delivery", "cbc:ActualDeliveryDate"))
    periods = root.get("cac:InvoicePeriod", ())
    if not _say_something(days) and not any(periods):
        yield fired("BR-IC-11", element)
    if not _say_something(values_at(root, _COUNTRY)):
        yield fired("BR-IC-12", element)


def _say_something(values: Sequence[Value]) -> bool:
    return any(len(text_of(each)) > 1 for each in values)


def _alone(by_code: Mapping[str, Sequence[Use]]) -> Iterator[Fired]:
    others = [use for code, found in by_code.items() if code != "O" for use in found if use.is_vat]
    for id, _, _, places in _OTHERS:
        for use in others:
            if any(stands_at(use, place) for place in places):
                yield fired(id, use.group.element, "O", use.code)


def _split_payment(invoice: Invoice) -> Iterator[Fired]:
    """Here the official rules look at codes as they are written, of any tax scheme."""
    root = invoice.root
    classified = [*invoice.everywhere("cac:ClassifiedTaxCategory")]
    split = _of("B", [*classified, *invoice.everywhere("cac:TaxCategory")])
    if not split:
        return
    foreign = [each for each in invoice.values.get("cbc:IdentificationCode", ()) if text_of(each) != "IT"]
    if foreign:
        yield fired("BR-B-01", foreign[0], "IT", text_of(foreign[0]))
    in_document = root.below("cac:TaxTotal", "cac:TaxSubtotal", "cac:TaxCategory")
    judged = [*classified, *in_document, *root.below("cac:AllowanceCharge", "cac:TaxCategory")]
    if _of("B", judged) and (standard := _of("S", judged)):
        yield fired("BR-B-02", standard[0].element, "B", "S")


def _of(code: str, categories: Sequence[Group]) -> Sequence[Group]:
    return [each for each in categories if code in each.texts("cbc:ID")]
