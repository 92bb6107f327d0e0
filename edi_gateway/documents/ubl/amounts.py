"""Amounts in a UBL tree, as arithmetic needs them: in one currency, or not at all.

Everything here is computed without rounding inside `exact`.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Context, Decimal, localcontext
from typing import Final

from lxml import etree

from edi_gateway.documents.ubl.extract import MAX_AMOUNT, number_of, text_of
from edi_gateway.documents.ubl.layout import path

NET: Final = path("cbc:LineExtensionAmount")[0]
TAX_AMOUNT: Final = path("cbc:TaxAmount")[0]
_ALLOWANCE_CHARGE: Final = path("cac:AllowanceCharge")[0]
_CHARGE_INDICATOR: Final = path("cbc:ChargeIndicator")[0]
_AMOUNT: Final = path("cbc:Amount")[0]
_PRICE: Final = path("cac:Price")[0]
_PRICE_AMOUNT: Final = path("cbc:PriceAmount")[0]
_BASE_QUANTITY: Final = path("cbc:BaseQuantity")[0]
_OTHER_UNIT: Final = path("cbc:OrderableUnitFactorRate")[0]
_TAXABLE: Final = path("cbc:TaxableAmount")[0]
_PERCENT: Final = path("cbc:Percent")[0]
_PER_UNIT: Final = path("cbc:PerUnitAmount")[0]
_CATEGORY: Final = path("cac:TaxCategory")[0]

# Products of three numbers stay exact, and so do sums of as many as a document can hold.
_EXACT: Final = Context(prec=4 * MAX_AMOUNT)
_ONE: Final = Decimal(1)
_HUNDRED: Final = Decimal(100)
ZERO: Final = Decimal(0)


@contextmanager
def exact() -> Iterator[None]:
    with localcontext(_EXACT):
        yield


def number(element: etree._Element | None) -> Decimal | None:
    """The xs:decimal in an element; None where there is none, or one of more than `MAX_AMOUNT` characters."""
    return None if element is None else number_of(text_of(element))


def amount(element: etree._Element | None, currency: str) -> Decimal | None:
    """The same, of an amount that must be in this currency."""
    return number(element) if element is not None and currency_of(element) == currency else None


def currency_of(element: etree._Element) -> str:
    return element.get("currencyID", "")


def total(elements: Iterable[etree._Element | None], currency: str) -> Decimal | None:
    """Their sum; None where one is missing, can't be read, or is in another currency."""
    parts = [amount(element, currency) for element in elements]
    known = [part for part in parts if part is not None]
    return sum(known, ZERO) if len(known) == len(parts) else None


def is_true(element: etree._Element | None) -> bool:
    return element is not None and text_of(element) in ("true", "1")


def listed(parent: etree._Element, currency: str, *, charges: bool) -> Decimal | None:
    """The sum of the allowances, or of the charges, that stand directly below."""
    found = (each for each in parent.iterchildren(_ALLOWANCE_CHARGE))
    chosen = [each for each in found if is_true(each.find(_CHARGE_INDICATOR)) is charges]
    return total((each.find(_AMOUNT) for each in chosen), currency)


def priced(line: etree._Element, quantity_name: str, currency: str) -> tuple[Decimal, Decimal] | None:
    """Quantity times price, and for how many the price is: the one divided by the other is what the line comes to.

    None where either is missing, or the price is for another unit than the quantity is in.
    """
    price, quantity = line.find(_PRICE), line.find(quantity_name)
    if price is None or quantity is None or price.find(_OTHER_UNIT) is not None:
        return None
    base = price.find(_BASE_QUANTITY)
    per = _ONE if base is None else number(base)
    unit, of_price = quantity.get("unitCode"), None if base is None else base.get("unitCode")
    factors = number(quantity), amount(price.find(_PRICE_AMOUNT), currency)
    if None in factors or not per or (unit and of_price and unit != of_price):
        return None
    return (factors[0] or ZERO) * (factors[1] or ZERO), per


def tax_due(subtotal: etree._Element, currency: str) -> Decimal | None:
    """The rate of the taxable amount; None for a tax that is so much a unit, or of which one of the two isn't said."""
    category = subtotal.find(_CATEGORY)
    holders = [each for each in (subtotal, category) if each is not None]
    if any(each.find(_PER_UNIT) is not None for each in holders):
        return None
    rates = [number(each.find(_PERCENT)) for each in holders]
    rate = next((each for each in rates if each is not None), None)
    taxable = amount(subtotal.find(_TAXABLE), currency)
    return None if rate is None or taxable is None else taxable * rate / _HUNDRED
