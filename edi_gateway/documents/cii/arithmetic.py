"""Whether a cross-industry message adds up: the rules GW-SUM-001 to 009, as of UBL. Orders are judged by them as well.

Which lines are in the lines' total, whether charges for logistics are in that of the charges, and what else counts in
the end, isn't said in the same way everywhere: any reading that adds up will do. What is missing, too long, in another
currency than the document's, or there twice, is compared with nothing. What Factur-X reckons with in its profile
EXTENDED is a reading of each rule (BR-FXEXT-CO-10 to 16).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import Final, NamedTuple

from lxml import etree

from edi_gateway.documents import xpath
from edi_gateway.documents.cii.amounts import Changes, Message, Said, changes, every, first, sum_below
from edi_gateway.documents.ubl.amounts import ZERO, exact, number, total
from edi_gateway.documents.ubl.arithmetic import Broken, compared, finding
from edi_gateway.documents.ubl.extract import text_of
from edi_gateway.model.document import Finding
from edi_gateway.model.profile import STRICT, Tolerances

_LINES: Final = "SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem"
_SETTLEMENT: Final = "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement"
_SUMMATION: Final = "SpecifiedTradeSettlementHeaderMonetarySummation"
_LINE_SETTLEMENT: Final = "SpecifiedLineTradeSettlement"
_LINE_SUMMATION: Final = f"{_LINE_SETTLEMENT}/SpecifiedTradeSettlementLineMonetarySummation"
_LINE_DOCUMENT: Final = "AssociatedDocumentLineDocument"
_DELIVERY: Final = "SpecifiedLineTradeDelivery"
_AGREEMENT: Final = "SpecifiedLineTradeAgreement"
_PRICE: Final = f"{_AGREEMENT}/NetPriceProductTradePrice"
# What a line is to the total (BT-X-8 of Factur-X).
_ORDINARY: Final = ("", "DETAIL")
_UNCOUNTED: Final = ("GROUP", "INFORMATION")
# A price for another unit or with tax in it, a quantity that is free in part, and a line that has others inside.
_UNPRICED: Final = (
    f"{_PRICE}/OrderUnitConversionFactorNumeric",
    f"{_PRICE}/IncludedTradeTax",
    f"{_DELIVERY}/ChargeFreeQuantity",
    "IncludedSubordinateTradeLineItem",
)
_HUNDRED: Final = Decimal(100)
_HUNDREDTH: Final = Decimal("0.01")


class Line(NamedTuple):
    """A line's amount, and what the line is in the lines' total."""

    amount: Decimal | None
    reason: str
    has_parent: bool


def check(root: etree._Element, message: Message, within: Tolerances = STRICT) -> tuple[Finding, ...]:
    """Judge a document that keeps its schema."""
    with exact():
        broken = list(_broken(root, message, within))
    places = xpath.Children(root)
    return tuple(finding(*each, places) for each in broken)


def extended(within: Tolerances, root: etree._Element) -> Tolerances:
    """As far as an extension lets sums be off: a hundredth for each amount that is added up (BR-FXEXT-CO-10 to 15)."""
    names = ("SpecifiedTradeAllowanceCharge", "SpecifiedLogisticsServiceCharge")
    added = (_LINES, *(f"{_SETTLEMENT}/{name}" for name in names))
    off = _HUNDREDTH * sum(len(every(root, each)) for each in added)
    # The tax may be off by as much (BR-FXEXT-S-09b), and not by less than it only, and from what is rounded.
    return replace(within, total=max(within.total, off), tax=max(within.tax, off + _HUNDREDTH))


def _broken(root: etree._Element, message: Message, within: Tolerances) -> Iterator[Broken]:
    lines, settlement = every(root, _LINES), first(root, _SETTLEMENT)
    summation = None if settlement is None else first(settlement, _SUMMATION)
    if settlement is None or summation is None:
        return
    said, own = Said(summation, message.currency), changes(settlement, message.currency)
    of_lines = [changes(first(each, _LINE_SETTLEMENT), message.currency) for each in lines]
    for line, listed in zip(lines, of_lines, strict=True):
        yield from _line(line, listed, message, within)
    nets = _nets([_read(each, message) for each in lines]) if message.whole else ()
    if nets:
        yield from _compared(said, "GW-SUM-002", "LineTotalAmount", within, nets)
    yield from _listed_totals(own, of_lines, said, within)
    yield from _without_tax(own, nets, said, within)
    yield from _taxes([Said(each, message.currency) for each in every(settlement, "ApplicableTradeTax")], said, within)
    yield from _with_tax(said, within)
    yield from _payable(settlement, said, within)


def _compared(said: Said, rule: str, name: str, within: Tolerances, readings: Sequence[Decimal]) -> Iterator[Broken]:
    element = said.one(name)
    if element is not None:
        yield from compared(rule, element, within, *readings)


def _line(line: etree._Element, listed: Changes, message: Message, within: Tolerances) -> Iterator[Broken]:
    """The price of one of the quantities; with the line's charges and allowances or without."""
    net, price = _net(line, message), first(line, _PRICE)
    said, more, less, moved = number(net), *listed
    if net is None or said is None or price is None or more is None or less is None or moved is None:
        return
    if _reason(line) not in _ORDINARY or any(first(line, each) is not None for each in _UNPRICED):
        return
    each, per = Said(price, message.currency).value("ChargeAmount"), _base(line, price)
    base, quantities = Decimal(1) if per is None else number(per), _quantities(line, per, message)
    if each is None or not base or not quantities:
        return
    ways = (more - less, more + moved - less, ZERO)
    priced = [quantity * each for quantity in quantities]
    if not any(abs((said - way) * base - one) <= within.line * abs(base) for one, way in product(priced, ways)):
        yield "GW-SUM-001", priced[0] / base + more - less, net


