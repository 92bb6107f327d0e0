"""EN 16931 for CII: the same rules where they are the same, and the official binding's own where they are not."""

from random import Random

import pytest
from lxml import etree

from edi_gateway.documents.cii_names import NAMESPACES, clark
from edi_gateway.documents.en16931 import CII_RULES, RULES, findings, judge
from edi_gateway.documents.en16931.cii.binding import rows
from edi_gateway.documents.rulesets import Judging
from edi_gateway.documents.validate import validate
from edi_gateway.model.document import Ruleset
from tests.support import cii, invoices
from tests.support.cii import INVOICE, made
from tests.support.cii_changes import Change, at, below, changed, claiming, drop, text
from tests.support.ubl import verified

SUMMATION = "//ram:SpecifiedTradeSettlementHeaderMonetarySummation"
VAT = f"{SUMMATION}/ram:TaxTotalAmount"
TAX = "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax[1]"


def add(path: str, name: str, content: str) -> Change:
    def change(root: etree._Element) -> None:
        new = made(name, content)
        assert new is not None
        at(root, path).append(new)

    return change


def fired(*changes: Change, content: bytes = INVOICE) -> set[str]:
    root = etree.fromstring(content)
    for change in changes:
        change(root)
    return {each.rule for each in judge(root)}


def test_the_rules_about_an_invoice_are_the_same_as_for_ubl_and_those_of_the_syntax_are_its_own() -> None:
    shared = {id for id in RULES if not id.startswith("UBL-")}
    assert shared <= CII_RULES.keys()
    assert {id[:6] for id in CII_RULES.keys() - shared} == {"CII-SR", "CII-DT"}
    assert {id for id in shared if CII_RULES[id].message != RULES[id].message} == set()
    assert {id for id in shared if CII_RULES[id].severity != RULES[id].severity} == {"BR-51"}


def test_each_place_of_the_binding_names_its_terms() -> None:
    assert [path for path, _, terms, _ in rows() if not all(each[:3] in ("BT-", "BG-") for each in terms.split())] == []


def test_an_invoice_that_claims_en_16931_is_judged_by_it_and_told_where() -> None:
    root = etree.fromstring(INVOICE)
    text(f"{SUMMATION}/ram:DuePayableAmount", "1.00")(root)
    reading = validate(verified(etree.tostring(root)))
    assert reading.ruleset[-1] == Ruleset("en16931", "1.3.16")
    (finding,) = reading.findings
    assert (finding.rule, finding.severity, finding.expected, finding.actual) == (
        "BR-CO-16",
        "fatal",
        "5044.91",
        "1.00",
    )
    settlement = "/CrossIndustryInvoice/SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement"
    place = "ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:DuePayableAmount"
    assert finding.locations[0].xpath == f"{settlement}/{place}"
    again = etree.fromstring(etree.tostring(root))
    assert finding.locations[0].line == at(again, f"{SUMMATION}/ram:DuePayableAmount").sourceline


def test_an_extension_of_the_core_is_not_judged_by_it_unless_it_is_named() -> None:
    extension = claiming("urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended")
    content = changed(INVOICE, extension, text(f"{SUMMATION}/ram:DuePayableAmount", "1.00"))
    reading = validate(verified(content))
    assert [each.name for each in reading.ruleset] == ["cii-d22b-invoice.xsd", "gw-cii", "gw-sums"]
    assert [finding.rule for finding in reading.findings] == ["GW-SUM-009"]
    named = validate(verified(content), Judging(ruleset="en16931")).findings
    assert [finding.rule for finding in named] == ["BR-CO-16"]


def test_what_is_wrong_in_one_syntax_is_wrong_in_the_other() -> None:
    for seed in range(20):
        source = invoices.invoice(Random(seed))
        line = source.find(invoices.clark("cac:LegalMonetaryTotal"))
        assert line is not None
        total = line.find(invoices.clark("cbc:TaxInclusiveAmount"))
        assert total is not None
        total.text = "0.01"
        assert in_both(source), seed


