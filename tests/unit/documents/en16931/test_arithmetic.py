"""Sums and roundings, exactly as XPath has them."""

from decimal import Decimal
from unittest.mock import ANY

import pytest

from edi_gateway.documents.en16931 import judge
from edi_gateway.documents.en16931.amounts import cents, day_of, decimal_of, exact, whole
from tests.support.en16931 import amount, breakdown, fragment, invoice, line, tax_total, totals


def fired(root, *rules):
    return [(each.rule, each.expected, each.actual) for each in judge(root, only=rules)]


@pytest.mark.parametrize(
    ("written", "rounded"),
    [("0.005", "0.01"), ("-0.005", "0"), ("-1.005", "-1.00"), ("-2.675", "-2.67"), ("2.675", "2.68"), ("7", "7")],
)
def test_a_half_is_rounded_up_also_below_zero(written, rounded):
    assert cents(Decimal(written)) == Decimal(rounded)


def test_whole_numbers_are_rounded_the_same_way():
    assert [whole(Decimal(each)) for each in ("0.5", "-0.5", "-1.5", "0.49")] == [1, 0, -1, 0]


@pytest.mark.parametrize("text", ["1_000", "NaN", "Infinity", "1e3", "١", "", " ", "1,5", "0x1", "9" * 201])
def test_what_xml_schema_calls_no_decimal_is_none(text):
    assert decimal_of(text) is None


@pytest.mark.parametrize(("text", "value"), [(" 1.50\n", "1.5"), ("+.5", "0.5"), ("5.", "5"), ("-0", "0")])
def test_decimals_are_read_as_xml_schema_writes_them(text, value):
    assert decimal_of(text) == Decimal(value)


def test_sums_of_long_numbers_lose_nothing():
    with exact():
        assert Decimal("9" * 200) + Decimal("0." + "0" * 197 + "1") != Decimal("9" * 200)
        assert cents(Decimal("0." + "0" * 197 + "1")) == 0


@pytest.mark.parametrize("zeros", [3, 60, 150])
def test_zeros_behind_an_amount_change_nothing(zeros):
    right = totals(LineExtension="100." + "0" * zeros, TaxExclusive="100." + "0" * zeros)
    assert fired(invoice(money=right), "BR-CO-10", "BR-CO-13", "BR-CO-15") == []
    assert fired(invoice(lines=line(rate="25." + "0" * zeros)), "BR-S-05", "BR-S-08") == []


@pytest.mark.parametrize(
    ("price", "is_kept"),
    [
        *((each, True) for each in ("1.50E+2", "1e-3", "INF", "0e0", "-0.00", "9" * 70)),
        ("-1e-3", False),
        ("-INF", False),
    ]
    + [(each, False) for each in ("NaN", "", "1_000", "infinity", "0x10", "1e")],
)
def test_a_price_that_no_schema_has_read_is_compared_as_a_double(price, is_kept):
    root = invoice(lines=line().replace('PriceAmount currencyID="EUR">100.00', f'PriceAmount currencyID="EUR">{price}'))
    assert [rule for rule, _, _ in fired(root, "BR-27")] == ([] if is_kept else ["BR-27"])


@pytest.mark.parametrize("number", ["INF", "-INF", "NaN", "1E400", "9" * 200])
def test_no_number_is_too_large_to_be_judged(number):
    root = invoice()
    amounts = [each for each in root.iter() if each.tag.endswith(("Amount", "Percent"))]
    for each in amounts:
        each.text = number
    assert {"BR-CO-15", "BR-S-09"} <= {rule for rule, _, _ in fired(root, "BR-CO-15", "BR-S-09")}


@pytest.mark.parametrize(("category", "rule"), [("S", "BR-S-05"), ("L", "BR-AF-05"), ("M", "BR-AG-05")])
def test_so_is_a_rate(category, rule):
    assert fired(invoice(lines=line(category=category, rate="1e1")), rule) == []
    assert fired(invoice(lines=line(category=category, rate="-1e1")), rule) == [(rule, ANY, "-1e1")]


def test_days_are_compared_where_they_begin():
    assert day_of("2026-01-01+14:00") < day_of("2026-01-01") < day_of("2026-01-01-12:00")
    assert day_of("2026-02-30") is None


def test_days_of_years_with_a_minus_or_with_five_digits_are_days_too():
    days = [day_of(each) for each in ("-0044-03-15", "0001-01-01", "9999-12-31", "10000-01-01", "12026-01-01")]
    assert None not in days
    assert days == sorted(days)
    (_, _, last, first, _) = days
    assert first[0] - last[0] == 1
    assert day_of("12000-02-29") is not None
    assert [day_of(each) for each in ("-0001-02-29", "12026-02-29", "012026-01-01", "+2026-01-01")] == [None] * 4