def _net(line: etree._Element, message: Message) -> etree._Element | None:
    holder = first(line, _LINE_SUMMATION)
    return None if holder is None else Said(holder, message.currency).one("LineTotalAmount")


def _reason(line: etree._Element) -> str:
    found = first(line, f"{_LINE_DOCUMENT}/LineStatusReasonCode")
    return "" if found is None else text_of(found)


def _base(line: etree._Element, price: etree._Element) -> etree._Element | None:
    """For how many the price is (BT-149): said of the net price, or of the gross one alone."""
    own = first(price, "BasisQuantity")
    return first(line, f"{_AGREEMENT}/GrossPriceProductTradePrice/BasisQuantity") if own is None else own


def _quantities(line: etree._Element, per: etree._Element | None, message: Message) -> Sequence[Decimal]:
    """Those in the price's unit; none where one can't be read."""
    found = [each for name in message.quantities for each in every(line, f"{_DELIVERY}/{name}")]
    numbers = [number(each) for each in found if per is None or _same_unit(each, per)]
    return [each for each in numbers if each is not None] if None not in numbers else ()


def _same_unit(one: etree._Element, other: etree._Element) -> bool:
    units = {one.get("unitCode"), other.get("unitCode")} - {None}
    return len(units) < 2


def _read(line: etree._Element, message: Message) -> Line:
    has_parent = first(line, f"{_LINE_DOCUMENT}/ParentLineID") is not None
    return Line(number(_net(line, message)), _reason(line), has_parent)


def _nets(lines: Sequence[Line]) -> Sequence[Decimal]:
    """What all lines come to: the ordinary ones, all but groups and information, or those that are part of no other.
    None of it where the first can't be told."""
    ways = (
        [line.amount for line in lines if line.reason in _ORDINARY],
        [line.amount for line in lines if line.reason not in _UNCOUNTED],
        [line.amount for line in lines if not line.has_parent],
    )
    sums = [total(each) for each in ways]
    return [each for each in sums if each is not None] if lines and sums[0] is not None else ()


def _listed_totals(own: Changes, lines: Sequence[Changes], said: Said, within: Tolerances) -> Iterator[Broken]:
    for rule, name, of_document, of_lines, moved in (
        ("GW-SUM-003", "AllowanceTotalAmount", own.allowances, total([each.allowances for each in lines]), ZERO),
        ("GW-SUM-004", "ChargeTotalAmount", own.charges, total([each.charges for each in lines]), own.logistics),
    ):
        if of_document is not None and of_lines is not None and moved is not None:
            both = (of_document + moved, of_document)
            yield from _compared(said, rule, name, within, (*both, *(one + of_lines for one in both)))


def _without_tax(own: Changes, nets: Sequence[Decimal], said: Said, within: Tolerances) -> Iterator[Broken]:
    """From the totals as they are said, or from what they should be."""
    net = said.value("LineTotalAmount")
    more, less = said.value_or_nothing("ChargeTotalAmount"), said.value_or_nothing("AllowanceTotalAmount")
    if net is None or more is None or less is None:
        return
    readings = [net + more - less]
    if own.charges is not None and own.allowances is not None and own.logistics is not None:
        readings += [each + own.charges + own.logistics - own.allowances for each in (net, *nets)]
    yield from _compared(said, "GW-SUM-005", "TaxBasisTotalAmount", within, readings)


def _taxes(breakdown: Sequence[Said], said: Said, within: Tolerances) -> Iterator[Broken]:
    for each in breakdown:
        element, basis = each.one("CalculatedAmount"), each.value("BasisAmount")
        tax, rate = number(element), number(first(each.holder, "RateApplicablePercent"))
        if element is None or tax is None or basis is None or rate is None:
            continue
        due = basis * rate / _HUNDRED
        if abs(tax - due) >= within.tax and not each.has("UnitBasisAmount", "BasisQuantity"):
            yield "GW-SUM-007", due, element
    parts = total([each.value("CalculatedAmount") for each in breakdown])
    if breakdown and parts is not None:
        yield from _compared(said, "GW-SUM-006", "TaxTotalAmount", within, (parts,))


def _with_tax(said: Said, within: Tolerances) -> Iterator[Broken]:
    net, tax = said.value("TaxBasisTotalAmount"), said.value("TaxTotalAmount")
    rounding = said.value_or_nothing("RoundingAmount")
    if net is not None and tax is not None and rounding is not None:
        yield from _compared(said, "GW-SUM-008", "GrandTotalAmount", within, (net + tax, net + tax + rounding))


def _payable(settlement: etree._Element, said: Said, within: Tolerances) -> Iterator[Broken]:
    """Without what was paid, with what is collected for others (BR-FXEXT-CO-16), rounded or not.

    Where not even the lines' total is said, as in the profile MINIMUM, there is no place for what was paid.
    """
    gross, prepaid = said.value("GrandTotalAmount"), said.value_or_nothing("TotalPrepaidAmount")
    rounding = said.value_or_nothing("RoundingAmount")
    adjusted = sum_below(settlement, "SpecifiedFinancialAdjustment", "ActualAmount", said.currency)
    advances = sum_below(settlement, "SpecifiedAdvancePayment", "PaidAmount", said.currency)
    if gross is None or prepaid is None or rounding is None or adjusted is None or advances is None:
        return
    paid = (prepaid,) if said.has("TotalPrepaidAmount") else (ZERO, advances)
    if said.has("TotalPrepaidAmount", "LineTotalAmount"):
        readings = [gross - less + up + more for less, up, more in product(paid, (rounding, ZERO), (adjusted, ZERO))]
        yield from _compared(said, "GW-SUM-009", "DuePayableAmount", within, readings)
