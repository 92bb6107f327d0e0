"""Two made-up companies, what one sells to the other, and the arithmetic of it (EN 16931-1, BR-CO-10 to 17)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from edi_gateway.model.partner import Identifier

_CENT = Decimal("0.01")
STANDARD_RATE = Decimal(19)


@dataclass(frozen=True, slots=True)
class Company:
    """A company as its documents name it: `gln` is a GLN (scheme 0088), `vat` its VAT number."""

    name: str
    gln: str
    vat: str
    street: str
    city: str
    postcode: str
    country: str
    contact: str
    phone: str
    email: str

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """What a gateway must know it by to accept its documents."""
        return Identifier("0088", self.gln), Identifier("VAT", self.vat)


@dataclass(frozen=True, slots=True)
class Item:
    """An article at a net price per unit; `unit` is a UN/ECE Rec 20 code, `vat` a rate in percent."""

    number: str
    gtin: str
    name: str
    price: Decimal
    unit: str = "C62"
    vat: Decimal = Decimal(19)


@dataclass(frozen=True, slots=True)
class Line:
    """So many of an item; numbered from 1 by its place."""

    quantity: Decimal
    item: Item

    @property
    def net(self) -> Decimal:
        return cents(self.quantity * self.item.price)


@dataclass(frozen=True, slots=True)
class Totals:
    """Of lines and one freight charge, which is taxed at the standard rate. `taxes`: rate, taxable amount, tax."""

    lines: Decimal
    freight: Decimal
    taxes: tuple[tuple[Decimal, Decimal, Decimal], ...]

    @property
    def net(self) -> Decimal:
        return self.lines + self.freight

    @property
    def tax(self) -> Decimal:
        return sum((tax for _, _, tax in self.taxes), Decimal(0))

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


def cents(amount: Decimal) -> Decimal:
    """Round to two decimals, halves upward, as XPath's round() does in the rules of EN 16931."""
    return ((amount * 100 + Decimal("0.5")).to_integral_value(ROUND_FLOOR) / 100).quantize(_CENT)


def totals(lines: Iterable[Line], freight: Decimal = Decimal(0)) -> Totals:
    """Add up. Tax is computed on each rate's sum, not line by line (BR-CO-17)."""
    taxable: dict[Decimal, Decimal] = {}
    for line in lines:
        taxable[line.item.vat] = taxable.get(line.item.vat, Decimal("0.00")) + line.net
    nets = sum(taxable.values(), Decimal("0.00"))
    if freight:
        taxable[STANDARD_RATE] = taxable.get(STANDARD_RATE, Decimal("0.00")) + freight
    taxes = tuple((rate, base, cents(base * rate / 100)) for rate, base in sorted(taxable.items(), reverse=True))
    return Totals(nets, freight, taxes)


ACME = Company(
    "Acme Tools GmbH", "7300010000001", "DE293847560", "Werkzeugstraße 12", "Remscheid", "42853", "DE",
    "Ines Vogel", "+49 2191 555 0110", "orders@acme-tools.example",
)  # fmt: skip # written like a letterhead
GLOBEX = Company(
    "Globex Retail SA", "7300020000008", "DE813674124", "Hafenkai 3", "Köln", "50668", "DE",
    "Marc Dubois", "+49 221 555 0170", "purchasing@globex-retail.example",
)  # fmt: skip # written like a letterhead

ITEMS = (
    Item("AT-1001", "4012345600070", "Combination spanner 13 mm", Decimal("7.85")),
    Item("AT-1107", "4012345600216", "Socket set, 24 pieces", Decimal("64.90")),
    Item("AT-1310", "4012345600353", "Cordless drill 18 V", Decimal("189.00")),
    Item("AT-1415", "4012345600421", "Hexagon bolt M8x30", Decimal("0.124")),
    Item("AT-1416", "4012345600490", "Hexagon nut M8", Decimal("0.0315")),
    Item("AT-1522", "4012345600568", "Safety goggles", Decimal("5.95")),
    Item("AT-1640", "4012345600636", "Work gloves, size 9", Decimal("2.79"), unit="PR"),
    Item("AT-1901", "4012345600704", "Handbook: Joining Metals", Decimal("38.32"), vat=Decimal(7)),
)

QUANTITIES = (40, 12, 8, 5000, 5000, 60, 125, 3)

LINES = tuple(Line(Decimal(quantity), item) for quantity, item in zip(QUANTITIES, ITEMS, strict=True))
FREIGHT = Decimal("48.00")
