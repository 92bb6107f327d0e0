"""Amounts in a cross-industry message, as arithmetic needs them: in the document's currency and there once, or not at
all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple, Self

from lxml import etree

from edi_gateway.documents.ubl.amounts import ZERO, is_true, number, total


@dataclass(frozen=True, slots=True)
class Message:
    """How a message counts: its currency, the quantities that a price may be asked for, and whether its lines are all
    that its total is about."""

    currency: str | None
    quantities: tuple[str, ...]
    whole: bool = True


_NONE: Final[Mapping[str, list[etree._Element]]] = {}


class Group:
    """An element's children by their local names: the schemas have each in one namespace. What isn't there is a group
    without any. In currencies other than `currency` an amount may stand there again."""

    __slots__ = ("_parts", "currency")

    def __init__(self, element: etree._Element | None, currency: str | None) -> None:
        self.currency = currency
        self._parts = _NONE if element is None else _by_name(element)

    def every(self, name: str) -> Sequence[etree._Element]:
        return self._parts.get(name, ())

    def groups(self, name: str) -> Sequence[Self]:
        return [type(self)(each, self.currency) for each in self.every(name)]

    def first(self, name: str) -> etree._Element | None:
        return next(iter(self.every(name)), None)

    def inner(self, *names: str) -> Self:
        """What stands in the first of that name, and in the first of the next name there."""
        found = self
        for name in names:
            found = type(self)(found.first(name), self.currency)
        return found

    def has(self, *names: str) -> bool:
        return any(name in self._parts for name in names)

    def one(self, name: str) -> etree._Element | None:
        """The amount of that name; None where there is none, and where there are several."""
        found = [each for each in self.every(name) if each.get("currencyID", self.currency) == self.currency]
        return found[0] if len(found) == 1 else None

    def value(self, name: str) -> Decimal | None:
        return number(self.one(name))

    def value_or_nothing(self, name: str) -> Decimal | None:
        """Nothing where it isn't said, and None where it is, but can't be compared."""
        return self.value(name) if self.has(name) else ZERO

    def sum(self, name: str, amount: str) -> Decimal | None:
        """What all of that name come to; None where the amount of one isn't known."""
        return total([each.value(amount) for each in self.groups(name)])


class Changes(NamedTuple):
    """What the charges, the allowances and the charges for logistics come to that stand directly in a group."""

    charges: Decimal | None
    allowances: Decimal | None
    logistics: Decimal | None


def changes(group: Group) -> Changes:
    """None for what can't be read, or may be a charge or an allowance."""
    logistics = group.sum("SpecifiedLogisticsServiceCharge", "AppliedAmount")
    listed = group.groups("SpecifiedTradeAllowanceCharge")
    found = [(each.inner("ChargeIndicator").first("Indicator"), each.value("ActualAmount")) for each in listed]
    if any(flag is None for flag, _ in found):
        return Changes(None, None, logistics)
    charges, allowances = (total([amount for flag, amount in found if is_true(flag) is one]) for one in (True, False))
    return Changes(charges, allowances, logistics)


def _by_name(element: etree._Element) -> Mapping[str, list[etree._Element]]:
    found: dict[str, list[etree._Element]] = {}
    for child in element.iterchildren("*"):
        found.setdefault(str(child.tag).rpartition("}")[2], []).append(child)
    return found
