"""What an Order-X document says in particular, under the words that UBL's orders have."""

from typing import Final

from lxml import etree

from edi_gateway.documents.cii.particulars import said
from edi_gateway.documents.cii.particulars_tables import ParticularsLayout, Paths, Words
from edi_gateway.documents.orderx import layout as at
from edi_gateway.documents.orderx.names import ROOT, path
from edi_gateway.errors import Rejection
from edi_gateway.model.particulars import Particulars

_WORDS: Final = Words(path)


def _requested(delivery: str) -> Paths:
    """A period; one moment is where it begins, and where it ends."""
    event = f"{delivery}/ram:RequestedDeliverySupplyChainEvent"
    return _WORDS.at(
        requested_from=f"{event}/ram:OccurrenceDateTime {event}/ram:OccurrenceSpecifiedPeriod/ram:StartDateTime",
        requested_until=f"{event}/ram:OccurrenceDateTime {event}/ram:OccurrenceSpecifiedPeriod/ram:EndDateTime",
    )


_ORDER: Final = ParticularsLayout(
    shared=at.SHARED,
    currency=at.CURRENCY,
    dates=(
        *_WORDS.at(
            "rsm:ExchangedDocument/ram:EffectiveSpecifiedPeriod",
            valid_from="ram:StartDateTime",
            valid_until="ram:EndDateTime",
        ),
        *_requested(at.DELIVERY),
    ),
    parties=_WORDS.at(
        at.TRANSACTION,
        buyer="ram:ApplicableHeaderTradeAgreement/ram:BuyerTradeParty",
        seller="ram:ApplicableHeaderTradeAgreement/ram:SellerTradeParty",
        originator="ram:ApplicableHeaderTradeAgreement/ram:BuyerRequisitionerTradeParty",
        invoiced="ram:ApplicableHeaderTradeSettlement/ram:InvoiceeTradeParty",
        delivery="ram:ApplicableHeaderTradeDelivery/ram:ShipToTradeParty",
    ),
    codes=_WORDS.at(
        "rsm:ExchangedDocument",
        type="ram:TypeCode",
        response="ram:StatusCode",
        purpose="ram:PurposeCode",
        requested_response="ram:RequestedResponseTypeCode",
    ),
    totals=_WORDS.totals(at.SUMMATION),
    line=_WORDS.line(
        quantities=_WORDS.at(
            ordered="ram:SpecifiedLineTradeDelivery/ram:RequestedQuantity",
            agreed="ram:SpecifiedLineTradeDelivery/ram:AgreedQuantity",
            minimum="ram:SpecifiedLineTradeAgreement/ram:MinimumProductOrderableQuantity",
            maximum="ram:SpecifiedLineTradeAgreement/ram:MaximumProductOrderableQuantity",
        ),
        references=_WORDS.at(
            "ram:SpecifiedLineTradeAgreement",
            order="ram:BuyerOrderReferencedDocument",
            blanket_order="ram:BlanketOrderReferencedDocument",
            contract="ram:ContractReferencedDocument",
            quotation="ram:QuotationReferencedDocument",
            catalogue="ram:CatalogueReferencedDocument",
        ),
        codes=_WORDS.at(status="ram:AssociatedDocumentLineDocument/ram:LineStatusCode"),
        dates=_requested("ram:SpecifiedLineTradeDelivery"),
    ),
)


def particulars(root: etree._Element) -> Particulars:
    """All that the table knows of the document. Raises Rejection("document-unknown") for another root."""
    if root.tag != ROOT:
        raise Rejection("document-unknown")
    return said(root, _ORDER)