def in_both(source: etree._Element) -> bool:
    """Whether the same rules speak, and some do."""
    in_ubl = {each.rule for each in judge(source) if not each.rule.startswith("UBL-")}
    in_cii = {each.rule for each in judge(cii.from_ubl(source)) if not each.rule.startswith("CII-")}
    return in_ubl == in_cii and len(in_ubl) > 0


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        # At exactly 1.00 off, the tax of a category still passes here, but for the standard rate's own rule.
        (text(f"{TAX}/ram:CalculatedAmount", "784.85"), {"BR-CO-14", "BR-S-09"}),
        (text(f"{TAX}/ram:CalculatedAmount", "784.84"), {"BR-CO-14", "BR-S-09", "BR-CO-17"}),
        # So little is lost where it is compared in binary floating point.
        (text(f"{TAX}/ram:CalculatedAmount", "786.8499999999999999999999"), {"BR-DEC-20", "BR-CO-14", "BR-S-09"}),
        (text(VAT, "793.8999999999999999999999"), set()),
        (text(f"{TAX}/ram:BasisAmount", "4136.06"), {"BR-S-08"}),
        (drop("//ram:SellerTradeParty/ram:PostalTradeAddress"), {"BR-08", "BR-09"}),
        (text("//ram:BuyerTradeParty//ram:CountryID", " "), {"BR-11", "BR-CL-14"}),
        (text("//ram:SellerTradeParty/ram:SpecifiedTaxRegistration/ram:ID", "XX1"), {"BR-CO-09"}),
        (text("//ram:SpecifiedTradeSettlementPaymentMeans/ram:TypeCode", "30 "), set()),
        (drop("//ram:PayeePartyCreditorFinancialAccount"), {"CII-SR-470"}),
        (text("rsm:ExchangedDocument/ram:TypeCode", "381"), set()),
        (text("rsm:ExchangedDocument/ram:TypeCode", "999"), {"BR-CL-01"}),
        (add(TAX, "ram:DueDateTypeCode", "35"), {"BR-CL-06"}),
        (add(TAX, "ram:DueDateTypeCode", "29"), set()),
        (add("//ram:SellerTradeParty", "ram:RoleCode", "SE"), {"CII-SR-222"}),
        (lambda root: at(root, "rsm:ExchangedDocument/ram:ID").set("schemeID", "x"), {"BR-CL-11", "CII-DT-005"}),
        (lambda root: at(root, f"{SUMMATION}/ram:GrandTotalAmount").set("currencyID", "EUR"), {"CII-DT-031"}),
    ],
)
def test_what_the_binding_to_cii_asks_in_its_own_way(change: Change, rules: set[str]) -> None:
    assert fired(change) == rules


@pytest.mark.parametrize(
    ("path", "name", "value", "rule"),
    [
        (TAX, "ram:ExemptionReasonCode", "vatex-eu-o", "BR-CL-22"),
        ("//ram:BuyerTradeParty/ram:PostalTradeAddress", "ram:CountryID", "AN", "BR-CL-14"),
        ("//ram:SpecifiedTradeProduct", "ram:OriginTradeCountry/ram:ID", "AN", "BR-CL-15"),
        ("rsm:ExchangedDocument", "ram:IncludedNote/ram:SubjectCode", "BAT", "BR-CL-08"),
    ],
)
def test_codes_are_those_of_the_official_binding_to_cii(path: str, name: str, value: str, rule: str) -> None:
    assert rule not in fired(below(path, name, value))
    assert rule in fired(below(path, name, "SS"))


def test_only_xml_s_own_blanks_may_stand_around_a_day() -> None:
    day = "//ram:IssueDateTime/udt:DateTimeString"
    assert "CII-DT-097" not in fired(text(day, " \n20261123\t"))
    assert "CII-DT-097" in fired(text(day, "\u00a020261123"))


def test_a_breakdown_without_rate_is_of_category_o_as_it_is_written() -> None:
    without = drop(f"{TAX}/ram:RateApplicablePercent")
    assert "BR-48" not in fired(without, text(f"{TAX}/ram:CategoryCode", "O"))
    assert "BR-48" in fired(without, text(f"{TAX}/ram:CategoryCode", " O "))


def test_a_vat_number_begins_with_a_country_of_the_official_binding_to_cii() -> None:
    number = "//ram:SellerTradeParty/ram:SpecifiedTaxRegistration/ram:ID"
    assert "BR-CO-09" not in fired(text(number, "AN1"))
    assert "BR-CO-09" in fired(text(number, "SS1"))


def test_of_several_amounts_of_a_charge_the_first_is_to_have_two_decimals() -> None:
    first = below("//ram:SpecifiedLineTradeSettlement", "ram:SpecifiedTradeAllowanceCharge/ram:ActualAmount", "1.00")
    change = "//ram:SpecifiedLineTradeSettlement/ram:SpecifiedTradeAllowanceCharge"
    charged = below(change, "ram:ChargeIndicator/udt:Indicator", "true")
    assert "BR-DEC-27" not in fired(first, charged, below(change, "ram:ActualAmount", "1.234"))
    assert "BR-DEC-27" in fired(first, charged, text(f"{change}/ram:ActualAmount", "1.234"))