def test_a_period_may_end_in_a_year_of_five_digits():
    period = "<cac:InvoicePeriod><cbc:StartDate>{}</cbc:StartDate><cbc:EndDate>{}</cbc:EndDate></cac:InvoicePeriod>"
    assert fired(fragment(period.format("2026-11-01", "12026-11-01")), "BR-29") == []
    assert fired(fragment(period.format("12026-11-01", "2026-11-01")), "BR-29") != []


def test_a_cent_too_many_is_not_tolerated_in_the_sum_of_lines():
    wrong = invoice(money=totals(LineExtension="100.01"))
    assert fired(wrong, "BR-CO-10") == [("BR-CO-10", "100.00", "100.01")]


def test_a_total_that_is_missing_is_broken():
    assert fired(fragment("<cac:LegalMonetaryTotal/>"), "BR-CO-10") == [("BR-CO-10", "0.00", None)]


def test_totals_of_allowances_need_allowances():
    assert fired(invoice(money=totals(AllowanceTotal="0.00")), "BR-CO-11") == []
    assert fired(invoice(money=totals(AllowanceTotal="0.01")), "BR-CO-11") == [("BR-CO-11", "0.00", "0.01")]


def test_allowances_need_their_total():
    allowance = "<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator></cac:AllowanceCharge>"
    assert fired(invoice(more=allowance), "BR-CO-11", "BR-CO-12") == [("BR-CO-11", "0.00", None)]


def test_what_is_due_takes_what_was_paid_and_the_rounding_into_account():
    right = totals(Prepaid="25.00", PayableRounding="0.50", Payable="100.50")
    wrong = totals(Prepaid="25.00", PayableRounding="0.50", Payable="100.00")
    assert fired(invoice(money=right), "BR-CO-16") == []
    assert fired(invoice(money=wrong), "BR-CO-16") == [("BR-CO-16", "100.50", "100.00")]


def test_the_total_with_vat_needs_one_vat_total_in_the_currency():
    twice = invoice(tax=tax_total() + tax_total())
    other = invoice(tax=tax_total().replace("EUR", "SEK"))
    assert fired(twice, "BR-CO-15") == [("BR-CO-15", "one VAT total in EUR", "2")]
    assert fired(other, "BR-CO-15") == [("BR-CO-15", "one VAT total in EUR", "0")]


def test_totals_without_amounts_beside_those_that_have_some_change_nothing():
    assert fired(invoice(more="<cac:LegalMonetaryTotal/>"), "BR-CO-15") == []


def test_the_total_with_vat_is_found_where_it_stands():
    (found,) = judge(invoice(money=totals(TaxInclusive="125.01", Payable="125.01")), only=["BR-CO-15"])
    assert (found.expected, found.actual) == ("125.00", "125.01")
    assert found.element.tag.endswith("}TaxInclusiveAmount")


@pytest.mark.parametrize(("tax", "is_kept"), [("25.99", True), ("26.00", False), ("24.01", True), ("24.00", False)])
def test_the_tax_of_a_category_may_be_wrong_by_less_than_one(tax, is_kept):
    root = invoice(tax=tax_total(tax, breakdown(tax=tax)))
    assert [rule for rule, _, _ in fired(root, "BR-CO-17", "BR-S-09")] == ([] if is_kept else ["BR-CO-17", "BR-S-09"])


def test_without_a_rate_the_tax_rounds_to_zero():
    group = "<cac:TaxTotal><cac:TaxSubtotal>{}</cac:TaxSubtotal></cac:TaxTotal>"
    assert fired(fragment(group.format(amount("TaxAmount", "0.49"))), "BR-CO-17") == []
    assert fired(fragment(group.format(amount("TaxAmount", "0.50"))), "BR-CO-17") == [("BR-CO-17", "0.00", "0.50")]


def test_blanks_behind_an_amount_count_as_decimals():
    assert [rule for rule, _, _ in fired(invoice(lines=line(net="100.00 ")), "BR-DEC-23", "UBL-DT-01")] == [
        "UBL-DT-01",
        "BR-DEC-23",
    ]


def test_a_price_may_be_as_exact_as_it_likes():
    root = invoice(lines=line().replace('PriceAmount currencyID="EUR">100.00', 'PriceAmount currencyID="EUR">100.0001'))
    assert judge(root) == []
