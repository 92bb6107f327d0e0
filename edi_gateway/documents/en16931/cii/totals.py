"""Sums and totals in CII: what the official binding adds in decimals or in binary floating point, and compares."""

import math
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Final

from edi_gateway.documents.cii_names import clark
from edi_gateway.documents.en16931 import contexts as at
from edi_gateway.documents.en16931.amounts import ONE, ZERO, cents, double, hundredth, number, shown, whole
from edi_gateway.documents.en16931.cii.binding import VAT
from edi_gateway.documents.en16931.cii.contexts import VAT_BREAKDOWN
from edi_gateway.documents.en16931.contexts import claims_charge, is_allowance
from edi_gateway.documents.en16931.rule import KEPT, Check, Context, Fault
from edi_gateway.documents.en16931.tree import Group
from edi_gateway.documents.en16931.values import Value, normalized, text_of

Asked = tuple[str, Context, Check]
"""A rule that UBL has as well, where CII asks it, and how."""
_DECIMALS: Final = "at most 2 decimals"


def _totals_of_tax(group: Group) -> Sequence[Value]:
    return group.get("cbc:TaxAmount", ())


def _currencies(group: Group, name: str) -> list[str]:
    return group.invoice.root.texts(name)


def _accounting_currency(group: Group) -> Sequence[Fault]:
    accounting, invoiced = _currencies(group, "cbc:TaxCurrencyCode"), _currencies(group, "cbc:DocumentCurrencyCode")
    if not accounting:
        return KEPT
    stated = {each.get("currencyID") for each in _totals_of_tax(group)}
    is_kept = bool(stated & set(accounting)) and not set(accounting) & set(invoiced)
    return KEPT if is_kept else (Fault(None, f"a VAT total in {accounting[0]}, another currency than the invoice's"),)


def _exact(name: str) -> Check:
    """Of the VAT totals in that currency, one has two decimals at most; or there is one in another."""

    def check(group: Group) -> Sequence[Fault]:
        amounts, currencies = _totals_of_tax(group), _currencies(group, name)
        if not amounts or (name == "cbc:TaxCurrencyCode" and not currencies):
            return KEPT
        meant = [each for each in amounts if each.get("currencyID") in currencies]
        if name == "cbc:DocumentCurrencyCode" and len(meant) < len(amounts):
            return KEPT
        # Times 100 here, and times 10 twice in sums: of large amounts, that isn't the same.
        if any((amount := double(each)) is not None and binary_whole(amount * 100) / 100 == amount for each in meant):
            return KEPT
        return (Fault(meant[0] if meant else amounts[0], _DECIMALS, text_of(meant[0] if meant else amounts[0])),)

    return check


def _must_be(group: Group, name: str, expected: Decimal | None) -> Sequence[Fault]:
    element = group.first(name)
    actual = number(element)
    if actual is not None and actual == expected:
        return KEPT
    text = None if element is None else text_of(element)
    return (Fault(element, None if expected is None else shown(expected), text),)


def _binary_sum(amounts: Iterable[Value]) -> float:
    """Added as the official rules do it here: in binary floating point, one after the other.

    Python's own sum makes up, from 3.12 on, for what is rounded off on the way.
    """
    return reduce(add, (double(each) or 0.0 for each in amounts), 0.0)


def _binary_cents(amount: float) -> float:
    return binary_whole(amount * 10 * 10) / 100


def binary_whole(amount: float) -> float:
    """Rounded to an integer as XPath's round does it; what is infinite, or no number, stays so.

    Half of 1 isn't added to the amount: that would be rounded itself where amounts are large.
    """
    if not math.isfinite(amount):
        return amount
    below = math.floor(amount)
    return float(below + (amount - below >= 0.5))


def _lines(group: Group) -> Sequence[Fault]:
    lines = group.invoice.groups.get("cac:InvoiceLine", ())
    found = _binary_sum(each for line in lines for each in line.get("cbc:LineExtensionAmount", ()))
    return _must_be(group, "cbc:LineExtensionAmount", cents(Decimal(found)))


def _sum_of(name: str, belongs: Callable[[Group], bool]) -> Check:
    """The total of that name is the sum of the header's allowances or charges, of each its first amount; or there is
    neither."""

    def check(group: Group) -> Sequence[Fault]:
        changes = [each for each in group.invoice.root.get("cac:AllowanceCharge", ()) if belongs(each)]
        if not changes and name not in group:
            return KEPT
        expected = _binary_cents(_binary_sum(amount for each in changes for amount in each.get("cbc:Amount", ())[:1]))
        if any((double(each) or 0.0) == expected for each in group.get(name, ())):
            return KEPT
        element = group.first(name)
        return (Fault(element, f"{expected:.2f}", None if element is None else text_of(element)),)

    return check


