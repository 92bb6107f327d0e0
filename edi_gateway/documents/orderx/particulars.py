"""What an Order-X document says in particular, under the words that UBL's orders have. Read when somebody asks.

As with the Document, nothing longer than `MAX_ECHO` is read, and a tree need not be valid.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Final, TypeVar

from lxml import etree

from edi_gateway.documents.cii.extract import date_in, elements, first, party_of, text_at
from edi_gateway.documents.cii.layout import Path
from edi_gateway.documents.orderx import layout as at
from edi_gateway.documents.orderx.names import ROOT, path
from edi_gateway.documents.ubl.extract import bounded, number_of, short_text_of, text_of
from edi_gateway.errors import Rejection
from edi_gateway.model.particulars import Amount, Item, Line, LineReference, Named, Particulars, Price, Quantity
from edi_gateway.model.partner import Identifier

Paths = tuple[tuple[str, Path], ...]
_Value = TypeVar("_Value")


def _paths(below: str = "", **paths: str) -> Paths:
    """A word with hyphens for underscores, and its paths, separated by blanks."""
    within = f"{below}/" if below else ""
    return tuple((word.replace("_", "-"), path(within + each)) for word, many in paths.items() for each in many.split())


_PARTIES: Final = _paths(
    at.TRANSACTION,
    buyer="ram:ApplicableHeaderTradeAgreement/ram:BuyerTradeParty",
    seller="ram:ApplicableHeaderTradeAgreement/ram:SellerTradeParty",
    originator="ram:ApplicableHeaderTradeAgreement/ram:BuyerRequisitionerTradeParty",
    invoiced="ram:ApplicableHeaderTradeSettlement/ram:InvoiceeTradeParty",
    delivery="ram:ApplicableHeaderTradeDelivery/ram:ShipToTradeParty",
)
_CODES: Final = _paths(
    "rsm:ExchangedDocument",
    type="ram:TypeCode",
    response="ram:StatusCode",
    purpose="ram:PurposeCode",
    requested_response="ram:RequestedResponseTypeCode",
)
_TOTALS: Final = _paths(
    at.SUMMATION,
    net="ram:LineTotalAmount",
    without_tax="ram:TaxBasisTotalAmount",
    tax="ram:TaxTotalAmount",
    with_tax="ram:GrandTotalAmount",
    allowances="ram:AllowanceTotalAmount",
    charges="ram:ChargeTotalAmount",
    prepaid="ram:TotalPrepaidAmount",
    rounding="ram:RoundingAmount",
    payable="ram:DuePayableAmount",
)


def _requested(delivery: str) -> Paths:
    """A period; one moment is where it begins, and where it ends."""
    event = f"{delivery}/ram:RequestedDeliverySupplyChainEvent"
    return _paths(
        requested_from=f"{event}/ram:OccurrenceDateTime {event}/ram:OccurrenceSpecifiedPeriod/ram:StartDateTime",
        requested_until=f"{event}/ram:OccurrenceDateTime {event}/ram:OccurrenceSpecifiedPeriod/ram:EndDateTime",
    )


_DATES: Final = (
    *_paths(
        "rsm:ExchangedDocument/ram:EffectiveSpecifiedPeriod",
        valid_from="ram:StartDateTime",
        valid_until="ram:EndDateTime",
    ),
    *_requested(at.DELIVERY),
)

_LINE_NUMBER: Final = path("ram:AssociatedDocumentLineDocument/ram:LineID")
_LINE_CODES: Final = _paths(status="ram:AssociatedDocumentLineDocument/ram:LineStatusCode")
_LINE_QUANTITIES: Final = _paths(
    ordered="ram:SpecifiedLineTradeDelivery/ram:RequestedQuantity",
    agreed="ram:SpecifiedLineTradeDelivery/ram:AgreedQuantity",
    minimum="ram:SpecifiedLineTradeAgreement/ram:MinimumProductOrderableQuantity",
    maximum="ram:SpecifiedLineTradeAgreement/ram:MaximumProductOrderableQuantity",
)
_LINE_AMOUNTS: Final = _paths(
    "ram:SpecifiedLineTradeSettlement/ram:SpecifiedTradeSettlementLineMonetarySummation",
    net="ram:LineTotalAmount",
    tax="ram:TaxTotalAmount",
)
_LINE_DATES: Final = _requested("ram:SpecifiedLineTradeDelivery")
_LINE_REFERENCES: Final = _paths(
    "ram:SpecifiedLineTradeAgreement",
    order="ram:BuyerOrderReferencedDocument",
    blanket_order="ram:BlanketOrderReferencedDocument",
    contract="ram:ContractReferencedDocument",
    quotation="ram:QuotationReferencedDocument",
    catalogue="ram:CatalogueReferencedDocument",
)
_LINE_OF: Final = path("ram:LineID")
_ISSUED: Final = path("ram:IssuerAssignedID")
_PRICE: Final = path("ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice")
_EACH: Final = path("ram:ChargeAmount")
_PER: Final = path("ram:BasisQuantity")
_PRODUCT: Final = path("ram:SpecifiedTradeProduct")
_NAME: Final = path("ram:Name")
_SELLERS: Final = path("ram:SellerAssignedID")
_BUYERS: Final = path("ram:BuyerAssignedID")
_STANDARD: Final = path("ram:GlobalID")


def particulars(root: etree._Element) -> Particulars:
    """All that the tables know of the document. Raises Rejection("document-unknown") for another root."""
    if root.tag != ROOT:
        raise Rejection("document-unknown")
    currency = text_at(root, at.CURRENCY)
    return Particulars(
        dates=_named(root, _DATES, _day),
        parties=_named(root, _PARTIES, lambda element: party_of(element, at.SHARED)),
        codes=_named(root, _CODES, short_text_of),
        totals=_named(root, _TOTALS, lambda element: _amount(element, currency)),
        lines=tuple(_line(element, currency) for element in elements(root, at.LINES)),
    )


def _named(root: etree._Element, paths: Paths, read: Callable[[etree._Element], _Value | None]) -> Named[_Value]:
    found = ((word, read(element)) for word, each in paths for element in elements(root, each))
    return tuple((word, value) for word, value in found if value is not None)


def _day(element: etree._Element) -> date | None:
    return date_in(element, at.SHARED)


def _amount(element: etree._Element | None, currency: str | None) -> Amount | None:
    """In the order's currency where it names none of its own."""
    value = None if element is None else number_of(text_of(element))
    if element is None or value is None:
        return None
    return Amount(value, bounded(element.get("currencyID", "")) or currency)


