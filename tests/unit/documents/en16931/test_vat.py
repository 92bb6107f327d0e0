"""The families of VAT rules, and what is special in some."""

import pytest

from edi_gateway.documents.en16931 import judge
from edi_gateway.documents.en16931.vat_families import FAMILIES
from tests.support.en16931 import VAT, breakdown, fragment, invoice, line, tax_total, totals

REASON = "<cbc:TaxExemptionReason>said</cbc:TaxExemptionReason>"
DELIVERED = """<cac:Delivery><cbc:ActualDeliveryDate>2026-11-22</cbc:ActualDeliveryDate><cac:DeliveryLocation>
    <cac:Address><cac:Country><cbc:IdentificationCode>FR</cbc:IdentificationCode></cac:Country></cac:Address>
    </cac:DeliveryLocation></cac:Delivery>"""
FREE = totals(TaxInclusive="100.00", Payable="100.00")
FAMILY = pytest.mark.parametrize("family", FAMILIES, ids=lambda each: each.prefix)


def rules(root, *only):
    return sorted({each.rule for each in judge(root, only=only or None)})


def of(family, rate=None, reason=None, net="100.00", taxable="100.00"):
    """An invoice whose one line is of that category."""
    rate = rate or {"zero": "0", "absent": "0", "positive": "25", "not negative": "25"}[family.rate]
    tax = "25.00" if rate == "25" else "0.00"
    reason = (REASON if family.is_exempt else "") if reason is None else reason
    root = invoice(
        lines=line(category=family.code, rate=rate, net=net),
        tax=tax_total(tax, breakdown(taxable, tax, family.code, rate, reason)),
        money=None if tax == "25.00" else FREE,
        more=DELIVERED,
    )
    if family.code == "O":
        for name in ("Percent", "PartyTaxScheme"):
            for each in root.findall(f".//{{*}}{name}"):
                each.getparent().remove(each)
    return root


@FAMILY
def test_a_family_that_is_kept_says_nothing(family):
    found = rules(of(family))
    # Without any VAT identifier, the seller needs another one.
    assert found == (["BR-CO-26"] if family.code == "O" else [])


@FAMILY
def test_a_category_in_use_needs_its_breakdown(family):
    root = of(family)
    for each in root.findall(".//{*}TaxSubtotal"):
        each.getparent().remove(each)
    assert rules(root, f"BR-{family.prefix}-01") == [f"BR-{family.prefix}-01"]


@FAMILY
def test_the_parties_are_known_for_taxes_as_the_category_asks(family):
    root = of(family)
    if family.code == "O":
        root = invoice(lines=line(category="O"))
    else:
        for each in root.findall(".//{*}PartyTaxScheme"):
            each.getparent().remove(each)
    assert rules(root, f"BR-{family.prefix}-02") == [f"BR-{family.prefix}-02"]


@FAMILY
def test_the_rate_is_one_that_the_category_has(family):
    wrong = {"zero": "5", "positive": "0", "not negative": "-1", "absent": "0"}[family.rate]
    place = f"""<cac:AllowanceCharge><cbc:ChargeIndicator>{{}}</cbc:ChargeIndicator><cac:TaxCategory>
        <cbc:ID>{family.code}</cbc:ID><cbc:Percent>{wrong}</cbc:Percent>{VAT}</cac:TaxCategory></cac:AllowanceCharge>"""
    root = fragment(place.format("false") + place.format("1") + line(category=family.code, rate=wrong))
    numbers = [f"BR-{family.prefix}-{number}" for number in ("05", "06", "07")]
    assert rules(root, *numbers) == numbers


@FAMILY
def test_the_taxable_amount_is_what_the_lines_add_up_to(family):
    rule = f"BR-{family.prefix}-08"
    assert rules(of(family, taxable="99.01"), rule) == ([] if family.by_rate else [rule])
    assert rules(of(family, taxable="99.00"), rule) == [rule]


@FAMILY
def test_an_exemption_has_a_reason_and_nothing_else_has(family):
    rule = f"BR-{family.prefix}-10"
    assert rules(of(family, reason="" if family.is_exempt else REASON), rule) == [rule]


def test_two_rates_of_one_category_are_told_apart():
    lines = line(1, "100.00", rate="25") + line(2, "100.00", rate="12")
    right = breakdown() + breakdown(tax="12.00", rate="12")
    assert rules(invoice(lines=lines, tax=tax_total("37.00", right)), "BR-S-08") == []
    wrong = breakdown("200.00", "50.00")
    assert rules(invoice(lines=lines, tax=tax_total("50.00", wrong)), "BR-S-08") == ["BR-S-08"]


def test_a_breakdown_without_amounts_is_broken_and_nothing_is_raised():
    root = fragment(f"""<cac:TaxTotal><cac:TaxSubtotal><cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>25</cbc:Percent>
        {VAT}</cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>{line()}""")
    assert {"BR-45", "BR-46", "BR-S-08", "BR-S-09", "BR-CO-17"} <= set(rules(root))


def test_not_subject_to_vat_stands_alone():
    tax = tax_total("25.00", breakdown() + breakdown("0.00", "0.00", "O", reason=REASON))
    assert rules(invoice(tax=tax), "BR-O-11", "BR-O-12", "BR-O-13") == ["BR-O-11", "BR-O-12"]


def test_split_payment_is_italian_and_excludes_the_standard_rate():
    lines = line(1) + line(2, category="B")
    assert rules(invoice(lines=lines), "BR-B-01", "BR-B-02") == ["BR-B-01", "BR-B-02"]


def test_a_supply_within_the_union_says_when_and_where_it_went():
    family = next(each for each in FAMILIES if each.code == "K")
    root = of(family)
    root.remove(root.find("{*}Delivery"))
    assert rules(root) == ["BR-IC-11", "BR-IC-12"]


def test_a_category_with_two_codes_that_nothing_else_is_asked_of_is_of_both():
    category = f"<cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:ID>G</cbc:ID>{VAT}</cac:TaxCategory>"
    assert rules(invoice(more=f"<cac:Delivery>{category}</cac:Delivery>"), "BR-G-01", "BR-Z-01") == ["BR-G-01"]