def _without_vat(group: Group) -> Sequence[Fault]:
    expected = number(group.first("cbc:LineExtensionAmount"))
    for name, sign in (("cbc:ChargeTotalAmount", 1), ("cbc:AllowanceTotalAmount", -1)):
        if name in group:
            amount = number(group.first(name))
            expected = None if expected is None or amount is None else expected + sign * amount
    return _must_be(group, "cbc:TaxExclusiveAmount", None if expected is None else cents(expected))


def _payable(group: Group) -> Sequence[Fault]:
    expected = number(group.first("cbc:TaxInclusiveAmount"))
    for name, sign in (("cbc:PrepaidAmount", -1), ("cbc:PayableRoundingAmount", 1)):
        if name in group:
            amount = number(group.first(name))
            expected = None if expected is None or amount is None else expected + sign * amount
    return _must_be(group, "cbc:PayableAmount", expected)


def _with_vat(group: Group) -> Sequence[Fault]:
    totals = group.get("cac:LegalMonetaryTotal", ())
    after, without = (
        next((each.first(name) for each in totals if name in each), None)
        for name in ("cbc:TaxInclusiveAmount", "cbc:TaxExclusiveAmount")
    )
    actual, before = number(after), number(without)
    if actual is not None and actual == before:
        return KEPT
    faults = []
    for currency in group.texts("cbc:DocumentCurrencyCode"):
        taxes = [each for one in totals for each in _totals_of_tax(one) if each.get("currencyID") == currency]
        tax = number(taxes[0]) if len(taxes) == 1 else None
        expected = None if before is None or tax is None else cents(before + tax)
        if actual is None or actual != expected:
            said = f"one VAT total in {currency}" if len(taxes) != 1 else None if expected is None else shown(expected)
            faults.append(Fault(after, said, None if after is None else text_of(after)))
    return faults


def _taxes(group: Group) -> Sequence[Fault]:
    currencies = _currencies(group, "cbc:DocumentCurrencyCode")
    parts = [
        each
        for one in group.invoice.root.below("cac:TaxTotal", "cac:TaxSubtotal")
        for each in one.get("cbc:TaxAmount", ())
    ]
    expected = _binary_cents(_binary_sum(parts))
    return [
        Fault(each, f"{expected:.2f}", text_of(each))
        for each in _totals_of_tax(group)
        if each.get("currencyID") in currencies and (double(each) or 0.0) != expected
    ]


def _tax_of_category(group: Group) -> Sequence[Fault]:
    element = group.first("cbc:TaxAmount")
    tax, taxable = number(element), number(group.first("cbc:TaxableAmount"))
    types = [
        each
        for category in group.get("cac:TaxCategory", ())
        for each in category.element.iterchildren(clark("ram:TypeCode"))
    ]
    is_vat = any(normalized(text_of(each).upper()) == VAT for each in types)
    rates = [each.first("cbc:Percent") for each in group.get("cac:TaxCategory", ())]
    rate = next((number(each) for each in rates if each is not None), None) if is_vat else None
    if rate is None or whole(rate) == ZERO:
        expected, is_kept = ZERO, tax is not None and whole(tax) == ZERO
    elif taxable is None:
        return (Fault(element),)
    else:
        expected = cents(abs(taxable) * hundredth(rate))
        is_kept = tax is not None and abs(tax) - ONE <= expected <= abs(tax) + ONE
    if is_kept:
        return KEPT
    return (Fault(element, shown(expected), None if element is None else text_of(element)),)


JUDGED: Final[tuple[Asked, ...]] = (
    ("BR-53", at.TOTALS, _accounting_currency),
    ("BR-CO-10", at.TOTALS, _lines),
    ("BR-CO-11", at.TOTALS, _sum_of("cbc:AllowanceTotalAmount", is_allowance)),
    ("BR-CO-12", at.TOTALS, _sum_of("cbc:ChargeTotalAmount", claims_charge)),
    ("BR-CO-13", at.TOTALS, _without_vat),
    ("BR-CO-14", at.TOTALS, _taxes),
    ("BR-CO-15", at.DOCUMENT, _with_vat),
    ("BR-CO-16", at.TOTALS, _payable),
    ("BR-CO-17", VAT_BREAKDOWN, _tax_of_category),
    ("BR-DEC-13", at.TOTALS, _exact("cbc:DocumentCurrencyCode")),
    ("BR-DEC-15", at.TOTALS, _exact("cbc:TaxCurrencyCode")),
)
