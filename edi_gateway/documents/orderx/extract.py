"""What an Order-X document says, as a Document: as much as can be read, from a tree that need not be valid."""

from lxml import etree

from edi_gateway.documents.cii.extract import date_in, elements, first, party_at, text_at
from edi_gateway.documents.cii.layout import TENDER, Path
from edi_gateway.documents.orderx import layout as at
from edi_gateway.documents.ubl.extract import References, bounded, number_of, text_of
from edi_gateway.model.document import Document, Party, Reference


def profile_of(root: etree._Element) -> str:
    """The profile that the document claims; the widest where it claims none."""
    return at.GUIDELINES.get(text_at(root, at.GUIDELINE) or "", at.WIDEST)


def document(root: etree._Element, profile: str, references: References) -> Document:
    """Everything that a Document tells; `references` as the function of that name gives them."""
    sender, receiver = (party_at(root, path, at.SHARED) for path in directions(root))
    paid = payable(root)
    return Document(
        format=at.format_of(profile),
        type=at.TYPES.get(text_at(root, at.TYPE_CODE) or "", "order"),
        sender=sender or Party(),
        receivers=(receiver,) if receiver else (),
        number=text_at(root, at.NUMBER),
        issue_date=date_in(first(root, at.ISSUE_DATE), at.SHARED),
        currency=text_at(root, at.CURRENCY),
        payable=None if paid is None else number_of(text_of(paid)),
        references=tuple(dict.fromkeys(Reference(type, number) for type, _, number in references if bounded(number))),
        profile=text_at(root, at.GUIDELINE),
    )


def directions(root: etree._Element) -> tuple[Path, Path]:
    """Where sender and receiver stand: the buyer orders and changes, the seller responds."""
    responds = at.TYPES.get(text_at(root, at.TYPE_CODE) or "") == "order-response"
    return (at.SELLER, at.BUYER) if responds else (at.BUYER, at.SELLER)


def payable(root: etree._Element) -> etree._Element | None:
    """What is to be paid in the end, with tax; None where the document doesn't say."""
    found = (first(root, path) for path in at.PAYABLE)
    return next((each for each in found if each is not None), None)


def references(root: etree._Element) -> References:
    """What holds the number of another document: the type of that, the element, and its text."""
    found = [(type, element) for type, path in at.REFERENCES for element in elements(root, path)]
    for additional in elements(root, at.ADDITIONAL):
        if text_at(additional, at.REFERENCED_TYPE) == TENDER:
            found += [("originator", element) for element in additional.iterchildren(at.ISSUED)]
    return [(type, element, text_of(element)) for type, element in found]
