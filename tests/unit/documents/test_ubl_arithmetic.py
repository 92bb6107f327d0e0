"""Whether plain UBL adds up: each rule broken once, how far off a sum may be, and what is compared with nothing."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from lxml import etree

from edi_gateway.documents import ubl
from edi_gateway.documents.ubl import arithmetic
from edi_gateway.model.document import Finding, Ruleset
from tests.support.ubl import (
    BY_FORMAT,
    CAC,
    CBC,
    CREDIT_NOTE,
    INVOICE,
    ORDER,
    ORDER_RESPONSE,
    at,
    changed,
    drop,
    set_text,
)
from tests.support.ubl import verified as as_verified
from tests.support.ubl_family import DESPATCH_ADVICE, ORDER_CHANGE, REMITTANCE_ADVICE

Change = Callable[[etree._Element], object]
MONETARY = "cac:LegalMonetaryTotal/cbc:"
PLAIN = changed(INVOICE, drop("cbc:CustomizationID"))


def findings(content: bytes) -> tuple[Finding, ...]:
    return arithmetic.check(etree.fromstring(content))


def rules(content: bytes) -> list[str]:
    return [finding.rule for finding in findings(content)]


def add(path: str, by: str) -> Change:
    """Something more, or less, in the amount at a path."""

    def change(root: etree._Element) -> None:
        element = at(root, path)
        element.text = str(Decimal(element.text or "") + Decimal(by))

    return change


def allowance(parent: str, amount: str, *, charge: bool = False) -> Change:
    def change(root: etree._Element) -> None:
        one = etree.Element(f"{CAC}AllowanceCharge")
        etree.SubElement(one, f"{CBC}ChargeIndicator").text = str(charge).lower()
        etree.SubElement(one, f"{CBC}Amount", currencyID="EUR").text = amount
        (at(root, parent) if parent else root).append(one)

    return change


def said(name: str, amount: str, within: str = "cac:LegalMonetaryTotal") -> Change:
    def change(root: etree._Element) -> None:
        etree.SubElement(at(root, within), f"{CBC}{name}", currencyID="EUR").text = amount

    return change


@pytest.mark.parametrize("format", BY_FORMAT)
def test_a_document_that_adds_up_is_not_spoken_of(format: str) -> None:
    assert findings(BY_FORMAT[format]) == ()


BROKEN: list[tuple[str, tuple[Change, ...]]] = [
    ("GW-SUM-001", (add("cac:InvoiceLine/cac:Price/cbc:PriceAmount", "1"),)),
    ("GW-SUM-002", (add(f"{MONETARY}LineExtensionAmount", "1"), drop("cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount"))),
    ("GW-SUM-003", (said("AllowanceTotalAmount", "1"), add(f"{MONETARY}TaxExclusiveAmount", "0"))),
    ("GW-SUM-004", (add(f"{MONETARY}ChargeTotalAmount", "1"),)),
    ("GW-SUM-005", (add(f"{MONETARY}TaxExclusiveAmount", "1"), drop("cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount"))),
    ("GW-SUM-006", (add("cac:TaxTotal/cbc:TaxAmount", "1"), drop("cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount"))),
    ("GW-SUM-007", (set_text("cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:Percent", "7"),)),
    ("GW-SUM-008", (add(f"{MONETARY}TaxInclusiveAmount", "1"), add(f"{MONETARY}PayableAmount", "1"))),
    ("GW-SUM-009", (add(f"{MONETARY}PayableAmount", "-1"),)),
]


@pytest.mark.parametrize(("rule", "changes"), BROKEN, ids=[rule for rule, _ in BROKEN])
def test_each_rule_speaks_alone_of_what_it_is_about(rule: str, changes: tuple[Change, ...]) -> None:
    (finding,) = findings(changed(INVOICE, *changes))
    assert finding.rule == rule
    assert finding.refuses == (rule != "GW-SUM-001")
    assert finding.locations[0].line
    assert finding.expected != finding.actual


def test_a_finding_says_what_would_be_right_and_what_is_there() -> None:
    amount = at(etree.fromstring(INVOICE), f"{MONETARY}PayableAmount").text
    (finding,) = findings(changed(INVOICE, set_text(f"{MONETARY}PayableAmount", "1.5")))
    assert (finding.expected, finding.actual) == (amount, "1.5")
    assert finding.locations[0].xpath == "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount"


@pytest.mark.parametrize(("off", "rule"), [("0.05", []), ("-0.05", []), ("0.06", ["GW-SUM-009"])])
def test_a_total_may_be_five_cents_off(off: str, rule: list[str]) -> None:
    assert rules(changed(INVOICE, add(f"{MONETARY}PayableAmount", off))) == rule


@pytest.mark.parametrize(("off", "rule"), [("0.02", []), ("0.03", ["GW-SUM-001"])])
def test_a_line_may_be_two_cents_off(off: str, rule: list[str]) -> None:
    # The sum of the lines is checked with five.
    assert rules(changed(INVOICE, add("cac:InvoiceLine/cbc:LineExtensionAmount", off))) == rule


@pytest.mark.parametrize(("off", "rule"), [("0.99", []), ("1.00", ["GW-SUM-007"])])
def test_a_tax_may_be_less_than_one_off_its_rate(off: str, rule: list[str]) -> None:
    def exact_tax(root: etree._Element) -> None:
        subtotal = at(root, "cac:TaxTotal/cac:TaxSubtotal")
        taxable, percent = (at(subtotal, name).text for name in ("cbc:TaxableAmount", "cac:TaxCategory/cbc:Percent"))
        due = Decimal(taxable or "") * Decimal(percent or "") / 100 + Decimal(off)
        at(subtotal, "cbc:TaxAmount").text = str(due)
        for other in root.iterfind(f"{CAC}TaxTotal"):
            at(other, "cbc:TaxAmount").text = "0"

    changed_tax = changed(INVOICE, exact_tax, drop("cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount"))
    assert [each for each in rules(changed_tax) if each == "GW-SUM-007"] == rule


@pytest.mark.parametrize(("base", "amount", "rule"), [("3", "3.33", []), ("3", "3.36", ["GW-SUM-001"]), ("0", "9", [])])
def test_a_price_is_for_so_many(base: str, amount: str, rule: list[str]) -> None:
    def price(root: etree._Element) -> None:
        etree.SubElement(
            at(root, "cac:OrderLine/cac:LineItem/cac:Price"), f"{CBC}BaseQuantity", unitCode="C62"
        ).text = base

    line = "cac:OrderLine/cac:LineItem/"
    changes = (set_text(f"{line}cbc:Quantity", "1"), set_text(f"{line}cac:Price/cbc:PriceAmount", "10"), price)
    assert rules(changed(ORDER_CHANGE, *changes, set_text(f"{line}cbc:LineExtensionAmount", amount))) == rule


def test_a_price_for_another_unit_is_compared_with_nothing() -> None:
    def other_unit(root: etree._Element) -> None:
        price = at(root, "cac:InvoiceLine/cac:Price")
        etree.SubElement(price, f"{CBC}BaseQuantity", unitCode="KGM").text = "7"

    assert rules(changed(INVOICE, other_unit)) == []


@pytest.mark.parametrize("in_amount", [True, False])
def test_the_allowances_of_a_line_may_be_in_its_amount_or_not(in_amount: bool) -> None:
    line = "cac:InvoiceLine"
    changes = [allowance(line, "5"), allowance(line, "2", charge=True)]
    if in_amount:
        changes += [add(f"{line}/cbc:LineExtensionAmount", "-3"), drop(f"{MONETARY}LineExtensionAmount")]
    assert rules(changed(INVOICE, *changes)) == []


@pytest.mark.parametrize("total", ["5", "12"])
def test_a_total_of_allowances_may_have_those_of_the_lines_in_it(total: str) -> None:
    less = (add(f"{MONETARY}{name}Amount", "-5") for name in ("TaxExclusive", "TaxInclusive", "Payable"))
    changes = (allowance("", "5"), allowance("cac:InvoiceLine", "7"), said("AllowanceTotalAmount", total), *less)
    assert rules(changed(INVOICE, *changes)) == []


@pytest.mark.parametrize("names", [("Payable",), ("TaxInclusive", "Payable")])
def test_either_of_the_last_totals_may_be_rounded(names: tuple[str, ...]) -> None:
    rounded = (add(f"{MONETARY}{name}Amount", "0.40") for name in names)
    assert rules(changed(INVOICE, said("PayableRoundingAmount", "0.40"), *rounded)) == []


def test_what_was_paid_before_is_not_payable() -> None:
    assert rules(changed(INVOICE, said("PrepaidAmount", "100"), add(f"{MONETARY}PayableAmount", "-100"))) == []
    assert rules(changed(INVOICE, said("PrepaidAmount", "100"))) == ["GW-SUM-009"]


def test_tax_that_is_withheld_leaves_the_payable_amount_open() -> None:
    withheld: Change = lambda root: etree.SubElement(root, f"{CAC}WithholdingTaxTotal")  # noqa: E731 - a change
    assert rules(changed(INVOICE, add(f"{MONETARY}PayableAmount", "-50"), withheld)) == []


@pytest.mark.parametrize("name", ["LineExtension", "TaxExclusive", "TaxInclusive", "ChargeTotal"])
def test_what_is_missing_or_in_another_currency_or_too_long_is_compared_with_nothing(name: str) -> None:
    path = f"{MONETARY}{name}Amount"
    other: Change = lambda root: at(root, path).set("currencyID", "USD")  # noqa: E731 - a change
    assert rules(changed(INVOICE, other)) == []
    assert rules(changed(INVOICE, set_text(path, "1" * 41))) == []
    if name != "ChargeTotal":
        assert rules(changed(INVOICE, drop(path))) == []


def test_a_tax_in_the_authorities_currency_is_not_added() -> None:
    def second(root: etree._Element) -> None:
        tax = etree.Element(f"{CAC}TaxTotal")
        etree.SubElement(tax, f"{CBC}TaxAmount", currencyID="SEK").text = "9999"
        at(root, "cac:TaxTotal").addnext(tax)

    assert rules(changed(INVOICE, second)) == []


def test_an_order_may_leave_the_tax_open() -> None:
    assert rules(changed(ORDER, drop("cac:TaxTotal"))) == []


def test_a_change_or_an_answer_may_list_the_lines_that_it_is_about() -> None:
    for content, monetary in ((ORDER_CHANGE, "Anticipated"), (ORDER_RESPONSE, "Legal")):

        def totals(root: etree._Element, name: str = monetary) -> None:
            found = root.find(f"{CAC}{name}MonetaryTotal")
            if found is None:
                found = etree.SubElement(root, f"{CAC}{name}MonetaryTotal")
                etree.SubElement(found, f"{CBC}LineExtensionAmount", currencyID="EUR")
            at(found, "cbc:LineExtensionAmount").text = "77777"

        assert rules(changed(content, totals)) == []
    assert rules(changed(ORDER, add("cac:AnticipatedMonetaryTotal/cbc:LineExtensionAmount", "9")))[0] == "GW-SUM-002"


@pytest.mark.parametrize("name", ["Debit", "Credit"])
def test_a_remittance_adds_up_its_lines(name: str) -> None:
    def column(amount: str) -> Change:
        def change(root: etree._Element) -> None:
            total = etree.Element(f"{CBC}Total{name}Amount", currencyID="EUR")
            total.text = amount
            root.insert(3, total)

        return change

    right, wrong = ("100.00", "10.00") if name == "Debit" else ("10.00", "100.00")
    assert rules(changed(REMITTANCE_ADVICE, column(right))) == []
    assert rules(changed(REMITTANCE_ADVICE, column(wrong))) == ["GW-SUM-010"]


@pytest.mark.parametrize("content", [ORDER, DESPATCH_ADVICE, REMITTANCE_ADVICE, CREDIT_NOTE])
def test_the_lines_are_counted(content: bytes) -> None:
    def count(more: int) -> Change:
        def change(root: etree._Element) -> None:
            lines = [each for each in root if each.tag.endswith("Line")]
            root.insert(4, etree.Element(f"{CBC}LineCountNumeric"))
            root[4].text = str(len(lines) + more)

        return change

    assert rules(changed(content, count(0))) == []
    (finding,) = findings(changed(content, count(1)))
    assert (finding.rule, int(finding.actual or "")) == ("GW-SUM-011", int(finding.expected or "") + 1)


def test_numbers_of_forty_digits_are_added_exactly() -> None:
    line, total = "9" * 37 + ".11", "9" * 37 + ".17"
    exact: Change = set_text("cac:AnticipatedMonetaryTotal/cbc:PayableAmount", total)
    gross: Change = said("TaxInclusiveAmount", line, "cac:AnticipatedMonetaryTotal")
    assert rules(changed(ORDER_CHANGE, exact, gross)) == ["GW-SUM-009"]


def test_who_claims_stricter_rules_is_judged_by_them() -> None:
    wrong = add(f"{MONETARY}PayableAmount", "-1")
    claimed, plain = (ubl.read(as_verified(changed(content, wrong))) for content in (INVOICE, PLAIN))
    assert [finding.rule for finding in claimed.findings if finding.refuses] == ["BR-CO-16"]
    assert [finding.rule for finding in plain.findings] == ["GW-SUM-009"]
    assert Ruleset("gw-sums", "1") in plain.ruleset
    assert Ruleset("gw-sums", "1") not in claimed.ruleset
