"""What a cross-industry message says in particular, under the words that UBL's documents have. Read when somebody asks.

As with the Document, nothing longer than `MAX_ECHO` is read, and a tree need not be valid.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

from lxml import etree

from edi_gateway.documents.cii import layout as at
from edi_gateway.documents.cii.extract import date_in, elements, first, kind_of, party_of, text_at
from edi_gateway.documents.cii.layout import Path
from edi_gateway.documents.cii.particulars_tables import (
    BILLED_BEFORE,
    CREDIT_NOTE,
    INVOICE,
    ItemLayout,
    LineLayout,
    ParticularsLayout,
    Paths,
)
from edi_gateway.documents.cii_names import ROOT
from edi_gateway.documents.ubl.extract import bounded, number_of, short_text_of, text_of
from edi_gateway.errors import Rejection
from edi_gateway.model.particulars import Amount, Item, Line, LineReference, Named, Particulars, Price, Quantity
from edi_gateway.model.partner import Identifier

_Value = TypeVar("_Value")


def particulars(root: etree._Element) -> Particulars:
    """All that the tables know of an invoice or credit note. Raises Rejection("document-unknown") for another root."""
    if root.tag != ROOT:
        raise Rejection("document-unknown")
    is_credit_note = kind_of(text_at(root, at.TYPE_CODE)) == "credit-note"
    return said(root, CREDIT_NOTE if is_credit_note else INVOICE)


def said(root: etree._Element, layout: ParticularsLayout) -> Particulars:
    """All that one table knows."""
    currency = text_at(root, layout.currency)
    return Particulars(
        dates=_named(root, layout.dates, lambda element: date_in(element, layout.shared)),
        parties=_named(root, layout.parties, lambda element: party_of(element, layout.shared)),
        codes=_named(root, layout.codes, short_text_of),
        totals=_named(root, layout.totals, lambda element: _amount(element, currency)),
        lines=tuple(_line(element, layout, currency) for element in elements(root, layout.line.place)),
    )


def _named(root: etree._Element, paths: Paths, read: Callable[[etree._Element], _Value | None]) -> Named[_Value]:
    found = ((word, read(element)) for word, each in paths for element in elements(root, each))
    return tuple((word, value) for word, value in found if value is not None)


def _amount(element: etree._Element | None, currency: str | None) -> Amount | None:
    """In the document's currency where it names none of its own."""
    value = None if element is None else number_of(text_of(element))
    if element is None or value is None:
        return None
    return Amount(value, bounded(element.get("currencyID", "")) or currency)


def _quantity(element: etree._Element | None) -> Quantity | None:
    value = None if element is None else number_of(text_of(element))
    return None if element is None or value is None else Quantity(value, bounded(element.get("unitCode", "")))


def _line(element: etree._Element, layout: ParticularsLayout, currency: str | None) -> Line:
    line = layout.line
    product, price = first(element, line.product), _amount(first(element, line.price), currency)
    return Line(
        number=text_at(element, line.number),
        quantities=_named(element, line.quantities, _quantity),
        amounts=_named(element, line.amounts, lambda each: _amount(each, currency)),
        price=None if price is None else Price(price, _quantity(_first_of(element, line.per))),
        item=None if product is None else _item(product, line.item),
        references=tuple(_references(element, line)),
        codes=_named(element, line.codes, short_text_of),
        dates=_named(element, line.dates, lambda each: date_in(each, layout.shared)),
    )


def _first_of(element: etree._Element, paths: tuple[Path, ...]) -> etree._Element | None:
    found = (first(element, each) for each in paths)
    return next((each for each in found if each is not None), None)


def _item(element: etree._Element, layout: ItemLayout) -> Item:
    return Item(
        name=text_at(element, layout.name),
        seller_number=text_at(element, layout.seller_number),
        buyer_number=text_at(element, layout.buyer_number),
        standard=_standard(first(element, layout.standard)),
    )


def _standard(element: etree._Element | None) -> Identifier | None:
    value = None if element is None else short_text_of(element)
    return None if element is None or value is None else Identifier(bounded(element.get("schemeID", "")) or "", value)


def _references(line: etree._Element, layout: LineLayout) -> Iterator[LineReference]:
    for word, each in layout.references:
        for holder in elements(line, each):
            number, of = text_at(holder, layout.issued), text_at(holder, layout.line_of)
            type = kind_of(text_at(holder, layout.reference_type)) if word == BILLED_BEFORE else word
            if number or of:
                yield LineReference(type, of, number)
