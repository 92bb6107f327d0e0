"""Whether a UBL document adds up, where it doesn't claim rules that say so more strictly (EN 16931).

UBL leaves open more than EN 16931 does: whether a line's allowances are in its amount, whether a total of allowances
has those of the lines in it, and which of the last two totals is rounded. Any reading that adds up will do. What a
price is for isn't sure either, and OASIS's own examples differ: so the first rule warns, and the others refuse. What is
missing, too long, or in another currency than what it should be compared with is compared with nothing.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from lxml import etree

from edi_gateway.documents import xpath
from edi_gateway.documents.ubl.amounts import (
    ALLOWANCE_CHARGE,
    NET,
    TAX_AMOUNT,
    ZERO,
    Children,
    Listed,
    amount,
    children,
    currency_of,
    exact,
    is_true,
    listed,
    number,
    priced,
    sum_of,
    tax_due,
    total,
)
from edi_gateway.documents.ubl.extract import text_of
from edi_gateway.documents.ubl.kinds import KINDS, Kind
from edi_gateway.documents.ubl.layout import path
from edi_gateway.documents.ubl.plain_sums import adds_up
from edi_gateway.model.document import Finding, Ruleset
from edi_gateway.model.profile import STRICT, Tolerances

RULESET: Final = Ruleset("gw-sums", "1")

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


class Line(NamedTuple):
    """A line's own numbers, and its allowances and charges. `amount` is what its element `net` says, in `currency`."""

    said: Children
    listed: Sequence[Listed]
    net: etree._Element | None
    amount: Decimal | None
    currency: str


def check(root: etree._Element, within: Tolerances = STRICT, *, valid: bool = False) -> tuple[Finding, ...]:
    """Judge a document; `valid` says that it was judged by its schema before."""
    kind = KINDS.get(str(root.tag))
    if kind is None or (valid and adds_up(root, kind, within)):
        return ()
    with exact():
        broken = list(_broken(root, kind, within))
    places = xpath.Children(root)
    return tuple(finding(*each, places) for each in broken)


def _broken(root: etree._Element, kind: Kind, within: Tolerances) -> Iterator[Broken]:
    document, found = children(root), list(root.iterchildren(kind.line))
    yield from _count(document.get(_LINE_COUNT), len(found))
    holders = found if kind.inner is None else [each.find(kind.inner) for each in found]
    lines = [_read(each) for each in holders if each is not None]
    for total_name, part in kind.columns:
        parts = [line.said[part] for line in lines if part in line.said]
        yield from _sum("GW-SUM-010", document.get(total_name), parts, within)
    if kind.monetary is None:
        return
    for line in lines:
        product = priced(line.said, kind.quantity, line.currency)
        if line.amount is not None and product is not None and not _comes_to(line.amount, product, within):
            yield from _line(line, line.amount, product, within)
    taxes = list(root.iterchildren(_TAX_TOTAL))
    for tax in taxes:
        yield from _tax(tax, within)
    said = children(document[kind.monetary]) if kind.monetary in document else {}
    if kind.whole:
        yield from _lines(lines, said.get(NET), within)
    own = listed(root)
    yield from _listed_totals(own, lines, said, within)
    yield from _without_tax(own, said, within)
    yield from _with_tax(list(map(children, taxes)), said, within)
    if _WITHHELD not in document:
        yield from _payable(said, within)


def _read(line: etree._Element) -> Line:
    said = children(line)
    net = said.get(NET)
    found = listed(line) if ALLOWANCE_CHARGE in said else ()
    return Line(said, found, net, number(net), "" if net is None else currency_of(net))


def _count(element: etree._Element | None, lines: int) -> Iterator[Broken]:
    said = number(element)
    if element is not None and said is not None and said != lines:
        yield "GW-SUM-011", Decimal(lines), element


def _line(line: Line, said: Decimal, product: tuple[Decimal, Decimal], within: Tolerances) -> Iterator[Broken]:
    """Not the price alone: then with the charges and allowances, unless the line is one of which that isn't asked."""
    charges, allowances = (sum_of(line.listed, line.currency, charges=each) for each in (True, False))
    if charges is None or allowances is None or _comes_to(said - charges + allowances, product, within):
        return
    asked = not is_true(line.said.get(_FREE)) and not any(part in line.said for part in _PARTS)
    if asked and line.net is not None:
        yield "GW-SUM-001", product[0] / product[1] + charges - allowances, line.net


def _comes_to(said: Decimal, product: tuple[Decimal, Decimal], within: Tolerances) -> bool:
    """Multiplied, not divided: a third of an amount has no end."""
    times, per = product
    return abs(said * per - times) <= within.line * abs(per)


