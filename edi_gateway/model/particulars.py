"""What a business document says in particular: enough to hold an order, a despatch, a receipt and an invoice together.

Everything has the word of its kind in front: a quantity is `ordered`, `delivered` or `invoiced`, a total `net` or
`payable`. What a document says twice under one word stands twice, in document order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from edi_gateway.model.document import Party
from edi_gateway.model.partner import Identifier

_Value = TypeVar("_Value")
Named = tuple[tuple[str, _Value], ...]
"""Values with their words in front."""


@dataclass(frozen=True, slots=True)
class Amount:
    """Of money, in an ISO 4217 currency."""

    value: Decimal
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Quantity:
    """So many of a unit, which is a code of UN/ECE Recommendation 20, usually."""

    value: Decimal
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """An amount for so many: of one, where `per` isn't said."""

    amount: Amount
    per: Quantity | None = None

    @property
    def unit_price(self) -> Decimal | None:
        """For one of the unit; None where it is said to be for none of it."""
        if self.per is None:
            return self.amount.value
        return self.amount.value / self.per.value if self.per.value else None


@dataclass(frozen=True, slots=True)
class Item:
    """Goods or a service. `standard` is a number such as a GTIN; its scheme is empty where it isn't named."""

    name: str | None = None
    seller_number: str | None = None
    buyer_number: str | None = None
    standard: Identifier | None = None


@dataclass(frozen=True, slots=True)
class LineReference:
    """A line of another document, or all of it. `number` is None where that document is named elsewhere, or not."""

    type: str
    line: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `codes` are what is said about it in code: `status`, `reject-reason`, `response`, …"""

    number: str | None
    quantities: Named[Quantity] = ()
    amounts: Named[Amount] = ()
    price: Price | None = None
    item: Item | None = None
    references: tuple[LineReference, ...] = ()
    codes: Named[str] = ()
    dates: Named[date] = ()

    def quantity(self, word: str) -> Quantity | None:
        return first(self.quantities, word)

    def amount(self, word: str) -> Amount | None:
        return first(self.amounts, word)


@dataclass(frozen=True, slots=True)
class Particulars:
    """The rest of a document, beside what a `Document` tells."""

    dates: Named[date] = ()
    parties: Named[Party] = ()
    codes: Named[str] = ()
    totals: Named[Amount] = ()
    lines: tuple[Line, ...] = ()

    def total(self, word: str) -> Amount | None:
        return first(self.totals, word)


def first(named: Iterable[tuple[str, _Value]], word: str) -> _Value | None:
    """The first value of that kind."""
    return next((value for each, value in named if each == word), None)
