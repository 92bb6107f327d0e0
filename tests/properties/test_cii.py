"""Whatever a Cross Industry Invoice holds, it is read and judged, or refused; and never anything else."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from edi_gateway.documents.cii import particulars
from edi_gateway.documents.cii.amounts import Message
from edi_gateway.documents.cii.arithmetic import check, extended
from edi_gateway.documents.rulesets import Judging
from edi_gateway.documents.validate import claimed_sender, validate
from edi_gateway.model.profile import STRICT
from edi_gateway.model.transmission import Unverified
from tests.support import cii
from tests.support.cii_changes import drop

CORE = "//ram:GuidelineSpecifiedDocumentContextParameter"
VALUES = ("", " ", "x" * 300, "1e9", "-0", "0" * 50, "\u00a0", "20269999", "389", "GROUP", "NaN", "1.005", "-7")


def plain(seed: int) -> etree._Element:
    """An invoice that claims nothing, and keeps every rule of EN 16931."""
    root = cii.invoice(Random(seed))
    drop(CORE)(root)
    return root


def mutilated(root: etree._Element, chance: Random, steps: int) -> None:
    for _ in range(steps):
        element = chance.choice([*root.iter()][1:])
        parent = element.getparent()
        assert parent is not None
        match chance.randrange(5):
            case 0:
                parent.remove(element)
            case 1:
                element.text = chance.choice(VALUES)
            case 2:
                element.attrib.clear()
            case 3:
                parent.append(etree.fromstring(etree.tostring(element)))
            case 4:
                element.set("currencyID", "DKK")


@given(seed=st.integers(0, 10**6))
def test_what_keeps_the_rules_of_en_16931_adds_up(seed: int) -> None:
    reading = validate(Unverified(None, "application/xml", etree.tostring(plain(seed))))
    assert [each.rule for each in reading.findings if each.refuses] == []
    assert "gw-sums" in [each.name for each in reading.ruleset]


@given(seed=st.integers(0, 10**6), steps=st.integers(1, 5))
def test_what_is_mutilated_is_judged(seed: int, steps: int) -> None:
    root = plain(seed % 50)
    mutilated(root, Random(seed), steps)
    content = etree.tostring(root)
    for rules_only in (False, True):
        validate(Unverified(None, "application/xml", content), Judging(rules_only=rules_only))
    claimed_sender("application/xml", content)
    particulars(root)


@given(seed=st.integers(0, 10**6), steps=st.integers(0, 5))
def test_who_lets_sums_be_off_by_more_finds_no_more(seed: int, steps: int) -> None:
    root = plain(seed % 50)
    mutilated(root, Random(seed), steps)
    message = Message("EUR", ("BilledQuantity",))
    strict, loose = check(root, message), check(root, message, extended(STRICT, root))
    assert {(each.rule, each.locations) for each in loose} <= {(each.rule, each.locations) for each in strict}