def _quantity(element: etree._Element | None) -> Quantity | None:
    value = None if element is None else number_of(text_of(element))
    return None if element is None or value is None else Quantity(value, bounded(element.get("unitCode", "")))


def _line(element: etree._Element, currency: str | None) -> Line:
    product = first(element, _PRODUCT)
    return Line(
        number=text_at(element, _LINE_NUMBER),
        quantities=_named(element, _LINE_QUANTITIES, _quantity),
        amounts=_named(element, _LINE_AMOUNTS, lambda each: _amount(each, currency)),
        price=_price(first(element, _PRICE), currency),
        item=None if product is None else _item(product),
        references=tuple(_references(element, _LINE_REFERENCES)),
        codes=_named(element, _LINE_CODES, short_text_of),
        dates=_named(element, _LINE_DATES, _day),
    )


def _price(element: etree._Element | None, currency: str | None) -> Price | None:
    amount = None if element is None else _amount(first(element, _EACH), currency)
    return None if element is None or amount is None else Price(amount, _quantity(first(element, _PER)))


def _item(element: etree._Element) -> Item:
    return Item(
        name=text_at(element, _NAME),
        seller_number=text_at(element, _SELLERS),
        buyer_number=text_at(element, _BUYERS),
        standard=_standard(first(element, _STANDARD)),
    )


def _standard(element: etree._Element | None) -> Identifier | None:
    value = None if element is None else short_text_of(element)
    return None if element is None or value is None else Identifier(bounded(element.get("schemeID", "")) or "", value)


def _references(line: etree._Element, paths: Iterable[tuple[str, Path]]) -> Iterator[LineReference]:
    for type, each in paths:
        for holder in elements(line, each):
            number, of = text_at(holder, _ISSUED), text_at(holder, _LINE_OF)
            if number or of:
                yield LineReference(type, of, number)
