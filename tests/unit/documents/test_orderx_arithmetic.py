"""What of an Order-X document has to add up, as a UBL order has to."""

import pytest

from edi_gateway.documents.validate import validate
from edi_gateway.model.document import Finding
from tests.support.orderx import BASIC, EXTENDED, Change, changed, drop, put, text
from tests.support.ubl import verified

TYPE = "//rsm:ExchangedDocument/ram:TypeCode"
LINE_TOTAL = "//ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"
LINES_TOTAL = "//ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:LineTotalAmount"
CHARGE_OF_LINE = """<ram:SpecifiedTradeAllowanceCharge>
  <ram:ChargeIndicator><udt:Indicator>true</udt:Indicator></ram:ChargeIndicator>
  <ram:ActualAmount>7.00</ram:ActualAmount>
</ram:SpecifiedTradeAllowanceCharge>"""
CHARGE_OF_NO_KIND = CHARGE_OF_LINE.replace("udt:Indicator>", "udt:IndicatorString>")


def charge_of_line(fragment: str = CHARGE_OF_LINE) -> Change:
    """Of the only line, before its totals."""

    def change(root) -> None:
        put("//ram:SpecifiedTradeSettlementLineMonetarySummation", fragment)(root)
        totals = root.find(".//{*}SpecifiedTradeSettlementLineMonetarySummation")
        totals.addprevious(totals.getnext())

    return change


def found(content: bytes) -> list[tuple[str, str | None, str | None]]:
    findings: tuple[Finding, ...] = validate(verified(content)).findings
    return [(each.rule, each.expected, each.actual) for each in findings]


def test_examples_add_up() -> None:
    assert found(BASIC) == found(EXTENDED) == []


@pytest.mark.parametrize(
    ("rule", "path", "written", "expected"),
    [
        ("GW-SUM-002", LINES_TOTAL, "180.06", "180.00"),
        ("GW-SUM-003", "//ram:AllowanceTotalAmount", "5.06", "5.00"),
        ("GW-SUM-004", "//ram:ChargeTotalAmount", "9.94", "10.00"),
        ("GW-SUM-005", "//ram:TaxBasisTotalAmount", "185.06", "185.00"),
        ("GW-SUM-006", "//ram:TaxTotalAmount", "35.21", "35.15"),
        ("GW-SUM-007", "//ram:CalculatedAmount", "36.15", "35.15"),
        ("GW-SUM-008", "//ram:GrandTotalAmount", "220.21", "220.15"),
        ("GW-SUM-009", "//ram:DuePayableAmount", "200.06", "200.00"),
    ],
)
def test_a_total_that_is_off_is_refused(rule: str, path: str, written: str, expected: str) -> None:
    assert (rule, expected, written) in found(changed(EXTENDED, text(path, written)))


def test_a_line_that_is_not_quantity_times_price_is_warned_of() -> None:
    content = changed(BASIC, text(LINE_TOTAL, "180.03"))
    (finding,) = validate(verified(content)).findings
    assert (finding.rule, finding.severity, finding.expected) == ("GW-SUM-001", "warning", "180.00")


def test_the_price_may_be_for_many() -> None:
    content = changed(EXTENDED, text("//ram:BasisQuantity", "100"), text("//ram:ChargeAmount", "450"))
    assert found(content) == []


def test_a_price_for_another_unit_is_compared_with_nothing() -> None:
    def in_boxes(root) -> None:
        root.find(".//{*}BasisQuantity").set("unitCode", "XBX")

    assert found(changed(EXTENDED, in_boxes, text("//ram:ChargeAmount", "1"))) == []


@pytest.mark.parametrize("written", ["180.00", "187.00"])
def test_a_line_s_charge_may_be_in_its_amount_or_not(written: str) -> None:
    content = changed(EXTENDED, charge_of_line(), text(LINE_TOTAL, written))
    assert "GW-SUM-001" not in {rule for rule, _, _ in found(content)}


def test_what_may_be_charge_or_allowance_is_compared_with_nothing() -> None:
    content = changed(EXTENDED, charge_of_line(CHARGE_OF_NO_KIND), text(LINE_TOTAL, "999.00"), text(LINES_TOTAL, "999"))
    assert [rule for rule, _, _ in found(content)] == ["GW-SUM-005"]


def test_a_response_prices_what_was_asked_for_or_what_is_agreed_to() -> None:
    for written in ("180.00", "90.00"):
        said = (text("//ram:AgreedQuantity", "20"), text(LINE_TOTAL, written))
        content = changed(EXTENDED, text(TYPE, "231"), *said)
        assert found(content) == []


@pytest.mark.parametrize("code", ["230", "231"])
def test_the_total_of_a_change_or_response_may_be_about_lines_that_it_does_not_list(code: str) -> None:
    content = changed(BASIC, text(TYPE, code), text(LINES_TOTAL, "500"), text("//ram:TaxBasisTotalAmount", "500"))
    assert found(content) == []


def test_the_tax_may_be_given_once_more_in_another_currency() -> None:
    more = '<ram:TaxTotalAmount currencyID="DKK">262.10</ram:TaxTotalAmount>'
    assert found(changed(EXTENDED, put("//ram:TaxTotalAmount", more))) == []


def test_charges_for_logistics_may_be_in_the_total_of_charges() -> None:
    freight = """<ram:SpecifiedLogisticsServiceCharge>
  <ram:Description>Freight</ram:Description><ram:AppliedAmount>3.00</ram:AppliedAmount>
</ram:SpecifiedLogisticsServiceCharge>"""
    behind = "//ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeAllowanceCharge[2]"
    for written, rules in (("10.00", []), ("13.00", ["GW-SUM-005"]), ("12.00", ["GW-SUM-004", "GW-SUM-005"])):
        content = changed(EXTENDED, put(behind, freight), text("//ram:ChargeTotalAmount", written))
        assert [rule for rule, _, _ in found(content)] == rules


def test_what_is_not_said_is_compared_with_nothing() -> None:
    names = ("TaxTotalAmount", "GrandTotalAmount", "TotalPrepaidAmount", "ChargeTotalAmount", "AllowanceTotalAmount")
    content = changed(EXTENDED, *(drop(f"//ram:{name}") for name in names), text("//ram:TaxBasisTotalAmount", "180"))
    assert found(content) == []


def test_numbers_too_long_to_be_read_are_compared_with_nothing() -> None:
    long = f"{'0' * 40}1.00"
    assert found(changed(BASIC, text("//ram:ChargeAmount", long))) == []


def test_an_order_without_lines_has_no_sum_of_them() -> None:
    assert found(changed(BASIC, drop("//ram:IncludedSupplyChainTradeLineItem"))) == []
