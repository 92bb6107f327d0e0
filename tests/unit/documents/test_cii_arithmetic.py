"""What of a Cross Industry Invoice has to add up that claims no rules of its own, as a UBL invoice has to."""

from decimal import Decimal

import pytest

from edi_gateway.documents.rulesets import DEFAULT, Judging
from edi_gateway.documents.validate import validate
from edi_gateway.model.profile import Profile, Tolerances
from tests.support.cii import CREDIT_NOTE, INVOICE
from tests.support.cii_changes import Change, attribute, changed, claiming, drop, put, put_before, text
from tests.support.ubl import verified

PLAIN = changed(INVOICE, drop("//ram:GuidelineSpecifiedDocumentContextParameter"))
SUMMATION = "//ram:SpecifiedTradeSettlementHeaderMonetarySummation"
LINE = "//ram:IncludedSupplyChainTradeLineItem[1]"
LINES = INVOICE.count(b"<ram:IncludedSupplyChainTradeLineItem>")
LINE_NUMBER = f"{LINE}/ram:AssociatedDocumentLineDocument/ram:LineID"
LINE_TOTAL = f"{LINE}//ram:LineTotalAmount"
EXTENDED = claiming("urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended")
LOGISTICS = """<ram:SpecifiedLogisticsServiceCharge>
  <ram:Description>Freight</ram:Description><ram:AppliedAmount>10.00</ram:AppliedAmount>
</ram:SpecifiedLogisticsServiceCharge>"""


def amount(name: str, value: str) -> Change:
    """Of the document's totals."""
    return text(f"{SUMMATION}/ram:{name}Amount", value)


def found(*changes: Change, content: bytes = PLAIN, judging: Judging = DEFAULT) -> list[tuple[str, str | None]]:
    findings = validate(verified(changed(content, *changes)), judging).findings
    return [(each.rule, each.expected) for each in findings]


def rules(*changes: Change, content: bytes = PLAIN) -> list[str]:
    return [rule for rule, _ in found(*changes, content=content)]


def change_of_line(amount: str, *, charge: bool) -> Change:
    fragment = f"""<ram:SpecifiedTradeAllowanceCharge>
  <ram:ChargeIndicator><udt:Indicator>{str(charge).lower()}</udt:Indicator></ram:ChargeIndicator>
  <ram:ActualAmount>{amount}</ram:ActualAmount>
</ram:SpecifiedTradeAllowanceCharge>"""
    return put_before(f"{LINE}//ram:SpecifiedTradeSettlementLineMonetarySummation", fragment)


def part(number: str, parent: str | None, reason: str | None, net: str | None) -> str:
    """A line as Factur-X EXTENDED knows them, with nothing in it but what it is to the others."""
    inner = "".join(
        f"<ram:{name}>{value}</ram:{name}>"
        for name, value in (("LineID", number), ("ParentLineID", parent), ("LineStatusReasonCode", reason))
        if value
    )
    total = f"<ram:LineTotalAmount>{net}</ram:LineTotalAmount>" if net else ""
    return f"""<ram:IncludedSupplyChainTradeLineItem>
  <ram:AssociatedDocumentLineDocument>{inner}</ram:AssociatedDocumentLineDocument>
  <ram:SpecifiedLineTradeSettlement>
    <ram:SpecifiedTradeSettlementLineMonetarySummation>{total}</ram:SpecifiedTradeSettlementLineMonetarySummation>
  </ram:SpecifiedLineTradeSettlement>
</ram:IncludedSupplyChainTradeLineItem>"""


def test_invoices_and_credit_notes_add_up_and_say_by_what_they_were_judged() -> None:
    for content in (PLAIN, changed(CREDIT_NOTE, drop("//ram:GuidelineSpecifiedDocumentContextParameter"))):
        reading = validate(verified(content))
        assert reading.findings == ()
        assert [each.name for each in reading.ruleset] == ["cii-d22b-invoice.xsd", "gw-cii", "gw-sums"]


def test_what_claims_en_16931_is_left_to_its_rules() -> None:
    assert "gw-sums" not in [each.name for each in validate(verified(INVOICE)).ruleset]
    assert rules(amount("DuePayable", "1.00"), content=INVOICE) == ["BR-CO-16"]


