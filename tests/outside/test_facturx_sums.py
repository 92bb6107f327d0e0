"""What Factur-X's own rules take for right, ours do: no sum is refused that its compiled Schematron accepts.

Of its profiles, EXTENDED and BASIC WL claim no EN 16931 and have rules for sums; MINIMUM has none. An invoice that adds
up is given what these profiles have beyond, and some of its amounts are then changed a little, or a lot. `--soak` draws
ten times as many.
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import pytest
from lxml import etree

from edi_gateway.documents.schema import compiled, locate
from edi_gateway.documents.validate import validate
from edi_gateway.transports.saxon import OfficialRules
from tests.support import cii
from tests.support.cii_changes import at, claiming, put, put_before
from tests.support.ubl import verified

SUMMATION: Final = "//ram:SpecifiedTradeSettlementHeaderMonetarySummation"
LINES: Final = "//ram:IncludedSupplyChainTradeLineItem"
TERMS: Final = "//ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradePaymentTerms"
DRAWN: Final = 100
OFF: Final = ("0.01", "0.02", "0.05", "0.06", "0.11", "1.10", "7.00")
"""A tax that is off by 1.00 is right to BR-CO-17, and wrong to BR-S-09, and to us."""


class Profile(NamedTuple):
    """A guideline, its stylesheet, and for our rules the official ones that ask the same."""

    guideline: str
    file: str
    asked: dict[str, str]


EXTENDED: Final = Profile(
    "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended",
    "facturx-extended/FACTUR-X_EXTENDED.xslt",
    {
        "GW-SUM-002": "BR-FXEXT-CO-10",
        "GW-SUM-003": "BR-FXEXT-CO-11",
        "GW-SUM-004": "BR-FXEXT-CO-12",
        "GW-SUM-005": "BR-FXEXT-CO-13",
        "GW-SUM-006": "BR-CO-14",
        "GW-SUM-008": "BR-FXEXT-CO-15",
        "GW-SUM-009": "BR-FXEXT-CO-16",
    },
)
BASIC_WL: Final = Profile(
    "urn:factur-x.eu:1p0:basicwl",
    "facturx-basicwl/FACTUR-X_BASIC-WL.xslt",
    {
        "GW-SUM-003": "BR-CO-11",
        "GW-SUM-004": "BR-CO-12",
        "GW-SUM-005": "BR-CO-13",
        "GW-SUM-006": "BR-CO-14",
        "GW-SUM-007": "BR-CO-17",
        # It lets the total with tax be the one without, whatever the tax: then the tax is wrong.
        "GW-SUM-008": "BR-CO-15 BR-CO-14",
        "GW-SUM-009": "BR-CO-16",
    },
)


@pytest.fixture(scope="module", params=[EXTENDED, BASIC_WL], ids=["extended", "basic wl"])
def profile(request: pytest.FixtureRequest) -> Profile:
    found: Profile = request.param
    return found


@pytest.fixture(scope="module")
def official(profile: Profile) -> Iterator[OfficialRules]:
    with OfficialRules(sheet=locate("facturx", str(Path("xsd_and_schematron") / profile.file))) as rules:
        yield rules


def add(root: etree._Element, name: str, more: Decimal) -> None:
    """To one of the document's totals."""
    total = at(root, f"{SUMMATION}/ram:{name}Amount")
    total.text = str(Decimal(total.text or "0") + more)


def drawn(profile: Profile, chance: Random) -> etree._Element:
    root = cii.invoice(chance)
    claiming(profile.guideline)(root)
    if profile is BASIC_WL:
        for line in root.xpath(LINES, namespaces=root.nsmap):
            line.getparent().remove(line)
    else:
        extend(root, chance)
    for _ in range(chance.randint(0, 3)):
        change(root, chance)
    return root


def extend(root: etree._Element, chance: Random) -> None:
    """With lines that don't count, and amounts that do."""
    for number, reason in enumerate(chance.choices(("GROUP", "INFORMATION"), k=chance.randint(0, 3))):
        put_before(
            f"{LINES}[1]",
            f"""<ram:IncludedSupplyChainTradeLineItem>
  <ram:AssociatedDocumentLineDocument>
    <ram:LineID>x{number}</ram:LineID><ram:LineStatusReasonCode>{reason}</ram:LineStatusReasonCode>
  </ram:AssociatedDocumentLineDocument>
  <ram:SpecifiedLineTradeSettlement><ram:SpecifiedTradeSettlementLineMonetarySummation>
    <ram:LineTotalAmount>{chance.choice(("0.00", "12.50"))}</ram:LineTotalAmount>
  </ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>
</ram:IncludedSupplyChainTradeLineItem>""",
        )(root)
    if chance.random() < 0.5 and root.xpath(f"{SUMMATION}/ram:ChargeTotalAmount", namespaces=root.nsmap):
        put_before(
            TERMS,
            """<ram:SpecifiedLogisticsServiceCharge>
  <ram:Description>Freight</ram:Description><ram:AppliedAmount>10.00</ram:AppliedAmount>
</ram:SpecifiedLogisticsServiceCharge>""",
        )(root)
        for name in ("ChargeTotal", "TaxBasisTotal", "GrandTotal", "DuePayable"):
            add(root, name, Decimal("10.00"))
    if chance.random() < 0.5:
        collected = """<ram:SpecifiedFinancialAdjustment>
  <ram:Reason>Tourist tax</ram:Reason><ram:ActualAmount>7.00</ram:ActualAmount>
</ram:SpecifiedFinancialAdjustment>"""
        put(SUMMATION, collected)(root)
        add(root, "DuePayable", Decimal("7.00"))


def change(root: etree._Element, chance: Random) -> None:
    amounts = [
        *root.xpath(f"{SUMMATION}/*", namespaces=root.nsmap),
        *root.xpath(f"{LINES}//ram:LineTotalAmount", namespaces=root.nsmap),
        *root.xpath("//ram:ActualAmount | //ram:AppliedAmount | //ram:CalculatedAmount", namespaces=root.nsmap),
    ]
    one = chance.choice(amounts)
    off = Decimal(chance.choice(OFF)) * chance.choice((1, -1))
    one.text = str(Decimal(one.text or "0") + off)


def test_no_sum_is_refused_that_factur_x_accepts(profile: Profile, official: OfficialRules, soak: bool) -> None:
    wrong, refused, accepted = [], set[str](), 0
    for seed in range(DRAWN * (10 if soak else 1)):
        root = etree.fromstring(etree.tostring(drawn(profile, Random(seed))))
        with compiled("cii-d22b-invoice") as schema:
            schema.assertValid(root)
        opinion = official.judge(root)
        assert opinion.failed is None, seed
        theirs = {finding.rule for finding in opinion.findings}
        findings = validate(verified(etree.tostring(root))).findings
        ours = {finding.rule for finding in findings if finding.refuses and finding.rule in profile.asked}
        wrong += [
            f"seed {seed}: {rule}" for rule in sorted(ours) if not theirs.intersection(profile.asked[rule].split())
        ]
        refused |= ours
        accepted += not any(theirs.intersection(each.split()) for each in profile.asked.values())
    assert wrong == []
    # It isn't that we never refuse, nor that they always do.
    assert refused == profile.asked.keys()
    assert accepted > DRAWN // 10
