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
from edi_gateway.documents.cii.amounts import Changes, Group, Message, changes
from edi_gateway.documents.ubl.amounts import ZERO, exact, number, total
from edi_gateway.documents.ubl.arithmetic import Broken, compared, finding
from edi_gateway.documents.ubl.extract import text_of
from edi_gateway.model.document import Finding
from edi_gateway.model.profile import STRICT, Tolerances

_LINE: Final = "IncludedSupplyChainTradeLineItem"
_SETTLEMENT: Final = "ApplicableHeaderTradeSettlement"
# What a line is to the total (BT-X-8 of Factur-X).
_ORDINARY: Final = ("", "DETAIL")
_UNCOUNTED: Final = ("GROUP", "INFORMATION")
_HUNDRED: Final = Decimal(100)
_HUNDREDTH: Final = Decimal("0.01")


class Line(NamedTuple):
    """A line's amount, what it is to the lines' total, and its charges and allowances."""

    net: etree._Element | None
    amount: Decimal | None
    reason: str
    has_parent: bool
    changes: Changes


def check(root: etree._Element, message: Message, within: Tolerances = STRICT) -> tuple[Finding, ...]:
    """Judge a document that keeps its schema."""
    with exact():
        broken = list(_broken(_transaction(root, message.currency), message, within))
    places = xpath.Children(root)
    return tuple(finding(*each, places) for each in broken)


def extended(within: Tolerances, root: etree._Element) -> Tolerances:
    """As far as an extension lets sums be off: a hundredth for each amount that is added up (BR-FXEXT-CO-10 to 15)."""
    transaction = _transaction(root, None)
    settlement = transaction.inner(_SETTLEMENT)
    listed = (settlement.every(f"Specified{each}") for each in ("TradeAllowanceCharge", "LogisticsServiceCharge"))
    off = _HUNDREDTH * (len(transaction.every(_LINE)) + sum(map(len, listed)))
    # The tax may be off by as much (BR-FXEXT-S-09b), and not by less than it only, and from what is rounded.
    return replace(within, total=max(within.total, off), tax=max(within.tax, off + _HUNDREDTH))


def _transaction(root: etree._Element, currency: str | None) -> Group:
    return Group(root, currency).inner("SupplyChainTradeTransaction")


def _broken(transaction: Group, message: Message, within: Tolerances) -> Iterator[Broken]:
    settlement, lines = transaction.inner(_SETTLEMENT), []
    said, own = settlement.inner("SpecifiedTradeSettlementHeaderMonetarySummation"), changes(settlement)
    for each in transaction.every(_LINE):
        group = Group(each, message.currency)
        lines.append(_read(group))
        yield from _line(group, lines[-1], message, within)
    nets = _nets(lines) if message.whole else ()
    if nets:
        yield from _compared(said, "GW-SUM-002", "LineTotalAmount", within, nets)
    yield from _listed_totals(own, [line.changes for line in lines], said, within)
    yield from _without_tax(own, nets, said, within)
    yield from _taxes(settlement.groups("ApplicableTradeTax"), said, within)
    yield from _with_tax(said, within)
    yield from _payable(settlement, said, within)


def _read(line: Group) -> Line:
    document, settlement = line.inner("AssociatedDocumentLineDocument"), line.inner("SpecifiedLineTradeSettlement")
    net = settlement.inner("SpecifiedTradeSettlementLineMonetarySummation").one("LineTotalAmount")
    reason = document.first("LineStatusReasonCode")
    return Line(
        net=net,
        amount=number(net),
        reason="" if reason is None else text_of(reason),
        has_parent=document.has("ParentLineID"),
        changes=changes(settlement),
    )


def _compared(said: Group, rule: str, name: str, within: Tolerances, readings: Sequence[Decimal]) -> Iterator[Broken]:
    element = said.one(name)
    if element is not None:
        yield from compared(rule, element, within, *readings)


def _line(group: Group, line: Line, message: Message, within: Tolerances) -> Iterator[Broken]:
    """The price of one of the quantities; with the line's charges and allowances or without."""
    said, (more, less, moved) = line.amount, line.changes
    agreement, delivery = group.inner("SpecifiedLineTradeAgreement"), group.inner("SpecifiedLineTradeDelivery")
    price = agreement.inner("NetPriceProductTradePrice")
    each = price.value("ChargeAmount")
    if each is None or line.net is None or said is None or more is None or less is None or moved is None:
        return
    per = _base(agreement, price)
    base, quantities = Decimal(1) if per is None else number(per), _quantities(delivery, per, message)
    if not base or not quantities or line.reason not in _ORDINARY or _is_priced_otherwise(group, price, delivery):
        return
    ways = (more - less, more + moved - less, ZERO)
    priced = [quantity * each for quantity in quantities]
    if not any(abs((said - way) * base - one) <= within.line * abs(base) for one, way in product(priced, ways)):
        yield "GW-SUM-001", priced[0] / base + more - less, line.net


