"""Sums and totals (EN 16931-1 §6.4.2, BR-CO-10 to BR-CO-18). Nothing is tolerated but in BR-CO-17: less than 1.00."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from edi_gateway.documents.en16931 import contexts as at
from edi_gateway.documents.en16931.amounts import ONE, ZERO, cents, hundredth, number, shown, total, whole
from edi_gateway.documents.en16931.checks import is_vat, present
from edi_gateway.documents.en16931.contexts import claims_charge, is_allowance
from edi_gateway.documents.en16931.places import LINES
from edi_gateway.documents.en16931.rule import BROKEN, KEPT, ByNames, Check, Fault, Given, judged
from edi_gateway.documents.en16931.tree import Group, Invoice
from edi_gateway.documents.en16931.values import Value, text_of


def _must_be(group: Group, name: str, expected: Decimal | None) -> Sequence[Fault]:
    """The value of that name is exactly `expected`; without one of the two, nothing can be said to be right."""
    element = group.first(name)
    actual = number(element)
    if actual is not None and actual == expected:
        return KEPT
    text = None if element is None else text_of(element)
    return (Fault(element, None if expected is None else shown(expected), text),)


def _lines(group: Group) -> Sequence[Fault]:
    invoice = group.invoice
    expected = invoice.once("lines", invoice.root, lambda: _sum_of_lines(invoice))
    return _must_be(group, "cbc:LineExtensionAmount", expected)


def _sum_of_lines(invoice: Invoice) -> Decimal:
    lines = (line for name in LINES for line in invoice.groups.get(name, ()))
    return cents(total(each for line in lines for each in line.get("cbc:LineExtensionAmount", ())))


def _sum_beside(name: str, belongs: Callable[[Group], bool]) -> Check:
    """The total of that name is the sum of the allowances or charges beside it; or there is neither."""

    def summed(parent: Group) -> Decimal | None:
        found = [each for each in parent.get("cac:AllowanceCharge", ()) if belongs(each)]
        return cents(total(each for one in found for each in one.get("cbc:Amount", ()))) if found else None

    def check(group: Group) -> Sequence[Fault]:
        parent = group.parent
        expected = group.invoice.once(name, parent, lambda: summed(parent)) if parent is not None else None
        if expected is None:
            if name not in group:
                return KEPT
            expected = ZERO
        return _must_be(group, name, expected)

    return check


def _without_vat(group: Group) -> Sequence[Fault]:
    expected = number(group.first("cbc:LineExtensionAmount"))
    for name, sign in (("cbc:ChargeTotalAmount", 1), ("cbc:AllowanceTotalAmount", -1)):
        if name in group:
            amount = number(group.first(name))
            expected = None if expected is None or amount is None else expected + sign * amount
    if expected is not None and ("cbc:ChargeTotalAmount" in group or "cbc:AllowanceTotalAmount" in group):
        expected = cents(expected)
    return _must_be(group, "cbc:TaxExclusiveAmount", expected)


def _payable(group: Group) -> Sequence[Fault]:
    element = group.first("cbc:PayableAmount")
    payable, expected = number(element), number(group.first("cbc:TaxInclusiveAmount"))
    rounding: Decimal | None = ZERO
    if "cbc:PrepaidAmount" in group:
        prepaid = number(group.first("cbc:PrepaidAmount"))
        expected = None if expected is None or prepaid is None else cents(expected - prepaid)
    if "cbc:PayableRoundingAmount" in group:
        rounding = number(group.first("cbc:PayableRoundingAmount"))
        payable = None if payable is None or rounding is None else cents(payable - rounding)
    if payable is not None and payable == expected:
        return KEPT
    due = None if expected is None or rounding is None else shown(expected + rounding)
    return (Fault(element, due, None if element is None else text_of(element)),)


_TOTALS_OF_VAT: Final = ("cbc:TaxExclusiveAmount", "cbc:TaxInclusiveAmount")


def _with_vat(group: Group) -> Sequence[Fault]:
    """Once for each document currency, of which there should be one."""
    without, included = (group.follow(("cac:LegalMonetaryTotal", name)) for name in _TOTALS_OF_VAT)
    before = number(without[0]) if without else None
    by_currency: dict[str | None, list[Value]] = defaultdict(list)
    for amount in group.follow(("cac:TaxTotal", "cbc:TaxAmount")):
        by_currency[amount.get("currencyID")].append(amount)
    faults: list[Fault] = []
    for currency in group.texts("cbc:DocumentCurrencyCode"):
        taxes = by_currency.get(currency, ())
        if len(taxes) != 1:
            faults.append(Fault(taxes[1] if taxes else None, f"one VAT total in {currency}", str(len(taxes))))
            continue
        tax = number(taxes[0])
        expected = None if before is None or tax is None else cents(before + tax)
        if expected is None or expected not in map(number, included):
            said = None if expected is None else shown(expected)
            faults.append(Fault(included[0], said, text_of(included[0])) if included else Fault(None, said))
    return faults


def _taxes(group: Group) -> Sequence[Fault]:
    breakdown = group.get("cac:TaxSubtotal")
    if not breakdown:
        return KEPT
    expected = cents(total(each for one in breakdown for each in one.get("cbc:TaxAmount", ())))
    return _must_be(group, "cbc:TaxAmount", expected)


def _tax_of_category(group: Group) -> Sequence[Fault]:
    element = group.first("cbc:TaxAmount")
    tax, taxable = number(element), number(group.first("cbc:TaxableAmount"))
    rates = [each.first("cbc:Percent") for each in group.get("cac:TaxCategory", ()) if is_vat(each)]
    rate = next((number(each) for each in rates if each is not None), None)
    if rate is None or whole(rate) == ZERO:
        expected, is_kept = ZERO, tax is not None and whole(tax) == ZERO
    elif taxable is None:
        return (Fault(element),)
    else:
        expected = tax_at(taxable, rate)
        is_kept = tax is not None and abs(abs(tax) - expected) < ONE
    if is_kept:
        return KEPT
    return (Fault(element, shown(expected), None if element is None else text_of(element)),)


def tax_at(taxable: Decimal, rate: Decimal) -> Decimal:
    """What VAT comes to, without its sign."""
    return cents(hundredth(abs(taxable) * rate))


def _one_time_of_tax(group: Group) -> Sequence[Fault]:
    if "cbc:TaxPointDate" not in group:
        return KEPT
    periods = group.get("cac:InvoicePeriod", ())
    return BROKEN if any("cbc:DescriptionCode" in each for each in periods) else KEPT


RULES: Final = (
    judged(
        "BR-CO-10", at.TOTALS, _lines, "BT-106 BT-131", "The sum of the lines must equal their net amounts, added up."
    ),
    judged(
        "BR-CO-11",
        at.TOTALS,
        _sum_beside("cbc:AllowanceTotalAmount", is_allowance),
        "BT-107 BT-92",
        "The sum of allowances must equal the document level allowances, added up.",
    ),
    judged(
        "BR-CO-12",
        at.TOTALS,
        _sum_beside("cbc:ChargeTotalAmount", claims_charge),
        "BT-108 BT-99",
        "The sum of charges must equal the document level charges, added up.",
    ),
    judged(
        "BR-CO-13",
        at.TOTALS,
        _without_vat,
        "BT-109 BT-106 BT-107 BT-108",
        "The total without VAT must equal the sum of the lines, less allowances, plus charges.",
    ),
    judged(
        "BR-CO-14",
        at.TAX_TOTAL,
        Given(("cac:TaxSubtotal",), _taxes),
        "BT-110 BT-117",
        "The VAT total must equal the taxes of the VAT breakdowns, added up.",
    ),
    judged(
        "BR-CO-15",
        at.DOCUMENT,
        _with_vat,
        "BT-112 BT-109 BT-110",
        "The total with VAT must equal the total without VAT plus the one VAT total in the invoice's currency.",
    ),
    judged(
        "BR-CO-16",
        at.TOTALS,
        _payable,
        "BT-115 BT-112 BT-113 BT-114",
        "The amount due must equal the total with VAT, less what was paid, plus the rounding.",
    ),
    judged(
        "BR-CO-17",
        at.VAT_BREAKDOWN,
        _tax_of_category,
        "BT-117 BT-116 BT-119",
        "The tax of a VAT breakdown must equal its taxable amount times its rate; less than 1.00 off is let pass.",
    ),
    judged("BR-CO-18", at.DOCUMENT, present("cac:TaxTotal/cac:TaxSubtotal"), "BG-23", "There is no VAT breakdown."),
    judged(
        "BR-CO-03",
        at.DOCUMENT,
        ByNames(_one_time_of_tax),
        "BT-7 BT-8",
        "The date when VAT becomes due and the code for it exclude each other.",
    ),
)
