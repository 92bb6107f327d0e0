"""Whatever an Order-X document holds, it is read and judged, or refused; and never anything else."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from edi_gateway.documents import orderx
from edi_gateway.documents.rulesets import Judging
from edi_gateway.documents.validate import claimed_sender, validate
from edi_gateway.model.transmission import Unverified
from tests.support.orderx import EXTENDED, Drawing

DRAWINGS = {profile: Drawing(profile) for profile in ("basic", "comfort", "extended")}
VALUES = ("", " ", "x" * 300, "1e9", "-0", "0" * 50, "\u00a0", "20269999", "231", "urn:order-x.eu:1p0:basic")


def judged(content: bytes) -> None:
    for rules_only in (False, True):
        validate(Unverified(None, "application/xml", content), Judging(rules_only=rules_only))
    claimed_sender("application/xml", content)
    orderx.particulars(etree.fromstring(content))


@given(profile=st.sampled_from(sorted(DRAWINGS)), seed=st.integers(0, 10**6))
def test_what_the_schema_allows_is_judged(profile: str, seed: int) -> None:
    judged(etree.tostring(DRAWINGS[profile].document(Random(seed))))


@given(seed=st.integers(0, 10**6), steps=st.integers(1, 5))
def test_what_is_mutilated_is_judged(seed: int, steps: int) -> None:
    chance, root = Random(seed), etree.fromstring(EXTENDED)
    for _ in range(steps):
        element = chance.choice([*root.iter()][1:])
        parent = element.getparent()
        assert parent is not None
        match chance.randrange(4):
            case 0:
                parent.remove(element)
            case 1:
                element.text = chance.choice(VALUES)
            case 2:
                element.attrib.clear()
            case 3:
                parent.append(etree.fromstring(etree.tostring(element)))
    judged(etree.tostring(root))