@pytest.mark.parametrize(
    ("rule", "name", "written", "expected"),
    [
        ("GW-SUM-002", "LineTotal", "4203.07", "4203.01"),
        ("GW-SUM-004", "ChargeTotal", "47.94", "48.00"),
        ("GW-SUM-005", "TaxBasisTotal", "4251.07", "4251.01"),
        ("GW-SUM-006", "TaxTotal", "793.84", "793.90"),
        ("GW-SUM-008", "GrandTotal", "5044.97", "5044.91"),
        ("GW-SUM-009", "DuePayable", "5044.85", "5044.91"),
    ],
)
def test_a_total_that_is_off_is_refused(rule: str, name: str, written: str, expected: str) -> None:
    assert (rule, expected) in found(amount(name, written))


def test_a_total_of_allowances_that_is_off_is_refused() -> None:
    allowed = put(f"{SUMMATION}/ram:ChargeTotalAmount", "<ram:AllowanceTotalAmount>0.06</ram:AllowanceTotalAmount>")
    assert found(allowed) == [
        ("GW-SUM-003", "0.00"),
    ]


def test_a_tax_that_is_not_the_rate_of_its_basis_is_refused() -> None:
    assert ("GW-SUM-007", "785.85") in found(text("//ram:CalculatedAmount", "786.85"))


def test_a_line_that_is_not_quantity_times_price_is_warned_of() -> None:
    (finding,) = validate(verified(changed(PLAIN, text(LINE_TOTAL, "314.03")))).findings
    assert (finding.rule, finding.severity, finding.expected) == ("GW-SUM-001", "warning", "314.00")
    assert (finding.locations[0].xpath or "").endswith("LineMonetarySummation/ram:LineTotalAmount")


@pytest.mark.parametrize("price", ["Net", "Gross"])
def test_the_price_may_be_for_many_as_the_net_price_or_the_gross_one_says(price: str) -> None:
    base = '<ram:BasisQuantity unitCode="C62">100</ram:BasisQuantity>'
    gross = f"""<ram:GrossPriceProductTradePrice>
  <ram:ChargeAmount>785</ram:ChargeAmount>{base}
</ram:GrossPriceProductTradePrice>"""
    net = f"{LINE}//ram:NetPriceProductTradePrice"
    said = put(f"{net}/ram:ChargeAmount", base) if price == "Net" else put_before(net, gross)
    assert found(text(f"{net}/ram:ChargeAmount", "785"), said) == []
    assert rules(text(f"{net}/ram:ChargeAmount", "786"), said) == ["GW-SUM-001"]


@pytest.mark.parametrize(
    "said",
    [
        put(f"{LINE}//ram:BilledQuantity", '<ram:ChargeFreeQuantity unitCode="C62">4</ram:ChargeFreeQuantity>'),
        put(
            f"{LINE}//ram:NetPriceProductTradePrice/ram:ChargeAmount",
            "<ram:IncludedTradeTax><ram:CalculatedAmount>1</ram:CalculatedAmount></ram:IncludedTradeTax>",
        ),
        put(
            f"{LINE}//ram:NetPriceProductTradePrice/ram:ChargeAmount",
            '<ram:BasisQuantity unitCode="XBX">1</ram:BasisQuantity>',
        ),
    ],
    ids=["free in part", "with tax in it", "for another unit"],
)
def test_a_price_that_is_not_that_of_the_line_is_compared_with_nothing(said: Change) -> None:
    assert found(said, text(f"{LINE}//ram:NetPriceProductTradePrice/ram:ChargeAmount", "1")) == []


@pytest.mark.parametrize(("written", "is_right"), [("314.00", True), ("317.00", True), ("320.00", False)])
def test_a_line_s_charges_and_allowances_may_be_in_its_amount_or_not(written: str, is_right: bool) -> None:
    changes = (change_of_line("5.00", charge=True), change_of_line("2.00", charge=False), text(LINE_TOTAL, written))
    assert ("GW-SUM-001" not in rules(*changes)) == is_right


def test_a_total_of_charges_may_have_those_of_the_lines_in_it() -> None:
    changes = (change_of_line("5.00", charge=True), amount("ChargeTotal", "53.00"), amount("TaxBasisTotal", "4251.01"))
    assert rules(*changes) == []


