"""Whether an Order-X document adds up: the rules GW-SUM-001 to 009, as of UBL.

All amounts are in the order's currency. Whether charges for logistics, or those of lines, are in a total isn't said
everywhere: any reading that adds up will do, and what is missing or too long is compared with nothing.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from lxml import etree

from edi_gateway.documents import xpath
from edi_gateway.documents.cii.extract import elements, first, text_at
from edi_gateway.documents.orderx import layout as at
from edi_gateway.documents.orderx.names import clark, path
from edi_gateway.documents.ubl.amounts import ZERO, Children, children, exact, is_true, number, total
from edi_gateway.documents.ubl.arithmetic import Broken, compared, finding
from edi_gateway.model.document import Finding
from edi_gateway.model.profile import STRICT, Tolerances

_SETTLEMENT, _SUMMATION = path(at.SETTLEMENT), path(at.SUMMATION)
_LINE_SETTLEMENT: Final = path("ram:SpecifiedLineTradeSettlement")
_LINE_NET: Final = path(
    "ram:SpecifiedLineTradeSettlement/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"
)
_PRICE: Final = path("ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice")
_QUANTITIES: Final = tuple(
    path(f"ram:SpecifiedLineTradeDelivery/ram:{name}Quantity") for name in ("Agreed", "Requested")
)
_CHANGE, _LOGISTICS, _TAX, _INDICATOR, _FLAG, _ACTUAL, _APPLIED = (
    clark(name)
    for name in (
        *("ram:SpecifiedTradeAllowanceCharge", "ram:SpecifiedLogisticsServiceCharge", "ram:ApplicableTradeTax"),
        *("ram:ChargeIndicator", "udt:Indicator", "ram:ActualAmount", "ram:AppliedAmount"),
    )
)
_NET, _CHARGES, _ALLOWANCES, _WITHOUT_TAX, _TAX_AMOUNT, _ROUNDING, _WITH_TAX, _PREPAID, _PAYABLE = (
    clark(f"ram:{name}Amount")
    for name in (
        *("LineTotal", "ChargeTotal", "AllowanceTotal", "TaxBasisTotal", "TaxTotal"),
        *("Rounding", "GrandTotal", "TotalPrepaid", "DuePayable"),
    )
)
_CALCULATED, _BASIS, _RATE, _EACH, _PER = (
    clark(f"ram:{name}")
    for name in ("CalculatedAmount", "BasisAmount", "RateApplicablePercent", "ChargeAmount", "BasisQuantity")
)
_HUNDRED: Final = Decimal(100)


def check(root: etree._Element, *, whole: bool, within: Tolerances = STRICT) -> tuple[Finding, ...]:
    """Judge a schema-valid document. `whole` says that its lines are all that its total is about."""
    with exact():
        broken = list(_broken(root, whole, within))
    places = xpath.Children(root)
    return tuple(finding(*each, places) for each in broken)


def _broken(root: etree._Element, whole: bool, within: Tolerances) -> Iterator[Broken]:
    lines, settlement, summation = elements(root, at.LINES), first(root, _SETTLEMENT), first(root, _SUMMATION)
    if settlement is None or summation is None:
        return
    for line in lines:
        yield from _line(line, within)
    said = children(summation)
    nets = [number(first(line, _LINE_NET)) for line in lines]
    if whole and nets and _NET in said and (net := total(nets)) is not None:
        yield from compared("GW-SUM-002", said[_NET], within, net)
    yield from _changes(settlement, lines, said, within)
    yield from _taxes(root, settlement, said, within)
    yield from _end(said, within)


def _line(line: etree._Element, within: Tolerances) -> Iterator[Broken]:
    """The price of what was asked for, or of what was agreed to; with the line's charges and allowances or without."""
    price, net = first(line, _PRICE), first(line, _LINE_NET)
    said, each = number(net), number(children(price).get(_EACH)) if price is not None else None
    if price is None or net is None or said is None or each is None:
        return
    settlement = first(line, _LINE_SETTLEMENT)
    more, less = (_sum(settlement, charges=one) for one in (True, False))
    per = children(price).get(_PER)
    base = Decimal(1) if per is None else number(per)
    quantities = [found for way in _QUANTITIES if (found := first(line, way)) is not None]
    comparable = [each for each in quantities if per is None or _same_unit(each, per)]
    amounts = [number(quantity) for quantity in comparable]
    if not base or not comparable or None in amounts or more is None or less is None:
        return
    readings = [amount * each for amount in amounts if amount is not None]
    if not any(
        abs((said - way) * base - one) <= within.line * abs(base) for one in readings for way in (0, more - less)
    ):
        yield "GW-SUM-001", readings[0] / base + more - less, net


