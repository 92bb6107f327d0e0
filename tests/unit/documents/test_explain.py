import json

import pytest
from lxml import etree

from edi_gateway.demo import documents
from edi_gateway.demo.trade import ACME, GLOBEX
from edi_gateway.documents import en16931
from edi_gateway.documents.explain import Explanation, explain, rules
from edi_gateway.documents.rulesets import Judging
from edi_gateway.documents.validate import validate
from edi_gateway.errors import Rejection
from edi_gateway.workflows.judge import finding_of
from tests.support.examples import CASES, NEVER, whole
from tests.support.ubl import verified

CONTRACT = json.loads(documents.contract("FC-2026-014", GLOBEX, ACME))
OWN = [rule for rule in rules() if rule.startswith("GW-") and not rule.startswith(CASES)]


def page(rule: str) -> Explanation:
    found = explain(rule)
    assert found is not None
    return found


def fired(example: str) -> set[str]:
    """The rules that speak about a fragment; of a contract, about a whole one with these members."""
    try:
        if example.startswith("{"):
            reading = validate(verified(json.dumps(CONTRACT | json.loads(example)).encode(), "application/json"))
        else:
            reading = validate(verified(whole(example)), Judging(rules_only=True))
    except Rejection as refusal:
        return {finding_of(refusal).rule}
    return {finding.rule for finding in reading.findings}


def test_every_rule_has_a_page_with_its_meaning_and_examples() -> None:
    pages = [page(rule) for rule in rules()]
    assert [each.rule for each in pages if not each.means] == []
    assert {each.rule for each in pages if not (each.fails and each.passes)} == NEVER


def test_each_example_of_en_16931_fires_its_rule_and_its_counterpart_does_not() -> None:
    wrong = []
    for rule in (en16931.RULES.keys() | en16931.CII_RULES.keys()) - NEVER:
        found = page(rule)
        fails, passes = (etree.fromstring(whole(example or "")) for example in (found.fails, found.passes))
        if not en16931.judge(fails, only={rule}) or en16931.judge(passes, only={rule}):
            wrong.append(rule)
    assert wrong == []


@pytest.mark.parametrize("rule", OWN)
def test_each_example_of_our_own_fires_its_rule_and_its_counterpart_does_not(rule: str) -> None:
    found = page(rule)
    assert rule in fired(found.fails or "")
    assert rule not in fired(found.passes or "")


@pytest.mark.parametrize("rule", ["XSD-SCHEMAV_ELEMENT_CONTENT", "JSON-required"])
def test_a_rule_of_a_schema_has_the_page_of_all_of_them(rule: str) -> None:
    assert page(rule).rule == rule
    assert page(rule).text.startswith(f"{rule} (fatal)\n\nThe document breaks its")


@pytest.mark.parametrize("rule", ["", "BR-999", "br-co-15", "XSD", "GW-DOC-999"])
def test_what_is_no_rule_has_no_page(rule: str) -> None:
    assert explain(rule) is None


def test_a_page_says_what_to_know() -> None:
    text = page("BR-CO-15").text
    assert text.startswith("BR-CO-15 (fatal)\n\n")
    assert "Business terms: BT-112, BT-109, BT-110" in text
    assert "Rule set: EN 16931 (en16931 1.3.16)" in text
    assert text.index("Fails:") < text.index("Passes:")