def test_charges_for_logistics_count_among_the_charges() -> None:
    placed = put_before("//ram:SpecifiedTradePaymentTerms", LOGISTICS)
    totals = (
        amount("ChargeTotal", "58.00"),
        amount("TaxBasisTotal", "4261.01"),
        amount("GrandTotal", "5054.91"),
        amount("DuePayable", "5054.91"),
    )
    assert rules(placed, *totals) == []
    assert found(placed, *totals, amount("ChargeTotal", "68.00"))[0] == ("GW-SUM-004", "58.00")
    # Left out of both, as some programs do.
    assert rules(placed) == []


def test_groups_and_information_do_not_count() -> None:
    said = put(
        LINE_NUMBER, "<ram:ParentLineID>0</ram:ParentLineID><ram:LineStatusReasonCode>DETAIL</ram:LineStatusReasonCode>"
    )
    group, told = part("0", None, "GROUP", "314.00"), part("9", "0", "INFORMATION", "99.00")
    assert rules(EXTENDED, said, put_before(LINE, group), put_before(LINE, told), content=INVOICE) == []
    assert rules(said, put_before(LINE, group), put_before(LINE, told)) == []
    counted = part("0", None, "DETAIL", "99.00")
    assert rules(said, put_before(LINE, counted)) == ["GW-SUM-002"]


def test_of_lines_within_lines_the_outer_ones_may_be_counted_or_the_others() -> None:
    inner = part("1.1", "1", None, "200.00") + part("1.2", "1", None, "114.00")
    all_of_them = (amount("LineTotal", "4517.01"), amount("TaxBasisTotal", "4565.01"))
    more = (amount("GrandTotal", "5358.91"), amount("DuePayable", "5358.91"))
    assert rules(put(LINE, inner)) == []
    assert rules(put(LINE, inner), *all_of_them, *more) == []
    assert "GW-SUM-002" in rules(put(LINE, inner), amount("LineTotal", "4403.01"))


def test_the_tax_may_be_given_once_more_in_another_currency() -> None:
    assert (
        found(put(f"{SUMMATION}/ram:TaxTotalAmount", '<ram:TaxTotalAmount currencyID="DKK">1</ram:TaxTotalAmount>'))
        == []
    )


def test_an_amount_in_another_currency_is_compared_with_nothing() -> None:
    assert (
        found(amount("TaxBasisTotal", "1"), attribute(f"{SUMMATION}/ram:TaxBasisTotalAmount", "currencyID", "DKK"))
        == []
    )


def test_what_stands_there_twice_is_compared_with_nothing() -> None:
    twice = put(f"{SUMMATION}/ram:GrandTotalAmount", "<ram:GrandTotalAmount>1</ram:GrandTotalAmount>")
    assert found(twice, amount("GrandTotal", "2")) == []


def test_what_is_not_said_is_compared_with_nothing() -> None:
    names = ("ChargeTotal", "TaxTotal", "GrandTotal")
    dropped = [drop(f"{SUMMATION}/ram:{name}Amount") for name in names]
    assert rules(*dropped) == []
    assert rules(*dropped, drop(f"{SUMMATION}/ram:LineTotalAmount"), amount("TaxBasisTotal", "1")) == []


def test_numbers_too_long_to_be_read_are_compared_with_nothing() -> None:
    assert found(text(f"{LINE}//ram:ChargeAmount", f"{'0' * 40}1.00")) == []


def test_what_may_be_charge_or_allowance_is_compared_with_nothing() -> None:
    said = text("//ram:ChargeIndicator/udt:Indicator", "true")
    unclear = put("//ram:ChargeIndicator/udt:Indicator", "<udt:IndicatorString>true</udt:IndicatorString>")
    assert found(said, unclear, drop("//ram:ChargeIndicator/udt:Indicator"), amount("ChargeTotal", "9.00")) == [
        ("GW-SUM-005", "4212.01")
    ]


@pytest.mark.parametrize(("due", "is_right"), [("4944.91", True), ("5044.91", False)])
def test_what_was_paid_before_is_deducted(due: str, is_right: bool) -> None:
    paid = put(f"{SUMMATION}/ram:GrandTotalAmount", "<ram:TotalPrepaidAmount>100.00</ram:TotalPrepaidAmount>")
    assert rules(paid, amount("DuePayable", due)) == ([] if is_right else ["GW-SUM-009"])


