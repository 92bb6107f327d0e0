"""Amounts in a cross-industry message, as arithmetic needs them: in the document's currency and there once, or not at
all.

Elements are found by their local names: the schemas have each in one namespace.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from lxml import etree

from edi_gateway.documents.ubl.amounts import ZERO, is_true, number, total


@dataclass(frozen=True, slots=True)
class Message:
    """How a message counts: its currency, the quantities that a price may be asked for, and whether its lines are all
    that its total is about."""

    currency: str | None
    quantities: tuple[str, ...]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """The amounts directly below an element that are in `currency`; the same may stand there in others again."""

    holder: etree._Element
    currency: str | None

    def one(self, name: str) -> etree._Element | None:
        """None where there is none, and where there are several."""
        found = [each for each in every(self.holder, name) if each.get("currencyID", self.currency) == self.currency]
        return found[0] if len(found) == 1 else None

    def value(self, name: str) -> Decimal | None:
        return number(self.one(name))

    def value_or_nothing(self, name: str) -> Decimal | None:
        """Nothing where it isn't said, and None where it is, but can't be compared."""
        return self.value(name) if self.has(name) else ZERO

    def has(self, *names: str) -> bool:
        return any(first(self.holder, name) is not None for name in names)


class Changes(NamedTuple):
    """What the charges, the allowances and the charges for logistics come to that stand below one element."""

    charges: Decimal | None
    allowances: Decimal | None
    logistics: Decimal | None


def changes(holder: etree._Element | None, currency: str | None) -> Changes:
    """None for what can't be read, or may be a charge or an allowance."""
    if holder is None:
        return Changes(ZERO, ZERO, ZERO)
    logistics = sum_below(holder, "SpecifiedLogisticsServiceCharge", "AppliedAmount", currency)
    found = [
        (first(each, "ChargeIndicator/Indicator"), Said(each, currency).value("ActualAmount"))
        for each in every(holder, "SpecifiedTradeAllowanceCharge")
    ]
    if any(flag is None for flag, _ in found):
        return Changes(None, None, logistics)
    charges, allowances = (total([amount for flag, amount in found if is_true(flag) is one]) for one in (True, False))
    return Changes(charges, allowances, logistics)


def sum_below(holder: etree._Element, name: str, amount: str, currency: str | None) -> Decimal | None:
    """What all elements of a name come to; None where the amount of one isn't known."""
    return total([Said(each, currency).value(amount) for each in every(holder, name)])


def every(parent: etree._Element, steps: str) -> Sequence[etree._Element]:
    """All elements at `One/Two`, in document order."""
    return parent.findall(_path(steps))


def first(parent: etree._Element, steps: str) -> etree._Element | None:
    return parent.find(_path(steps))


@cache
def _path(steps: str) -> str:
    return "/".join(f"{{*}}{step}" for step in steps.split("/"))
