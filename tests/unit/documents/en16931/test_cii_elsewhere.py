"""What the official binding to CII asks wherever an element stands: in lines within lines, and of prices."""

import pytest
from lxml import etree

from edi_gateway.documents.en16931 import judge
from tests.support.cii import INVOICE
from tests.support.cii_changes import Change, below

LINE = "//ram:IncludedSupplyChainTradeLineItem"
WITHIN = "ram:IncludedSubordinateTradeLineItem"
CHARACTERISTIC = "ram:ApplicableProductCharacteristic"
INSTANCE = f"ram:IndividualTradeProductInstance/{CHARACTERISTIC}"


def fired(*changes: Change) -> set[str]:
    root = etree.fromstring(INVOICE)
    for change in changes:
        change(root)
    return {each.rule for each in judge(root)}


def made(path: str, *names: str) -> list[Change]:
    """The elements at a path below the first line, with those in it."""
    first, *others = (f"ram:{name}" for name in names)
    return [below(f"{LINE}[1]", f"{path}/{first}", "1"), *(below(f"{LINE}[1]/{path}", name, "1") for name in others)]


@pytest.mark.parametrize(
    ("path", "broken", "kept", "rule"),
    [
        (
            f"{WITHIN}/ram:SpecifiedSubordinateLineTradeAgreement/ram:AdditionalReferencedDocument",
            ["URIID"],
            ["IssuerAssignedID"],
            "BR-52",
        ),
        (
            f"{WITHIN}/ram:ApplicableTradeProduct/ram:DesignatedProductClassification",
            ["ClassCode"],
            ["ClassName"],
            "BR-65",
        ),
        (f"{WITHIN}/ram:ApplicableTradeProduct/{CHARACTERISTIC}", ["Value"], ["Description", "Value"], "BR-54"),
        (f"{WITHIN}/ram:ApplicableTradeProduct/{INSTANCE}", ["Value"], ["Description", "Value"], "BR-54"),
        (f"ram:SpecifiedTradeProduct/{INSTANCE}", ["Description"], ["Description", "Value"], "BR-54"),
    ],
)
def test_references_and_products_are_asked_the_same_in_lines_within_lines_and_of_instances(
    path: str, broken: list[str], kept: list[str], rule: str
) -> None:
    assert rule in fired(*made(path, *broken))
    assert rule not in fired(*made(path, *kept))


CHANGE = "ram:SpecifiedSubordinateLineTradeSettlement/ram:SpecifiedTradeAllowanceCharge"
TAX = "ram:CategoryTradeTax"


def taxed(change: str, code: str) -> list[Change]:
    """An allowance or charge below the first line, with a VAT category of no rate."""
    category = f"{LINE}[1]/{change}/{TAX}"
    return [below(f"{LINE}[1]", f"{change}/{TAX}/ram:CategoryCode", code), below(category, "ram:TypeCode", "VAT")]


@pytest.mark.parametrize(("indicator", "rules"), [("false", {"BR-S-06"}), ("1", {"BR-S-07"})])
def test_changes_in_lines_within_lines_have_a_rate_and_nothing_else_is_asked_of_them(
    indicator: str, rules: set[str]
) -> None:
    change = f"{WITHIN}/{CHANGE}"
    indicated = below(f"{LINE}[1]/{change}", "ram:ChargeIndicator/udt:Indicator", indicator)
    rated = below(f"{LINE}[1]/{change}/{TAX}", "ram:RateApplicablePercent", "25")
    of_lines, of_header = (41, 42, 43, 44), (31, 32, 33, 36, 37, 38)
    asked = {*(f"BR-{n}" for n in (*of_lines, *of_header)), *(f"BR-S-0{n}" for n in range(1, 8))}
    assert fired(*taxed(change, "S"), indicated) & asked == rules
    assert fired(*taxed(change, "S"), indicated, rated) & asked == set()


@pytest.mark.parametrize("code", ["E", "AE", "M"])
@pytest.mark.parametrize("within", ["", f"{WITHIN}/"])
def test_the_category_of_a_price_s_discount_needs_a_breakdown(within: str, code: str) -> None:
    agreement = "ram:SpecifiedSubordinateLineTradeAgreement" if within else "ram:SpecifiedLineTradeAgreement"
    discount = f"{within}{agreement}/ram:NetPriceProductTradePrice/ram:AppliedTradeAllowanceCharge"
    rule = "BR-AG-01" if code == "M" else f"BR-{code}-01"
    assert rule in fired(*taxed(discount, code))
    assert not any(each.endswith("-01") for each in fired(*taxed(discount, "S")))


def test_a_change_that_claims_to_be_both_is_judged_as_an_allowance() -> None:
    change = "ram:SpecifiedTradeAllowanceCharge"
    settlement = f"{LINE}[1]/ram:SpecifiedLineTradeSettlement"
    both = [below(f"{settlement}/{change}", "ram:ChargeIndicator/udt:Indicator", each) for each in ("true", "false")]
    category = below(f"{settlement}/{change}/{TAX}", "ram:TypeCode", "VAT")
    changes = [below(settlement, f"{change}/{TAX}/ram:CategoryCode", "S"), category, *both]
    assert fired(*changes) & {"BR-S-06", "BR-S-07"} == {"BR-S-06"}
    assert fired(*changes[:-1]) & {"BR-S-06", "BR-S-07"} == {"BR-S-07"}