@pytest.mark.parametrize(("due", "is_right"), [("4944.91", True), ("5044.91", True), ("4994.91", False)])
def test_advance_payments_are_what_was_paid_where_no_total_says_it(due: str, is_right: bool) -> None:
    advances = "".join(
        f"<ram:SpecifiedAdvancePayment><ram:PaidAmount>{each}</ram:PaidAmount></ram:SpecifiedAdvancePayment>"
        for each in ("60.00", "40.00")
    )
    assert rules(put(SUMMATION, advances), amount("DuePayable", due)) == ([] if is_right else ["GW-SUM-009"])


def test_what_is_collected_for_others_is_added_to_what_is_due() -> None:
    collected = """<ram:SpecifiedFinancialAdjustment>
  <ram:Reason>Tourist tax</ram:Reason><ram:ActualAmount>7.00</ram:ActualAmount>
</ram:SpecifiedFinancialAdjustment>"""
    assert rules(put(SUMMATION, collected), amount("DuePayable", "5051.91")) == []
    assert found(put(SUMMATION, collected), amount("DuePayable", "5058.91")) == [("GW-SUM-009", "5051.91")]


@pytest.mark.parametrize("due", ["5044.90", "5044.91"])
def test_the_end_may_be_rounded_or_not(due: str) -> None:
    rounded = put_before(f"{SUMMATION}/ram:GrandTotalAmount", "<ram:RoundingAmount>-0.01</ram:RoundingAmount>")
    exactly = Judging(profile=Profile(version=1, tolerances=Tolerances(total=Decimal(0))))
    assert found(rounded, amount("DuePayable", due), judging=exactly) == []
    assert found(rounded, amount("DuePayable", "5044.92"), judging=exactly) == [("GW-SUM-009", "5044.90")]


def test_a_tax_of_so_much_a_unit_has_no_rate_of_an_amount() -> None:
    a_unit = put(
        "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax[2]/ram:TypeCode",
        "<ram:BasisQuantity>3</ram:BasisQuantity>",
    )
    rate = text("//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax[2]/ram:RateApplicablePercent", "70")
    assert rules(rate) == ["GW-SUM-007"]
    assert rules(rate, a_unit) == []


def test_the_partner_s_tolerances_count() -> None:
    loose = Judging(profile=Profile(version=1, tolerances=Tolerances(total=Decimal(1))))
    assert found(amount("GrandTotal", "5045.61"), amount("DuePayable", "5045.61"), judging=loose) == []
    assert found(amount("DuePayable", "5046.00"), judging=loose) == [("GW-SUM-009", "5044.91")]


def test_an_extension_lets_sums_be_off_by_a_hundredth_for_each_amount() -> None:
    """Of ten lines and a charge; what claims no extension has to be as exact as any other."""
    lines = [put(LINE, part(f"9.{each}", None, None, "0.00")) for each in range(10 - LINES)]
    off = (amount("LineTotal", "4203.12"), amount("TaxBasisTotal", "4251.12"), amount("GrandTotal", "5045.02"))
    due = amount("DuePayable", "5045.02")
    assert rules(*lines, *off, due) == ["GW-SUM-002"]
    assert rules(EXTENDED, *lines, *off, due, content=INVOICE) == []
    assert rules(EXTENDED, *lines, *off, due, amount("LineTotal", "4203.13"), content=INVOICE) == ["GW-SUM-002"]


MINIMUM = (
    claiming("urn:factur-x.eu:1p0:minimum"),
    *[drop(LINE)] * LINES,
    *[drop("//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax")] * 2,
    drop("//ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeAllowanceCharge"),
    drop(f"{SUMMATION}/ram:LineTotalAmount"),
    drop(f"{SUMMATION}/ram:ChargeTotalAmount"),
)


def test_minimum_has_no_place_for_what_was_paid_before() -> None:
    assert rules(*MINIMUM, content=INVOICE) == []
    assert rules(*MINIMUM, amount("DuePayable", "44.91"), content=INVOICE) == []
    assert rules(*MINIMUM, amount("GrandTotal", "5000.00"), content=INVOICE) == ["GW-SUM-008"]


def test_basic_wl_has_no_lines_and_all_else_has_to_add_up() -> None:
    without_lines = (claiming("urn:factur-x.eu:1p0:basicwl"), *[drop(LINE)] * LINES)
    assert rules(*without_lines, content=INVOICE) == []
    assert rules(*without_lines, amount("LineTotal", "4000.00"), content=INVOICE) == ["GW-SUM-005"]
    assert rules(*without_lines, amount("DuePayable", "44.91"), content=INVOICE) == ["GW-SUM-009"]