def _tax(tax: etree._Element, within: Tolerances) -> Iterator[Broken]:
    said, subtotals = children(tax), list(map(children, tax.iterchildren(_SUBTOTAL)))
    element = said.get(TAX_AMOUNT)
    if element is None or not subtotals:
        return
    currency = currency_of(element)
    parts = [each.get(TAX_AMOUNT) for each in subtotals]
    yield from _sum("GW-SUM-006", element, parts, within, amount(said.get(_TAX_ROUNDING), currency) or ZERO)
    for subtotal, part in zip(subtotals, parts, strict=True):
        given, due = amount(part, currency), tax_due(subtotal, currency)
        if part is not None and given is not None and due is not None and abs(given - due) >= within.tax:
            yield "GW-SUM-007", due, part


def _lines(lines: Sequence[Line], element: etree._Element | None, within: Tolerances) -> Iterator[Broken]:
    if element is None:
        return
    currency = currency_of(element)
    whole = total([line.amount if line.currency == currency else None for line in lines])
    if whole is not None:
        yield from compared("GW-SUM-002", element, within, whole)


def _listed_totals(
    own: Sequence[Listed], lines: Sequence[Line], said: Children, within: Tolerances
) -> Iterator[Broken]:
    for rule, name, charges in (("GW-SUM-003", _ALLOWANCES, False), ("GW-SUM-004", _CHARGES, True)):
        if name not in said:
            continue
        currency = currency_of(said[name])
        of_document = sum_of(own, currency, charges=charges)
        of_lines = sum_of([each for line in lines for each in line.listed], currency, charges=charges)
        if of_document is not None and of_lines is not None:
            yield from compared(rule, said[name], within, of_document, of_document + of_lines)


def _without_tax(own: Sequence[Listed], said: Children, within: Tolerances) -> Iterator[Broken]:
    element, net = said.get(_WITHOUT_TAX), said.get(NET)
    if element is None or net is None:
        return
    currency = currency_of(element)
    lines = amount(net, currency)
    said_more, said_less = (_value(said, name, currency) for name in (_CHARGES, _ALLOWANCES))
    own_more, own_less = (sum_of(own, currency, charges=each) for each in (True, False))
    if lines is None or said_more is None or said_less is None or own_more is None or own_less is None:
        return
    yield from compared("GW-SUM-005", element, within, lines + said_more - said_less, lines + own_more - own_less)


def _with_tax(taxes: Sequence[Children], said: Children, within: Tolerances) -> Iterator[Broken]:
    element, net = said.get(_WITH_TAX), said.get(_WITHOUT_TAX)
    if element is None or net is None or any(is_true(each.get(_TAX_INCLUDED)) for each in taxes):
        return
    currency = currency_of(element)
    # The same tax may be given once more, in the currency of the tax authority.
    amounts = (each.get(TAX_AMOUNT) for each in taxes)
    own = [number(tax) for tax in amounts if tax is not None and currency_of(tax) == currency]
    whole, rounding = total([amount(net, currency), *own]), _value(said, _ROUNDING, currency)
    if whole is not None and rounding is not None and own:
        yield from compared("GW-SUM-008", element, within, whole, whole + rounding)


def _payable(said: Children, within: Tolerances) -> Iterator[Broken]:
    element = said.get(_PAYABLE)
    if element is None or _WITH_TAX not in said:
        return
    currency = currency_of(element)
    gross, prepaid, rounding = (_value(said, name, currency) for name in (_WITH_TAX, _PREPAID, _ROUNDING))
    if gross is not None and prepaid is not None and rounding is not None:
        yield from compared("GW-SUM-009", element, within, gross - prepaid + rounding, gross - prepaid)


def _value(said: Children, name: str, currency: str) -> Decimal | None:
    """What is said under a name; nothing where it isn't said, and None where it is, but can't be compared."""
    return amount(said[name], currency) if name in said else ZERO


def _sum(
    rule: str,
    element: etree._Element | None,
    parts: Sequence[etree._Element | None],
    within: Tolerances,
    rounding: Decimal = ZERO,
) -> Iterator[Broken]:
    if element is None:
        return
    currency = currency_of(element)
    whole = total([amount(part, currency) for part in parts])
    if whole is not None:
        yield from compared(rule, element, within, whole, whole + rounding)


def compared(rule: str, element: etree._Element, within: Tolerances, *readings: Decimal) -> Iterator[Broken]:
    """The rule is broken where the element's number comes to none of the readings."""
    said = number(element)
    if said is not None and all(abs(said - each) > within.total for each in readings):
        yield rule, readings[0], element


def finding(rule: str, expected: Decimal, place: etree._Element, places: xpath.Children) -> Finding:
    """What there is to say of a broken rule."""
    return Finding(
        rule=rule,
        severity="warning" if rule in _WARNINGS else "error",
        stage="rules",
        message=_MESSAGES[rule],
        expected=xpath.clip(f"{expected:f}" if rule in _COUNTS else f"{expected:.2f}"),
        actual=xpath.clip(text_of(place)),
        locations=(places.locate(place),),
    )
