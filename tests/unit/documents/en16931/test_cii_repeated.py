"""How the official binding to CII judges what stands twice, or elsewhere, where the schemas have it once."""

import pytest
from lxml import etree

from edi_gateway.documents.en16931 import judge
from tests.support.cii import INVOICE
from tests.support.cii_changes import Change, below, text

TAX = "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax[1]"
LINE_TAX = "//ram:SpecifiedLineTradeSettlement/ram:ApplicableTradeTax"
DELIVERY = "//ram:ApplicableHeaderTradeDelivery"
SHIP_TO = f"{DELIVERY}/ram:ShipToTradeParty"


def fired(*changes: Change) -> set[str]:
    root = etree.fromstring(INVOICE)
    for change in changes:
        change(root)
    return {each.rule for each in judge(root)}


@pytest.mark.parametrize("settlement", ["ApplicableHeaderTradeSettlement", "SpecifiedLineTradeSettlement"])
def test_an_indicator_that_says_both_is_one_of_an_allowance_and_two_indicators_are_of_both(settlement: str) -> None:
    of = ("BR-33", "BR-38") if settlement.startswith("Applicable") else ("BR-42", "BR-44")
    path = f"//ram:{settlement}/ram:SpecifiedTradeAllowanceCharge[last()]"
    one = below(f"//ram:{settlement}", "ram:SpecifiedTradeAllowanceCharge/ram:ChargeIndicator/udt:Indicator", "true")
    beside = below(f"{path}/ram:ChargeIndicator", "udt:Indicator", "false")
    another = below(path, "ram:ChargeIndicator/udt:Indicator", "false")
    assert fired(one) & {*of} == {of[1]}
    assert fired(one, beside) & {*of} == {of[0]}
    assert fired(one, another) & {*of} == {*of}


def test_one_of_several_addresses_of_delivery_has_a_country() -> None:
    addressed = below(SHIP_TO, "ram:PostalTradeAddress/ram:CityName", "Malmö")
    assert "BR-57" not in fired(addressed)
    nowhere = text(f"{SHIP_TO}/ram:PostalTradeAddress/ram:CountryID", "")
    assert "BR-57" in fired(nowhere, addressed)
    assert "BR-57" not in fired(nowhere, below(SHIP_TO, "ram:PostalTradeAddress/ram:CountryID", "SE"))


def test_a_breakdown_of_two_categories_that_stand_apart_is_judged_as_one_of_the_first() -> None:
    reasoned = below(TAX, "ram:ExemptionReason", "none")
    codes = [
        text(f"{TAX}/ram:CategoryCode", "M"),
        below(TAX, "ram:CategoryCode", "L"),
        below(TAX, "ram:CategoryCode", "O"),
    ]
    rules = {"BR-AF-10", "BR-AG-10", "BR-O-08", "BR-O-11"}
    assert fired(*codes[:1], reasoned) & rules == {"BR-AG-10"}
    assert fired(*codes[:2], reasoned) & rules == {"BR-AF-10"}
    assert fired(*codes, reasoned) & rules == {"BR-AF-10"}


def test_a_tax_of_two_types_is_not_asked_for_its_rate() -> None:
    free = text(f"{LINE_TAX}/ram:RateApplicablePercent", "0")
    assert "BR-S-05" in fired(free)
    assert "BR-S-05" not in fired(free, below(LINE_TAX, "ram:TypeCode", "VAT"))


@pytest.mark.parametrize("within", ["", "ram:IncludedSubordinateTradeLineItem/"])
def test_a_discount_on_a_gross_price_has_one_amount(within: str) -> None:
    agreement = "ram:SpecifiedSubordinateLineTradeAgreement" if within else "ram:SpecifiedLineTradeAgreement"
    discount = f"{within}{agreement}/ram:GrossPriceProductTradePrice/ram:AppliedTradeAllowanceCharge"
    line = "//ram:IncludedSupplyChainTradeLineItem"
    one = below(line, f"{discount}/ram:ActualAmount", "1.00")
    assert "CII-SR-440" not in fired(one)
    assert "CII-SR-440" in fired(one, below(f"{line}/{discount}[last()]", "ram:ActualAmount", "1.00"))


def test_a_rate_beside_breakdowns_of_igic_is_asked_for_an_amount_there() -> None:
    settlement = "//ram:ApplicableHeaderTradeSettlement"
    rate, amount = below(settlement, "ram:RateApplicablePercent", "7"), below(settlement, "ram:BasisAmount", "0.00")
    canary = text(f"{TAX}/ram:CategoryCode", "L")
    assert "BR-AF-08" not in fired(canary)
    assert "BR-AF-08" not in fired(rate)
    assert "BR-AF-08" in fired(canary, rate)
    assert "BR-AF-08" not in fired(canary, rate, amount)