def _same_unit(one: etree._Element, other: etree._Element) -> bool:
    units = {one.get("unitCode"), other.get("unitCode")} - {None}
    return len(units) < 2


def _changes(
    settlement: etree._Element, lines: Sequence[etree._Element], said: Children, within: Tolerances
) -> Iterator[Broken]:
    holders = [found for line in lines if (found := first(line, _LINE_SETTLEMENT)) is not None]
    logistics = total([number(children(each).get(_APPLIED)) for each in settlement.iterchildren(_LOGISTICS)])
    own = {charges: _sum(settlement, charges=charges) for charges in (True, False)}
    for rule, name, charges in (("GW-SUM-003", _ALLOWANCES, False), ("GW-SUM-004", _CHARGES, True)):
        of_lines, moved = total([_sum(each, charges=charges) for each in holders]), logistics if charges else ZERO
        of_document = own[charges]
        if name in said and of_document is not None and of_lines is not None and moved is not None:
            both = (of_document, of_document + moved)
            yield from compared(rule, said[name], within, *both, *(one + of_lines for one in both))
    net, more, less = (number(said[name]) if name in said else ZERO for name in (_NET, _CHARGES, _ALLOWANCES))
    if _WITHOUT_TAX in said and net is not None and more is not None and less is not None:
        yield from compared("GW-SUM-005", said[_WITHOUT_TAX], within, net + more - less)


def _sum(holder: etree._Element | None, *, charges: bool) -> Decimal | None:
    """Of the charges or the allowances directly below; None where one can't be read, or may be either."""
    if holder is None:
        return ZERO
    found = [(first(each, (_INDICATOR, _FLAG)), each) for each in holder.iterchildren(_CHANGE)]
    if any(flag is None for flag, _ in found):
        return None
    return total([number(children(each).get(_ACTUAL)) for flag, each in found if is_true(flag) is charges])


def _taxes(root: etree._Element, settlement: etree._Element, said: Children, within: Tolerances) -> Iterator[Broken]:
    breakdown = [children(each) for each in settlement.iterchildren(_TAX)]
    for each in breakdown:
        tax, basis, rate = (number(each.get(name)) for name in (_CALCULATED, _BASIS, _RATE))
        if (
            tax is not None
            and basis is not None
            and rate is not None
            and abs(tax - basis * rate / _HUNDRED) >= within.tax
        ):
            yield "GW-SUM-007", basis * rate / _HUNDRED, each[_CALCULATED]
    parts = total([number(each.get(_CALCULATED)) for each in breakdown])
    currency = text_at(root, at.CURRENCY)
    # The same tax may be given once more, in the currency of the tax authority.
    own = [each for each in elements(root, (*_SUMMATION, _TAX_AMOUNT)) if each.get("currencyID", currency) == currency]
    if breakdown and parts is not None and len(own) == 1:
        yield from compared("GW-SUM-006", own[0], within, parts)
    whole = total([number(said.get(_WITHOUT_TAX)), *map(number, own)])
    rounding = number(said[_ROUNDING]) if _ROUNDING in said else ZERO
    if _WITH_TAX in said and own and whole is not None and rounding is not None:
        yield from compared("GW-SUM-008", said[_WITH_TAX], within, whole, whole + rounding)


def _end(said: Children, within: Tolerances) -> Iterator[Broken]:
    if _PAYABLE not in said or _WITH_TAX not in said:
        return
    names = (_WITH_TAX, _PREPAID, _ROUNDING)
    gross, prepaid, rounding = (number(said[name]) if name in said else ZERO for name in names)
    if gross is not None and prepaid is not None and rounding is not None:
        yield from compared("GW-SUM-009", said[_PAYABLE], within, gross - prepaid, gross - prepaid + rounding)
