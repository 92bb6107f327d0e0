"""Cross Industry Invoices with amounts of all sizes, from a seed, that add up, or nearly."""

import copy
from collections.abc import Iterable
from functools import reduce
from operator import add
from random import Random
from typing import Final

from lxml import etree

from edi_gateway.documents.cii_names import NAMESPACES
from tests.support import cii

_SETTLEMENT: Final = "//ram:ApplicableHeaderTradeSettlement"
_CHANGES: Final = f"{_SETTLEMENT}/ram:SpecifiedTradeAllowanceCharge[ram:ChargeIndicator/udt:Indicator = '{{}}']"
_LINES: Final = "//ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"
_SUMS: Final = {
    "LineTotalAmount": _LINES,
    "ChargeTotalAmount": f"{_CHANGES.format('true')}/ram:ActualAmount",
    "AllowanceTotalAmount": f"{_CHANGES.format('false')}/ram:ActualAmount",
    "TaxTotalAmount": f"{_SETTLEMENT}/ram:ApplicableTradeTax/ram:CalculatedAmount",
}
"""Totals, and what they add up."""


def summed(seed: int) -> etree._Element:
    """The invoice of that number."""
    chance = Random(seed)
    root = cii.invoice(chance)
    for each in _found(root, f"//ram:IncludedSupplyChainTradeLineItem | {_SETTLEMENT}/ram:ApplicableTradeTax"):
        for _ in range(chance.choice((0, 1, 5))):
            each.addnext(copy.deepcopy(each))
    digits = chance.choice((1, 3, 6, 9, 12, 15, 16))
    for each in _found(root, " | ".join(_SUMS.values())):
        each.text = f"{chance.choice((1, 1, 1, -1)) * chance.random() * 10**digits:.{chance.choice((2, 2, 3))}f}"
    for name, path in _SUMS.items():
        of = [float(each.text or 0) for each in _found(root, path)]
        for total in _found(root, f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:{name}"):
            total.text = f"{reduce(add, of, 0.0) + chance.choice((0, 0, 0, 0.01)):.2f}"
    return root


def _found(root: etree._Element, path: str) -> Iterable[etree._Element]:
    found: list[etree._Element] = root.xpath(path, namespaces=dict(NAMESPACES))
    return found