def _is_priced_otherwise(line: Group, price: Group, delivery: Group) -> bool:
    """The price is for another unit or has tax in it, the line is free in part, or has others inside."""
    return (
        price.has("OrderUnitConversionFactorNumeric", "IncludedTradeTax")
        or delivery.has("ChargeFreeQuantity")
        or line.has("IncludedSubordinateTradeLineItem")
    )


def _base(agreement: Group, price: Group) -> etree._Element | None:
    """For how many the price is (BT-149): said of the net price, or of the gross one alone."""
    own = price.first("BasisQuantity")
    return agreement.inner("GrossPriceProductTradePrice").first("BasisQuantity") if own is None else own


def _quantities(delivery: Group, per: etree._Element | None, message: Message) -> Sequence[Decimal]:
    """Those in the price's unit; none where one can't be read."""
    found = [each for name in message.quantities for each in delivery.every(name)]
    numbers = [number(each) for each in found if per is None or _same_unit(each, per)]
    return [each for each in numbers if each is not None] if None not in numbers else ()


def _same_unit(one: etree._Element, other: etree._Element) -> bool:
    units = {one.get("unitCode"), other.get("unitCode")} - {None}
    return len(units) < 2


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


def _listed_totals(own: Changes, lines: Sequence[Changes], said: Group, within: Tolerances) -> Iterator[Broken]:
    for rule, name, of_document, of_lines, moved in (
        ("GW-SUM-003", "AllowanceTotalAmount", own.allowances, total([each.allowances for each in lines]), ZERO),
        ("GW-SUM-004", "ChargeTotalAmount", own.charges, total([each.charges for each in lines]), own.logistics),
    ):
        if of_document is not None and of_lines is not None and moved is not None:
            both = (of_document + moved, of_document)
            yield from _compared(said, rule, name, within, (*both, *(one + of_lines for one in both)))


def _without_tax(own: Changes, nets: Sequence[Decimal], said: Group, within: Tolerances) -> Iterator[Broken]:
    """From the totals as they are said, or from what they should be."""
    net = said.value("LineTotalAmount")
    more, less = said.value_or_nothing("ChargeTotalAmount"), said.value_or_nothing("AllowanceTotalAmount")
    if net is None or more is None or less is None:
        return
    readings = [net + more - less]
    if own.charges is not None and own.allowances is not None and own.logistics is not None:
        readings += [each + own.charges + own.logistics - own.allowances for each in (net, *nets)]
    yield from _compared(said, "GW-SUM-005", "TaxBasisTotalAmount", within, readings)


def _taxes(breakdown: Sequence[Group], said: Group, within: Tolerances) -> Iterator[Broken]:
    for each in breakdown:
        element, basis = each.one("CalculatedAmount"), each.value("BasisAmount")
        tax, rate = number(element), number(each.first("RateApplicablePercent"))
        if element is None or tax is None or basis is None or rate is None:
            continue
        due = basis * rate / _HUNDRED
        if abs(tax - due) >= within.tax and not each.has("UnitBasisAmount", "BasisQuantity"):
            yield "GW-SUM-007", due, element
    parts = total([each.value("CalculatedAmount") for each in breakdown])
    if breakdown and parts is not None:
        yield from _compared(said, "GW-SUM-006", "TaxTotalAmount", within, (parts,))


def _with_tax(said: Group, within: Tolerances) -> Iterator[Broken]:
    net, tax = said.value("TaxBasisTotalAmount"), said.value("TaxTotalAmount")
    rounding = said.value_or_nothing("RoundingAmount")
    if net is not None and tax is not None and rounding is not None:
        yield from _compared(said, "GW-SUM-008", "GrandTotalAmount", within, (net + tax, net + tax + rounding))


def _payable(settlement: Group, said: Group, within: Tolerances) -> Iterator[Broken]:
    """Without what was paid, with what is collected for others (BR-FXEXT-CO-16), rounded or not.

    Where not even the lines' total is said, as in the profile MINIMUM, there is no place for what was paid.
    """
    gross, prepaid = said.value("GrandTotalAmount"), said.value_or_nothing("TotalPrepaidAmount")
    rounding = said.value_or_nothing("RoundingAmount")
    adjusted = settlement.sum("SpecifiedFinancialAdjustment", "ActualAmount")
    advances = settlement.sum("SpecifiedAdvancePayment", "PaidAmount")
    if gross is None or prepaid is None or rounding is None or adjusted is None or advances is None:
        return
    paid = (prepaid,) if said.has("TotalPrepaidAmount") else (ZERO, advances)
    if said.has("TotalPrepaidAmount", "LineTotalAmount"):
        readings = [gross - less + up + more for less, up, more in product(paid, (rounding, ZERO), (adjusted, ZERO))]
        yield from _compared(said, "GW-SUM-009", "DuePayableAmount", within, readings)
