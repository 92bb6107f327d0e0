"""Whether a UBL document adds up, where it doesn't claim rules that say so more strictly (EN 16931).

UBL leaves open more than EN 16931 does: whether a line's allowances are in its amount, whether a total of allowances
has those of the lines in it, and which of the last two totals is rounded. Any reading that adds up will do. What a
price is for isn't sure either, and OASIS's own examples differ: so the first rule warns, and the others refuse. What is
missing, too long, or in another currency than what it should be compared with is compared with nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NamedTuple

from lxml import etree

from edi_gateway.documents import xpath
from edi_gateway.documents.ubl.amounts import (
    NET,
    TAX_AMOUNT,
    ZERO,
    Children,
    Listed,
    amount,
    children,
    currency_of,
    exact,
    first,
    is_true,
    listed,
    number,
    priced,
    sum_of,
    tax_due,
    total,
)
from edi_gateway.documents.ubl.extract import text_of
from edi_gateway.documents.ubl.layout import UBL, path
from edi_gateway.model.document import Finding, Ruleset

RULESET: Final = Ruleset("gw-sums", "1")

LINE_TOLERANCE: Final = Decimal("0.02")
TOLERANCE: Final = Decimal("0.05")
TAX_TOLERANCE: Final = Decimal("1.00")
"""Tax may be computed line by line, and rounded as often; a difference must be less than this, as in BR-CO-17."""

_LINE_COUNT: Final = path("cbc:LineCountNumeric")[0]
_FREE: Final = path("cbc:FreeOfChargeIndicator")[0]
_PARTS: Final = tuple(path(f"cac:{name}")[0] for name in ("SubLineItem", "SubInvoiceLine", "SubCreditNoteLine"))
_TAX_TOTAL: Final = path("cac:TaxTotal")[0]
_SUBTOTAL: Final = path("cac:TaxSubtotal")[0]
_TAX_ROUNDING: Final = path("cbc:RoundingAmount")[0]
_WITHHELD: Final = path("cac:WithholdingTaxTotal")[0]
_TAX_INCLUDED: Final = path("cbc:TaxIncludedIndicator")[0]
_WITHOUT_TAX, _WITH_TAX, _ALLOWANCES, _CHARGES, _PREPAID, _ROUNDING, _PAYABLE = (
    path(f"cbc:{name}Amount")[0]
    for name in (
        *("TaxExclusive", "TaxInclusive", "AllowanceTotal", "ChargeTotal"),
        *("Prepaid", "PayableRounding", "Payable"),
    )
)

_MESSAGES: Final = {
    "GW-SUM-001": "The line's amount is not quantity times price.",
    "GW-SUM-002": "The lines' total is not the sum of their amounts.",
    "GW-SUM-003": "The total of the allowances is not their sum.",
    "GW-SUM-004": "The total of the charges is not their sum.",
    "GW-SUM-005": "The total without tax is not the lines' with charges and without allowances.",
    "GW-SUM-006": "The tax is not the sum of its subtotals.",
    "GW-SUM-007": "The tax is not the rate of the taxable amount.",
    "GW-SUM-008": "The total with tax is not the total without tax and the tax.",
    "GW-SUM-009": "The payable amount is not the total with tax without what was paid before.",
    "GW-SUM-010": "The total is not the sum of the lines.",
    "GW-SUM-011": "There are not as many lines as the document says.",
}
_WARNINGS: Final = ("GW-SUM-001",)
_COUNTS: Final = ("GW-SUM-011",)

Broken = tuple[str, Decimal, etree._Element]
"""A rule, what would be right, and where."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of document counts. A line's numbers stand in `inner`, where it has one; `columns` are totals and what
    they are the sums of. The lines of a `whole` document are all that its total is about."""

    line: str
    inner: str | None = None
    quantity: str = ""
    monetary: str | None = None
    whole: bool = False
    columns: tuple[tuple[str, str], ...] = ()


def _kind(line: str, quantity: str, monetary: str, inner: str | None = None, *, whole: bool) -> Kind:
    within = path(f"cac:{inner}")[0] if inner else None
    return Kind(path(f"cac:{line}")[0], within, path(f"cbc:{quantity}")[0], path(f"cac:{monetary}")[0], whole)


_COLUMNS: Final = (
    (path("cbc:TotalDebitAmount")[0], path("cbc:DebitLineAmount")[0]),
    (path("cbc:TotalCreditAmount")[0], path("cbc:CreditLineAmount")[0]),
)
_KINDS: Final = {
    "Order": _kind("OrderLine", "Quantity", "AnticipatedMonetaryTotal", "LineItem", whole=True),
    # A change or an answer may list the lines that it is about, and the totals of them all.
    "OrderChange": _kind("OrderLine", "Quantity", "AnticipatedMonetaryTotal", "LineItem", whole=False),
    "OrderResponse": _kind("OrderLine", "Quantity", "LegalMonetaryTotal", "LineItem", whole=False),
    "DespatchAdvice": Kind(path("cac:DespatchLine")[0]),
    "ReceiptAdvice": Kind(path("cac:ReceiptLine")[0]),
    "Invoice": _kind("InvoiceLine", "InvoicedQuantity", "LegalMonetaryTotal", whole=True),
    "CreditNote": _kind("CreditNoteLine", "CreditedQuantity", "LegalMonetaryTotal", whole=True),
    "RemittanceAdvice": Kind(path("cac:RemittanceAdviceLine")[0], columns=_COLUMNS),
}
KINDS: Final = MappingProxyType({f"{{{UBL}{name}-2}}{name}": kind for name, kind in _KINDS.items()})
"""By the root element's Clark name; what has no lines isn't there."""


class Line(NamedTuple):
    """A line's own numbers, and its allowances and charges."""

    said: Children
    listed: Sequence[Listed]


