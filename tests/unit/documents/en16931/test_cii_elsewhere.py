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
