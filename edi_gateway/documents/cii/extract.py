"""What a Cross Industry Invoice says, as a Document: as much as can be read, from a tree that need not be valid.

Texts are read as in UBL, so that a number, and a party, is the same in either syntax. Orders of the same family are
read by the same functions, given what is `Shared` in their namespaces.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from lxml import etree

from edi_gateway.documents.cii import layout as at
from edi_gateway.documents.cii.layout import SHARED, Path, Shared
from edi_gateway.documents.en16931.codes import CREDIT_NOTE_TYPES
from edi_gateway.documents.ubl.extract import References, bounded, day_of, number_of, short_text_of, text_of
from edi_gateway.documents.xpath import display_name
from edi_gateway.model.document import MAX_ECHO, Document, DocumentType, Location, Party, Reference
from edi_gateway.model.partner import Identifier

SELF_BILLED: Final = frozenset({"389", "527", "261"})
"""UNTDID 1001: self-billed invoice, debit note, credit note. The buyer wrote it."""
# UNTDID 2379: CCYYMMDD, and the same with hours and minutes.
_DAYS: Final = {
    "102": re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII),
    "203": re.compile(r"(\d{4})(\d\d)(\d\d)\d{4}", re.ASCII),
}


def elements(root: etree._Element, path: Path) -> Sequence[etree._Element]:
    """All elements at a path below `root`, in document order."""
    found: Sequence[etree._Element] = (root,)
    for step in path:
        found = [child for element in found for child in element.iterchildren(step)]
    return found


def first(root: etree._Element, path: Path) -> etree._Element | None:
    """The first of them."""
    return next(iter(elements(root, path)), None)


def text_at(root: etree._Element, path: Path) -> str | None:
    """The first text at a path; None where there is none, or it is empty or longer than `MAX_ECHO`."""
    found = first(root, path)
    return None if found is None else short_text_of(found)


def document(root: etree._Element, references: References) -> Document:
    """Everything that a Document tells; `references` as the function of that name gives them."""
    sender, receiver = (party_at(root, path, SHARED) for path in directions(root))
    payable = text_at(root, at.PAYABLE)
    return Document(
        format=at.FORMAT,
        type=kind_of(text_at(root, at.TYPE_CODE)),
        sender=sender or Party(),
        receivers=(receiver,) if receiver else (),
        number=text_at(root, at.NUMBER),
        issue_date=date_in(first(root, at.ISSUE_DATE), SHARED),
        currency=text_at(root, at.CURRENCY),
        payable=number_of(payable or ""),
        references=tuple(dict.fromkeys(Reference(type, number) for type, _, number in references if bounded(number))),
        profile=text_at(root, at.PROFILE),
    )


def kind_of(code: str | None) -> DocumentType:
    """What a document with that code of UNTDID 1001 is."""
    return "credit-note" if code in CREDIT_NOTE_TYPES.codes else "invoice"


def date_in(element: etree._Element | None, names: Shared) -> date | None:
    """The day in a ram:IssueDateTime and the like: as the format says, or an XML Schema date, with a time or not."""
    if element is None:
        return None
    for child in element.iterchildren(*names.date_texts, *names.dates):
        text = short_text_of(child) or ""
        if child.tag in names.dates:
            return day_of(text.partition("T")[0])
        format = child.get("format", "")
        if format in names.date_formats and (match := _DAYS[format].fullmatch(text)):
            return day_of("-".join(match.groups()))
    return None


def directions(root: etree._Element) -> tuple[Path, Path]:
    """Where sender and receiver stand."""
    return (at.BUYER, at.SELLER) if text_at(root, at.TYPE_CODE) in SELF_BILLED else (at.SELLER, at.BUYER)


def party_at(root: etree._Element, path: Path, names: Shared) -> Party | None:
    """The first party at a path."""
    found = first(root, path)
    if found is None:
        return None
    namespace = etree.QName(root).namespace
    xpath = "".join(f"/{display_name(step, namespace)}" for step in (str(root.tag), *path))
    return party_of(found, names, Location(xpath=xpath, line=found.sourceline))


def party_of(element: etree._Element, names: Shared, location: Location = Location()) -> Party:  # noqa: B008 - frozen
    """What a party says of itself."""
    return Party(tuple(dict.fromkeys(_identifiers(element, names))), _name(element, names), location)


def _identifiers(party: etree._Element, names: Shared) -> Iterator[Identifier]:
    """Every identifier with a scheme. A VAT number has two names for its scheme: CII's and UBL's."""
    for path in names.identifiers:
        for holder in elements(party, path):
            scheme, value = bounded(holder.get("schemeID", "").strip(" \t\r\n")), short_text_of(holder)
            if scheme and value:
                yield Identifier(scheme, value)
                if scheme == at.VAT_REGISTRATION:
                    yield Identifier("VAT", value)


def _name(party: etree._Element, names: Shared) -> str | None:
    found = (text_of(element) for path in names.names for element in elements(party, path))
    name = next(filter(None, found), None)
    return name[:MAX_ECHO] if name else None  # cut, not dropped: it is only ever shown


def references(root: etree._Element) -> References:
    """What holds the number of another document: the type of that, the element, and its text."""
    found = [(type, element) for type, path in at.REFERENCES for element in elements(root, path)]
    for additional in elements(root, at.ADDITIONAL):
        if _type_in(additional) == at.TENDER:
            found += [("originator", element) for element in additional.iterchildren(at.ISSUED)]
    for preceding in elements(root, at.PRECEDING):
        kind = kind_of(_type_in(preceding))
        found += [(kind, element) for element in preceding.iterchildren(at.ISSUED)]
    return [(type, element, text_of(element)) for type, element in found]


def _type_in(reference: etree._Element) -> str | None:
    return text_at(reference, (at.REFERENCED_TYPE,))
