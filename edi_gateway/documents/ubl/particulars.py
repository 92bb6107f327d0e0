"""What a UBL tree says in particular. Nothing of a posting waits for it: it is read when somebody asks.

As with the Document, nothing longer than `MAX_ECHO` is read, and a tree need not be valid.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from lxml import etree

from edi_gateway.documents.ubl import tables
from edi_gateway.documents.ubl.extract import (
    bounded,
    day_of,
    elements,
    number_of,
    party_of,
    short_text_of,
    text_at,
    text_of,
    type_of,
)
from edi_gateway.documents.ubl.layout import Path, path
from edi_gateway.documents.ubl.particulars_tables import PARTICULARS, LineLayout, Paths, ReferenceLayout
from edi_gateway.errors import Rejection
from edi_gateway.model.particulars import Amount, Item, Line, LineReference, Named, Particulars, Price, Quantity
from edi_gateway.model.partner import Identifier

_PRICE = path("cbc:PriceAmount")
_BASE = path("cbc:BaseQuantity")
_NAME = path("cbc:Name")
_SELLERS = path("cac:SellersItemIdentification/cbc:ID")
_BUYERS = path("cac:BuyersItemIdentification/cbc:ID")
_STANDARD = path("cac:StandardItemIdentification/cbc:ID")
_NUMBER = path("cbc:ID")

_Value = TypeVar("_Value")


def particulars(root: etree._Element) -> Particulars:
    """All that the tables know of a document of this kind. Raises Rejection("document-unknown") for another root."""
    layout = PARTICULARS.get(str(root.tag))
    if layout is None:
        raise Rejection("document-unknown")
    return Particulars(
        dates=_named(root, layout.dates, lambda element: day_of(text_of(element))),
        parties=_named(root, layout.parties, party_of),
        codes=_named(root, layout.codes, short_text_of),
        totals=_named(root, layout.totals, _amount),
        lines=tuple(_line(each, element) for each in layout.lines for element in elements(root, each.place)),
    )


def _named(parent: etree._Element, paths: Paths, read: Callable[[etree._Element], _Value | None]) -> Named[_Value]:
    found = ((word, read(element)) for word, each in paths for element in elements(parent, each))
    return tuple((word, value) for word, value in found if value is not None)


def _amount(element: etree._Element) -> Amount | None:
    value = number_of(text_of(element))
    return None if value is None else Amount(value, bounded(element.get("currencyID", "")))


def _quantity(element: etree._Element) -> Quantity | None:
    value = number_of(text_of(element))
    return None if value is None else Quantity(value, bounded(element.get("unitCode", "")))


def _line(layout: LineLayout, element: etree._Element) -> Line:
    references = [*_references(layout.references, element)]
    if layout.above and (parent := element.getparent()) is not None:
        references += _references(layout.above, parent)
    return Line(
        number=text_at(element, layout.number),
        quantities=_named(element, layout.quantities, _quantity),
        amounts=_named(element, layout.amounts, _amount),
        price=next((_price(each) for each in elements(element, layout.price)), None),
        item=next((_item(each) for each in elements(element, layout.item)), None),
        references=tuple(references),
        codes=_named(element, layout.codes, short_text_of),
        dates=_named(element, layout.dates, lambda element: day_of(text_of(element))),
    )


def _price(element: etree._Element) -> Price | None:
    amount = _first(element, _PRICE, _amount)
    return Price(amount, _first(element, _BASE, _quantity)) if amount else None


def _item(element: etree._Element) -> Item:
    return Item(
        name=text_at(element, _NAME),
        seller_number=text_at(element, _SELLERS),
        buyer_number=text_at(element, _BUYERS),
        standard=_first(element, _STANDARD, _identifier),
    )


def _identifier(element: etree._Element) -> Identifier | None:
    value = short_text_of(element)
    return Identifier(bounded(element.get("schemeID", "")) or "", value) if value else None


def _references(layouts: Iterable[ReferenceLayout], parent: etree._Element) -> Iterator[LineReference]:
    for each in layouts:
        for holder in elements(parent, each.holder):
            if text_at(holder, each.needed):
                yield LineReference(_type(each, holder), text_at(holder, each.line), text_at(holder, each.number))


def _type(layout: ReferenceLayout, holder: etree._Element) -> str:
    """What kind of document a cac:DocumentReference is to; what others are to, their names say."""
    if layout.type != tables.ANY_DOCUMENT or layout.number != _NUMBER:
        return layout.type
    return type_of(elements(holder, layout.number)[0])


def _first(parent: etree._Element, path: Path, read: Callable[[etree._Element], _Value | None]) -> _Value | None:
    return next((read(element) for element in elements(parent, path)), None)
