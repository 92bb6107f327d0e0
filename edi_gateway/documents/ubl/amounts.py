"""Amounts in a UBL tree, as arithmetic needs them: in one currency, or not at all.

Everything here is computed without rounding inside `exact`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Context, Decimal, localcontext
from typing import Any, Final, NamedTuple

from lxml import etree

from edi_gateway.documents.ubl.extract import MAX_AMOUNT, number_of, text_of
from edi_gateway.documents.ubl.layout import path

NET: Final = path("cbc:LineExtensionAmount")[0]
TAX_AMOUNT: Final = path("cbc:TaxAmount")[0]
ALLOWANCE_CHARGE: Final = path("cac:AllowanceCharge")[0]
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
EXACT: Final = Context(prec=4 * MAX_AMOUNT)
_ONE: Final = Decimal(1)
_HUNDRED: Final = Decimal(100)
ZERO: Final = Decimal(0)
# How nearly all of them are written: these are asked nothing more.
_PLAIN: Final = re.compile(r"\d{1,20}(?:\.\d{1,18})?", re.ASCII).fullmatch

Children = Mapping[str, etree._Element]
"""The first of each name that stands directly below an element."""


class Listed(NamedTuple):
    """An allowance, or a charge."""

    is_charge: bool
    amount: etree._Element | None


@contextmanager
def exact() -> Iterator[None]:
    with localcontext(EXACT):
        yield


def children(element: etree._Element) -> Children:
    # To look for one name costs as much as to collect them all.
    found: dict[Any, etree._Element] = {child.tag: child for child in reversed(element)}
    return found


def number(element: etree._Element | None) -> Decimal | None:
    """The xs:decimal in an element; None where there is none, or one of more than `MAX_AMOUNT` characters."""
    if element is None:
        return None
    text = element.text
    if text and _PLAIN(text) and not len(element):
        return Decimal(text)
    return number_of(text_of(element))


def amount(element: etree._Element | None, currency: str) -> Decimal | None:
    """The same, of an amount that must be in this currency."""
    return number(element) if element is not None and element.get("currencyID", "") == currency else None


def currency_of(element: etree._Element) -> str:
    return element.get("currencyID", "")


def total(parts: Sequence[Decimal | None]) -> Decimal | None:
    """Their sum; None where one isn't known."""
    known = [part for part in parts if part is not None]
    return sum(known, ZERO) if len(known) == len(parts) else None


def is_true(element: etree._Element | None) -> bool:
    return element is not None and text_of(element) in ("true", "1")


def listed(parent: etree._Element) -> Sequence[Listed]:
    """The allowances and charges that stand directly below."""
    found = map(children, parent.iterchildren(ALLOWANCE_CHARGE))
    return [Listed(is_true(one.get(_CHARGE_INDICATOR)), one.get(_AMOUNT)) for one in found]


def sum_of(found: Sequence[Listed], currency: str, *, charges: bool) -> Decimal | None:
    """The sum of the allowances, or of the charges, among them."""
    return total([amount(each.amount, currency) for each in found if each.is_charge is charges]) if found else ZERO


def priced(line: Children, quantity_name: str, currency: str) -> tuple[Decimal, Decimal] | None:
    """Quantity times price, and for how many the price is: the one divided by the other is what the line comes to.

    None where either is missing, or the price is for another unit than the quantity is in.
    """
    if _PRICE not in line or quantity_name not in line:
        return None
    price, quantity = children(line[_PRICE]), line[quantity_name]
    times, each = number(quantity), amount(price.get(_PRICE_AMOUNT), currency)
    if times is None or each is None or _OTHER_UNIT in price:
        return None
    if _BASE_QUANTITY not in price:
        return times * each, _ONE
    base = price[_BASE_QUANTITY]
    per, unit, of_price = number(base), quantity.get("unitCode"), base.get("unitCode")
    return None if not per or (unit and of_price and unit != of_price) else (times * each, per)


def tax_due(subtotal: Children, currency: str) -> Decimal | None:
    """The rate of the taxable amount; None for a tax that is so much a unit, or of which one of the two isn't said."""
    category = subtotal.get(_CATEGORY)
    holders = (subtotal,) if category is None else (subtotal, children(category))
    if any(_PER_UNIT in each for each in holders):
        return None
    rates = [number(each.get(_PERCENT)) for each in holders]
    rate = next((each for each in rates if each is not None), None)
    taxable = amount(subtotal.get(_TAXABLE), currency)
    return None if rate is None or taxable is None else taxable * rate / _HUNDRED
