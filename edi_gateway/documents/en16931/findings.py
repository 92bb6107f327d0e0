"""What fired, as the gateway's findings: equal ones once, with all their places."""

from collections.abc import Iterable
from typing import Final

from lxml import etree

from edi_gateway.documents.en16931.judge import rules_for
from edi_gateway.documents.en16931.rule import Fired
from edi_gateway.documents.xpath import Children, clip
from edi_gateway.model.document import Finding

MAX_PLACES: Final = 20
"""Places of one finding; a sender who repeats a mistake a thousand times corrects it in his program once."""


def findings(root: etree._Element, fired: Iterable[Fired]) -> tuple[Finding, ...]:
    """One finding for what says the same, in the order of their first places."""
    places: dict[tuple[str, str | None, str | None], list[etree._Element]] = {}
    for each in fired:
        said = (each.rule, _clipped(each.expected), _clipped(each.actual))
        found = places.setdefault(said, [])
        if len(found) < MAX_PLACES:
            found.append(each.element)
    children, rules = Children(root), rules_for(root)
    return tuple(
        Finding(
            rule=rule,
            severity=rules[rule].severity,
            stage="rules",
            message=rules[rule].message,
            terms=rules[rule].terms,
            expected=expected,
            actual=actual,
            locations=tuple(map(children.locate, elements)),
        )
        for (rule, expected, actual), elements in places.items()
    )


def _clipped(text: str | None) -> str | None:
    return None if text is None else clip(text)
