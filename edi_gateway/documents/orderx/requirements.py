"""What Order-X asks of an order beyond its schemas, profile by profile: what must be there, and which codes.

| rule | |
|---|---|
| GW-ORDER-001 | the type is one that Order-X has: order, order change, order response |
| GW-ORDER-002 | an element is there that Order-X asks for |
| GW-ORDER-003 | no element is there more often than Order-X allows |
| GW-ORDER-004 | an attribute is there that Order-X asks for |
| GW-ORDER-005 | an allowance's reason is coded in UNCL 5189 |
| GW-ORDER-006 | a charge's reason is coded in UNTDID 7161 |

Order-X's own Schematron asks 002 to 006 without giving them names.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from lxml import etree

from edi_gateway.documents.cii.extract import first
from edi_gateway.documents.en16931.codes import ALLOWANCE_REASONS, CHARGE_REASONS
from edi_gateway.documents.orderx import layout as at
from edi_gateway.documents.orderx.names import clark
from edi_gateway.documents.ubl.extract import text_of
from edi_gateway.documents.xpath import Children, clip, display_name
from edi_gateway.model.document import Finding

_TABLE: Final = Path(__file__).with_name("requirements.toml")
_CHANGES: Final = tuple(clark(f"ram:{name}TradeAllowanceCharge") for name in ("Specified", "Applied"))
_REASON: Final = clark("ram:ReasonCode")
_INDICATOR: Final = tuple(clark(name) for name in ("ram:ChargeIndicator", "udt:Indicator"))
_NEWER: Final = {"105", "PRV"}
"""Codes that came to these lists after Order-X 1.0 had taken them over."""
_ALLOWANCE: Final = ("GW-ORDER-005", ALLOWANCE_REASONS)
_CHARGE: Final = ("GW-ORDER-006", CHARGE_REASONS)
_REASONS: Final = {"false": _ALLOWANCE, "0": _ALLOWANCE, "true": _CHARGE, "1": _CHARGE}


class Fault(NamedTuple):
    """A rule, where, and what is wrong: in words, what is expected, and what there is."""

    rule: str
    place: etree._Element
    message: str
    expected: str
    actual: str | None = None


class Requirement(NamedTuple):
    """A row of the table. `above` are the Clark names that must stand over the element, the nearest first."""

    above: tuple[str, ...]
    child: str | None
    attribute: str | None
    at_most: bool


def check(root: etree._Element, profile: str) -> Iterator[Finding]:
    """Judge a document that keeps the schema of its profile."""
    places = Children(root)
    for fault in faults(root, profile):
        yield Finding(
            rule=fault.rule,
            severity="error",
            stage="rules",
            message=fault.message,
            expected=fault.expected,
            actual=fault.actual,
            locations=(places.locate(fault.place),),
        )


def faults(root: etree._Element, profile: str) -> Iterator[Fault]:
    """Everything that is wrong, in document order."""
    code = first(root, at.TYPE_CODE)
    if code is not None and text_of(code) not in at.TYPES:
        wanted = ", ".join(f"{code} ({type})" for code, type in at.TYPES.items())
        yield Fault("GW-ORDER-001", code, "Order-X has no documents of this type.", wanted, clip(text_of(code)))
    asked = _requirements(profile)
    for element in root.iter(*asked, *_CHANGES):
        for requirement in asked.get(str(element.tag), ()):
            yield from _missing(requirement, element)
        if element.tag in _CHANGES:
            yield from _reason(element)


def _missing(requirement: Requirement, element: etree._Element) -> Iterator[Fault]:
    above = tuple(str(each.tag) for each in islice(element.iterancestors(), len(requirement.above)))
    if above != requirement.above:
        return
    if requirement.attribute is not None:
        if element.get(requirement.attribute) is None:
            yield Fault(
                "GW-ORDER-004", element, f"The attribute {requirement.attribute} is missing.", requirement.attribute
            )
    elif requirement.child is not None:
        found, name = len(list(element.iterchildren(requirement.child))), display_name(requirement.child, None)
        if found == 0 and not requirement.at_most:
            yield Fault("GW-ORDER-002", element, f"The element {name} is missing.", f"{name}")
        if found > 1:
            yield Fault(
                "GW-ORDER-003", element, f"The element {name} is there more than once.", f"one {name}", str(found)
            )


def _reason(change: etree._Element) -> Iterator[Fault]:
    indicator = first(change, _INDICATOR)
    asked = _REASONS.get(text_of(indicator)) if indicator is not None else None
    for reason in change.iterchildren(_REASON):
        if asked is not None and text_of(reason) not in asked[1].codes - _NEWER:
            rule, codes = asked
            yield Fault(rule, reason, "The code is no reason for that.", codes.called, clip(text_of(reason)))


@cache
def _requirements(profile: str) -> Mapping[str, tuple[Requirement, ...]]:
    """What is asked of an element, by its Clark name."""
    found: dict[str, list[Requirement]] = defaultdict(list)
    for row in tomllib.loads(_TABLE.read_text("utf-8"))["requirement"]:
        if profile in row.get("profiles", (profile,)):
            asked: str = row.get("needs") or row["most"]
            attribute = asked.removeprefix("@") if asked.startswith("@") else None
            child = None if attribute else clark(f"ram:{asked}")
            for steps in row["elements"]:
                name, *above = (clark(f"ram:{step}") for step in reversed(steps.split("/")))
                found[name].append(Requirement(tuple(above), child, attribute, "most" in row))
    return {name: tuple(rows) for name, rows in found.items()}
