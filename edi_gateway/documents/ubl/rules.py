"""Our own rules: what the schema lets pass, and no gateway could file, answer or compare.

| rule | a document has |
|---|---|
| GW-DOC-001 | a number (cbc:ID) of 1 to 200 characters, none of them invisible |
| GW-DOC-002 | an issue date in the years 1 to 9999 |
| GW-DOC-003 | a sender with an identifier whose scheme is named |
| GW-DOC-004 | a receiver with an identifier whose scheme is named |
| GW-DOC-005 | a payable amount, if any, of at most 40 characters |
| GW-DOC-006 | references, if any, of 1 to 200 characters each |
"""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from edi_gateway.documents.ubl import layout as at
from edi_gateway.documents.ubl.extract import MAX_AMOUNT, Groups, References, directions, elements, text_of
from edi_gateway.documents.ubl.layout import Layout
from edi_gateway.documents.xpath import Children, clip
from edi_gateway.model.document import MAX_ECHO, Document, Finding, Ruleset

RULESET: Final = Ruleset("gw-ubl", "1")

_TEXT: Final = f"1 to {MAX_ECHO} characters"
_NUMBER: Final = f"{_TEXT}, none of them invisible"
_DAY: Final = "a day in the years 1 to 9999"
_AMOUNT: Final = f"at most {MAX_AMOUNT} characters"
_SCHEME: Final = "an EndpointID, identification or company number with a schemeID"


def check(
    layout: Layout, document: Document, root: etree._Element, groups: Groups, references: References
) -> Iterator[Finding]:
    """Judge a schema-valid document; `document` is what was extracted from `root`."""
    sender, receiver = directions(layout, groups)
    receivers = [identifier for party in document.receivers for identifier in party.identifiers]
    broken = (
        # Two numbers that look the same are one to whoever pays; to compare, they must be the same.
        (1, not _is_visible(document.number), at.NUMBER, "The number is empty, too long or not visible.", _NUMBER),
        (2, document.issue_date is None, at.ISSUE_DATE, "The issue date can't be read.", _DAY),
        (3, not document.sender.identifiers, sender, "The sender has no identifier with a scheme.", _SCHEME),
        (4, not receivers, receiver, "The receiver has no identifier with a scheme.", _SCHEME),
        (
            5,
            document.payable is None and len(elements(groups, layout.payable)) > 0,
            layout.payable,
            "The amount is too long.",
            _AMOUNT,
        ),
    )
    for number, is_broken, path, message, expected in broken:
        if is_broken:
            place = next(iter(elements(groups, path)), root)
            yield _finding(number, message, expected, root, place)
    for _, element, number_of_other in references:
        if not 0 < len(number_of_other) <= MAX_ECHO:
            yield _finding(6, "The reference is empty or too long.", _TEXT, root, element)


def _is_visible(number: str | None) -> bool:
    return number is not None and number.isprintable()


def _finding(number: int, message: str, expected: str, root: etree._Element, place: etree._Element) -> Finding:
    return Finding(
        rule=f"GW-DOC-{number:03}",
        severity="error",
        stage="rules",
        message=message,
        expected=expected,
        actual=clip(text_of(place)) or None if len(place) == 0 else None,
        locations=(Children(root).locate(place),),
    )