def check(root: etree._Element) -> tuple[Finding, ...]:
    """Judge a schema-valid document."""
    kind = KINDS.get(str(root.tag))
    if kind is None:
        return ()
    with exact():
        broken = list(_broken(children(root), kind))
    places = xpath.Children(root)
    return tuple(_finding(*each, places) for each in broken)


def _broken(document: Children, kind: Kind) -> Iterator[Broken]:
    found = document.get(kind.line, ())
    lines = list(_lines(found, kind))
    yield from _count(document, len(found))
    for total_name, part in kind.columns:
        parts = [line.said[part][0] for line in lines if part in line.said]
        yield from _sum("GW-SUM-010", first(document, total_name), parts)
    if kind.monetary is None:
        return
    for line in lines:
        yield from _line(line, kind.quantity)
    for each in document.get(_TAX_TOTAL, ()):
        yield from _tax(children(each))
    said = children(document[kind.monetary][0]) if kind.monetary in document else {}
    if kind.whole:
        yield from _sum("GW-SUM-002", first(said, NET), [first(line.said, NET) for line in lines])
    own = listed(document)
    yield from _listed_totals(own, lines, said)
    yield from _without_tax(own, said)
    yield from _with_tax(document.get(_TAX_TOTAL, ()), said)
    if _WITHHELD not in document:
        yield from _payable(said)


def _lines(found: Sequence[etree._Element], kind: Kind) -> Iterator[Line]:
    for element in found:
        holder = element if kind.inner is None else element.find(kind.inner)
        if holder is not None:
            said = children(holder)
            yield Line(said, listed(said))


def _count(document: Children, lines: int) -> Iterator[Broken]:
    element = first(document, _LINE_COUNT)
    said = number(element)
    if element is not None and said is not None and said != lines:
        yield "GW-SUM-011", Decimal(lines), element


def _line(line: Line, quantity: str) -> Iterator[Broken]:
    element = first(line.said, NET)
    currency = "" if element is None else currency_of(element)
    said, product = number(element), priced(line.said, quantity, currency)
    if element is None or said is None or product is None or _comes_to(said, product):
        return
    charges, allowances = (sum_of(line.listed, currency, charges=each) for each in (True, False))
    if charges is None or allowances is None or _comes_to(said - charges + allowances, product):
        return
    if not is_true(first(line.said, _FREE)) and not any(part in line.said for part in _PARTS):
        due = product[0] / product[1] + charges - allowances
        yield "GW-SUM-001", due, element


def _comes_to(said: Decimal, product: tuple[Decimal, Decimal]) -> bool:
    """Multiplied, not divided: a third of an amount has no end."""
    times, per = product
    return abs(said * per - times) <= LINE_TOLERANCE * abs(per)