@pytest.mark.parametrize(
    ("indicator", "name", "rule"),
    [("false", "ram:AllowanceTotalAmount", "BR-CO-11"), ("true", "ram:ChargeTotalAmount", "BR-CO-12")],
)
def test_of_several_amounts_of_a_change_the_first_adds_to_the_sum(indicator: str, name: str, rule: str) -> None:
    settlement = "//ram:ApplicableHeaderTradeSettlement"
    change = f"{settlement}/ram:SpecifiedTradeAllowanceCharge[last()]"
    changes = [
        below(settlement, "ram:SpecifiedTradeAllowanceCharge/ram:ActualAmount", "1.00"),
        below(change, "ram:ActualAmount", "2.00"),
        below(change, "ram:ChargeIndicator/udt:Indicator", indicator),
    ]
    root = etree.fromstring(INVOICE)
    before = sum(float(each.text or 0) for each in root.iterfind(f".{SUMMATION}/{name}", NAMESPACES))
    assert rule not in fired(*changes, below(SUMMATION, name, f"{before + 1:.2f}"))
    assert rule in fired(*changes, below(SUMMATION, name, f"{before + 3:.2f}"))


def test_sums_in_binary_floating_point_take_numbers_as_no_schema_has_them() -> None:
    assert "BR-CO-14" not in fired(text(VAT, "7.939E2"))
    assert "BR-CO-14" in fired(text(VAT, "7.94E2"))


@pytest.mark.parametrize(
    ("taxes", "total", "other"),
    [
        (["10000000000000000", "1", "-10000000000000000"], "0.00", "1.00"),  # beside 10^16, 1 is lost
        (["52753451286971.09"], "52753451286971.09", "52753451286971.10"),  # half a cent more would be rounded to one
    ],
)
def test_sums_in_binary_floating_point_lose_what_xpath_loses_and_no_more(
    taxes: list[str], total: str, other: str
) -> None:
    root = etree.fromstring(INVOICE)
    breakdown = at(root, TAX)
    for each in [*root.iter(clark("ram:CalculatedAmount"))]:
        each.getparent().remove(each)
    breakdown.extend(made("ram:CalculatedAmount", amount) for amount in taxes)
    assert "BR-CO-14" not in fired(text(VAT, total), content=etree.tostring(root))
    assert "BR-CO-14" in fired(text(VAT, other), content=etree.tostring(root))


def test_a_large_total_of_vat_has_two_decimals_when_its_hundredfold_is_whole() -> None:
    assert "BR-DEC-13" not in fired(text(VAT, "10462938990462166.00"))
    assert "BR-DEC-13" in fired(text(VAT, "10462.001"))


@pytest.mark.parametrize("number", ["INF", "-INF", "NaN", "1E400", "9" * 200])
def test_no_number_is_too_large_to_be_judged(number: str) -> None:
    path = "//ram:*[contains(name(), 'Amount') or contains(name(), 'Percent')]"
    amounts = etree.fromstring(INVOICE).xpath(path, namespaces=dict(NAMESPACES))
    everywhere = [text(each.getroottree().getpath(each), number) for each in amounts]
    assert "BR-CO-17" in fired(*everywhere)
    assert {"BR-CO-10", "BR-CO-15", "BR-CO-16"} <= set[str]().union(*map(fired, everywhere))


def test_a_payee_of_a_line_needs_a_name() -> None:
    payee = "ram:SpecifiedTradePaymentTerms/ram:PayeeTradeParty"
    assert "BR-17" in fired(below("//ram:SpecifiedLineTradeSettlement", f"{payee}/ram:ID", "1"))
    assert "BR-17" not in fired(below("//ram:SpecifiedLineTradeSettlement", f"{payee}/ram:Name", "Factor"))


def test_a_whole_card_number_refuses_and_is_not_repeated() -> None:
    root = etree.fromstring(INVOICE)
    means = at(root, "//ram:SpecifiedTradeSettlementPaymentMeans")
    card = made("ram:ApplicableTradeSettlementFinancialCard", made("ram:ID", "4111111111111111"))
    assert card is not None
    means.insert(2, card)
    (finding,) = findings(root, judge(root, only={"BR-51"}))
    assert (finding.severity, finding.actual) == ("fatal", None)


def test_an_empty_document_breaks_rules_and_stops_nothing() -> None:
    rules = {each.rule for each in judge(etree.Element(clark("rsm:CrossIndustryInvoice")))}
    assert {"BR-01", "BR-02", "BR-16"} <= rules
    assert "BR-12" not in rules  # as for the official rules: without totals, nothing is asked of them


def test_the_cost_grows_with_the_lines_and_not_with_their_square() -> None:
    """Sums of categories are made once, however many breakdowns there are."""
    root = etree.fromstring(INVOICE)
    tax = at(root, TAX)
    for rate in range(300):
        copy = etree.fromstring(etree.tostring(tax))
        copy.find(clark("ram:RateApplicablePercent")).text = str(rate + 30)
        tax.addnext(copy)
    broken = [each for each in judge(root) if each.rule == "BR-S-08"]
    assert len(broken) == 300
