"""Our own rules: what a schema lets pass, and no gateway could file, answer or compare. CII is judged by them as well.

| rule | a document has |
|---|---|
| GW-DOC-001 | a number (cbc:ID) of 1 to 200 characters, none of them invisible |
| GW-DOC-002 | an issue date in the years 1 to 9999 |
| GW-DOC-003 | a sender with an identifier whose scheme is named |
| GW-DOC-004 | a receiver with an identifier whose scheme is named |
| GW-DOC-005 | a payable amount, if any, of at most 40 characters |
| GW-DOC-006 | references, if any, of 1 to 200 characters each |
"""

from collections.abc import Callable, Iterator
from typing import Final

from lxml import etree

from edi_gateway.documents.ubl import layout as at
from edi_gateway.documents.ubl.extract import MAX_AMOUNT, References, directions, elements, text_of
from edi_gateway.documents.ubl.layout import Layout
from edi_gateway.documents.xpath import Children, clip
from edi_gateway.model.document import MAX_ECHO, Document, Finding, Ruleset

RULESET: Final = Ruleset("gw-ubl", "1")

_TEXT: Final = f"1 to {MAX_ECHO} characters"
_NUMBER: Final = f"{_TEXT}, none of them invisible"
_DAY: Final = "a day in the years 1 to 9999"
_AMOUNT: Final = f"at most {MAX_AMOUNT} characters"
_SCHEME: Final = "an EndpointID, identification or company number with a schemeID"


Find = Callable[[int], etree._Element | None]
"""Where the document has what the rule of that number is about."""


def places(layout: Layout, root: etree._Element) -> Find:
    """In a UBL document."""

    def find(number: int) -> etree._Element | None:
        sender, receiver = directions(layout, root)
        path = (at.NUMBER, at.ISSUE_DATE, sender, receiver, layout.payable)[number - 1]
        return next(iter(elements(root, path)), None)

    return find


def check(document: Document, root: etree._Element, find: Find, references: References) -> Iterator[Finding]:
    """Judge a schema-valid document; `document` is what was extracted from `root`."""
    receivers = [identifier for party in document.receivers for identifier in party.identifiers]
    broken = (
        # Two numbers that look the same are one to whoever pays; to compare, they must be the same.
        (1, not _is_visible(document.number), "The number is empty, too long or not visible.", _NUMBER),
        (2, document.issue_date is None, "The issue date can't be read.", _DAY),
        (3, not document.sender.identifiers, "The sender has no identifier with a scheme.", _SCHEME),
        (4, not receivers, "The receiver has no identifier with a scheme.", _SCHEME),
        (5, document.payable is None and find(5) is not None, "The amount is too long.", _AMOUNT),
    )
    located = Children(root)
    for number, is_broken, message, expected in broken:
        if is_broken:
            place = find(number)
            yield _finding(number, message, expected, located, root if place is None else place)
    for _, element, number_of_other in references:
        if not 0 < len(number_of_other) <= MAX_ECHO:
            yield _finding(6, "The reference is empty or too long.", _TEXT, located, element)


def _is_visible(number: str | None) -> bool:
    return number is not None and number.isprintable()


def _finding(number: int, message: str, expected: str, located: Children, place: etree._Element) -> Finding:
    return Finding(
        rule=f"GW-DOC-{number:03}",
        severity="error",
        stage="rules",
        message=message,
        expected=expected,
        actual=clip(text_of(place)) or None if len(place) == 0 else None,
        locations=(located.locate(place),),
    )