def _tax(tax: Children) -> Iterator[Broken]:
    element, subtotals = first(tax, TAX_AMOUNT), [children(each) for each in tax.get(_SUBTOTAL, ())]
    if element is None or not subtotals:
        return
    currency = currency_of(element)
    parts = [first(each, TAX_AMOUNT) for each in subtotals]
    rounding = amount(first(tax, _TAX_ROUNDING), currency) or ZERO
    yield from _sum("GW-SUM-006", element, parts, rounding)
    for subtotal, part in zip(subtotals, parts, strict=True):
        said, due = amount(part, currency), tax_due(subtotal, currency)
        if part is not None and said is not None and due is not None and abs(said - due) >= TAX_TOLERANCE:
            yield "GW-SUM-007", due, part


def _listed_totals(own: Sequence[Listed], lines: Sequence[Line], said: Children) -> Iterator[Broken]:
    for rule, name, charges in (("GW-SUM-003", _ALLOWANCES, False), ("GW-SUM-004", _CHARGES, True)):
        if (element := first(said, name)) is None:
            continue
        currency = currency_of(element)
        of_document = sum_of(own, currency, charges=charges)
        of_lines = sum_of([each for line in lines for each in line.listed], currency, charges=charges)
        if of_document is not None and of_lines is not None:
            yield from _compared(rule, element, of_document, of_document + of_lines)


def _without_tax(own: Sequence[Listed], said: Children) -> Iterator[Broken]:
    element, net = first(said, _WITHOUT_TAX), first(said, NET)
    if element is None or net is None:
        return
    currency = currency_of(element)
    lines = amount(net, currency)
    said_more, said_less = (_value(said, name, currency) for name in (_CHARGES, _ALLOWANCES))
    own_more, own_less = (sum_of(own, currency, charges=each) for each in (True, False))
    if lines is None or said_more is None or said_less is None or own_more is None or own_less is None:
        return
    yield from _compared("GW-SUM-005", element, lines + said_more - said_less, lines + own_more - own_less)


def _with_tax(taxes: Sequence[etree._Element], said: Children) -> Iterator[Broken]:
    element, net = first(said, _WITH_TAX), first(said, _WITHOUT_TAX)
    if element is None or net is None:
        return
    totals = [children(each) for each in taxes]
    if any(is_true(first(each, _TAX_INCLUDED)) for each in totals):
        return
    currency = currency_of(element)
    # The same tax may be given once more, in the currency of the tax authority.
    amounts = (first(each, TAX_AMOUNT) for each in totals)
    own = [tax for tax in amounts if tax is not None and currency_of(tax) == currency]
    whole, rounding = total([net, *own], currency), _value(said, _ROUNDING, currency)
    if whole is not None and rounding is not None and own:
        yield from _compared("GW-SUM-008", element, whole, whole + rounding)


def _payable(said: Children) -> Iterator[Broken]:
    element = first(said, _PAYABLE)
    if element is None or _WITH_TAX not in said:
        return
    currency = currency_of(element)
    gross, prepaid, rounding = (_value(said, name, currency) for name in (_WITH_TAX, _PREPAID, _ROUNDING))
    if gross is not None and prepaid is not None and rounding is not None:
        yield from _compared("GW-SUM-009", element, gross - prepaid + rounding, gross - prepaid)


def _value(said: Children, name: str, currency: str) -> Decimal | None:
    """What is said under a name; nothing where it isn't said, and None where it is, but can't be compared."""
    return amount(said[name][0], currency) if name in said else ZERO


def _sum(
    rule: str,
    element: etree._Element | None,
    parts: Sequence[etree._Element | None],
    rounding: Decimal = ZERO,
) -> Iterator[Broken]:
    whole = None if element is None else total(parts, currency_of(element))
    if element is not None and whole is not None:
        yield from _compared(rule, element, whole, whole + rounding)


def _compared(rule: str, element: etree._Element, *readings: Decimal) -> Iterator[Broken]:
    said = number(element)
    if said is not None and all(abs(said - each) > TOLERANCE for each in readings):
        yield rule, readings[0], element


def _finding(rule: str, expected: Decimal, place: etree._Element, places: xpath.Children) -> Finding:
    return Finding(
        rule=rule,
        severity="warning" if rule in _WARNINGS else "error",
        stage="rules",
        message=_MESSAGES[rule],
        expected=xpath.clip(f"{expected:f}" if rule in _COUNTS else f"{expected:.2f}"),
        actual=xpath.clip(text_of(place)),
        locations=(places.locate(place),),
    )
