"""What we ask of Order-X beyond its schemas is what its own compiled Schematron asks: in each profile, at each element.

That has rules for what must be there and for codes of reasons, without names; none for sums. Where an allowance or
charge doesn't say in udt:Indicator which of the two it is, it takes every reason for wrong: we don't. `--soak` draws
ten times as many documents.
"""

from collections import Counter
from random import Random

import pytest
from lxml import etree

from edi_gateway.documents.orderx.names import clark
from edi_gateway.documents.orderx.requirements import faults
from edi_gateway.documents.schema import catalogue, compiled
from edi_gateway.transports.saxon import OfficialRules
from tests.support.orderx import BASIC, EXTENDED, Drawing

PROFILES = ("basic", "comfort", "extended")
DRAWN = 30
FAULTS = 200
"""So many there are at least in what is drawn."""


def official(profile: str) -> OfficialRules:
    return OfficialRules(sheet=catalogue()[f"order-x-1.0-{profile}"].path.with_name(SHEET))


SHEET = "SCRDMCCBDACIOMessageStructure_100pD20B-compiled.xsl"


def is_decided(element: etree._Element) -> bool:
    parent = element.getparent()
    indicator = f"{clark('ram:ChargeIndicator')}/{clark('udt:Indicator')}"
    return element.tag != clark("ram:ReasonCode") or (parent is not None and parent.find(indicator) is not None)


def theirs(rules: OfficialRules, root: etree._Element) -> Counter[etree._Element]:
    opinion = rules.judge(root)
    assert opinion.failed is None
    found = (root.find(finding.path) for finding in opinion.findings)
    return Counter(element for element in found if element is not None and is_decided(element))


def ours(profile: str, root: etree._Element) -> Counter[etree._Element]:
    # Whether the type is one of Order-X is asked by us alone.
    return Counter(fault.place for fault in faults(root, profile) if fault.rule != "GW-ORDER-001")


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_drawn_keeps_the_schema_and_breaks_what_the_official_rules_say(profile: str, soak: bool) -> None:
    drawing, spoken = Drawing(profile), 0
    with official(profile) as rules, compiled(f"order-x-1.0-{profile}") as schema:
        for seed in range(DRAWN * (10 if soak else 1)):
            root = etree.fromstring(etree.tostring(drawing.document(Random(seed))))
            schema.assertValid(root)
            expected = theirs(rules, root)
            assert ours(profile, root) == expected, f"seed {seed}"
            spoken += expected.total()
    assert spoken > FAULTS


@pytest.mark.parametrize(("profile", "content"), [("basic", BASIC), ("extended", EXTENDED)], ids=["basic", "extended"])
def test_our_examples_keep_every_official_rule(profile: str, content: bytes) -> None:
    with official(profile) as rules:
        assert theirs(rules, etree.fromstring(content)) == Counter()
