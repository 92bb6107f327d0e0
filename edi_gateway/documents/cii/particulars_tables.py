"""Where a cross-industry message says its particulars, under the words that UBL's documents have."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from edi_gateway.documents.cii.layout import SHARED, Path, Shared, path

Paths = tuple[tuple[str, Path], ...]
"""A word, and a path to what it is about."""


@dataclass(frozen=True, slots=True)
class ItemLayout:
    """An item's paths lie below the item."""

    name: Path
    seller_number: Path
    buyer_number: Path
    standard: Path


@dataclass(frozen=True, slots=True)
class LineLayout:
    """One kind of line, at `place` below the root; all other paths lie below the line, but `issued` and `line_of`, the
    numbers of a document and of a line in it, which lie below each of `references`."""

    place: Path
    number: Path
    price: Path
    per: tuple[Path, ...]
    product: Path
    item: ItemLayout
    issued: Path
    line_of: Path
    reference_type: Path
    quantities: Paths = ()
    amounts: Paths = ()
    references: Paths = ()
    codes: Paths = ()
    dates: Paths = ()


@dataclass(frozen=True, slots=True)
class ParticularsLayout:
    """One kind of message. Amounts that name no currency are in the one at `currency`."""

    shared: Shared
    currency: Path
    line: LineLayout
    dates: Paths = ()
    parties: Paths = ()
    codes: Paths = ()
    totals: Paths = ()


class Words:
    """Tables of paths in the namespaces that `path` knows."""

    def __init__(self, path: Callable[[str], Path]) -> None:
        self._path = path

    def at(self, below: str = "", **paths: str) -> Paths:
        """A word with hyphens for underscores, and its paths, separated by blanks."""
        within = f"{below}/" if below else ""
        return tuple(
            (word.replace("_", "-"), self._path(within + each)) for word, many in paths.items() for each in many.split()
        )

    def totals(self, summation: str) -> Paths:
        return self.at(
            summation,
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

    def line(self, **tables: Paths) -> LineLayout:
        """What all messages say of a line in the same way, and these tables."""
        agreement = "ram:SpecifiedLineTradeAgreement"
        net, gross = (f"{agreement}/ram:{kind}PriceProductTradePrice" for kind in ("Net", "Gross"))
        return LineLayout(
            place=self._path("rsm:SupplyChainTradeTransaction/ram:IncludedSupplyChainTradeLineItem"),
            number=self._path("ram:AssociatedDocumentLineDocument/ram:LineID"),
            price=self._path(f"{net}/ram:ChargeAmount"),
            per=tuple(self._path(f"{each}/ram:BasisQuantity") for each in (net, gross)),
            product=self._path("ram:SpecifiedTradeProduct"),
            item=ItemLayout(
                *(self._path(f"ram:{each}") for each in ("Name", "SellerAssignedID", "BuyerAssignedID", "GlobalID"))
            ),
            issued=self._path("ram:IssuerAssignedID"),
            line_of=self._path("ram:LineID"),
            reference_type=self._path("ram:TypeCode"),
            amounts=self.at(
                "ram:SpecifiedLineTradeSettlement/ram:SpecifiedTradeSettlementLineMonetarySummation",
                net="ram:LineTotalAmount",
                tax="ram:TaxTotalAmount",
            ),
            **tables,
        )


_WORDS: Final = Words(path)
_TRANSACTION: Final = "rsm:SupplyChainTradeTransaction"
_SETTLEMENT: Final = f"{_TRANSACTION}/ram:ApplicableHeaderTradeSettlement"
_LINE_AGREEMENT, _LINE_DELIVERY, _LINE_SETTLEMENT = (
    f"ram:SpecifiedLineTrade{each}" for each in ("Agreement", "Delivery", "Settlement")
)

BILLED_BEFORE: Final = "billed-before"
"""For a reference's type: an invoice or a credit note, as its ram:TypeCode says."""

_DATES: Final = _WORDS.at(
    _TRANSACTION,
    due="ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime",
    tax_point="ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax/ram:TaxPointDate",
    delivered="ram:ApplicableHeaderTradeDelivery/ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime",
    period_from="ram:ApplicableHeaderTradeSettlement/ram:BillingSpecifiedPeriod/ram:StartDateTime",
    period_until="ram:ApplicableHeaderTradeSettlement/ram:BillingSpecifiedPeriod/ram:EndDateTime",
)
# Who sells and who buys is who UBL's invoices call supplier and customer.
_PARTIES: Final = _WORDS.at(
    _TRANSACTION,
    supplier="ram:ApplicableHeaderTradeAgreement/ram:SellerTradeParty",
    customer="ram:ApplicableHeaderTradeAgreement/ram:BuyerTradeParty",
    payee="ram:ApplicableHeaderTradeSettlement/ram:PayeeTradeParty",
    invoicer="ram:ApplicableHeaderTradeSettlement/ram:InvoicerTradeParty",
    invoiced="ram:ApplicableHeaderTradeSettlement/ram:InvoiceeTradeParty",
    delivery="ram:ApplicableHeaderTradeDelivery/ram:ShipToTradeParty",
    tax_representative="ram:ApplicableHeaderTradeAgreement/ram:SellerTaxRepresentativeTradeParty",
)
_QUANTITIES: Final = _WORDS.at(
    _LINE_DELIVERY,
    ordered="ram:RequestedQuantity",
    delivered="ram:DespatchedQuantity",
    received="ram:ReceivedQuantity",
)
_REFERENCES: Final = (
    *_WORDS.at(
        _LINE_AGREEMENT,
        order="ram:BuyerOrderReferencedDocument",
        sales_order="ram:SellerOrderReferencedDocument",
        contract="ram:ContractReferencedDocument",
        quotation="ram:QuotationReferencedDocument",
    ),
    *_WORDS.at(
        _LINE_DELIVERY,
        despatch_advice="ram:DespatchAdviceReferencedDocument",
        receipt_advice="ram:ReceivingAdviceReferencedDocument",
        delivery_note="ram:DeliveryNoteReferencedDocument",
    ),
    (BILLED_BEFORE, path(f"{_LINE_SETTLEMENT}/ram:InvoiceReferencedDocument")),
)
_LINE_CODES: Final = _WORDS.at(
    "ram:AssociatedDocumentLineDocument", status="ram:LineStatusCode", status_reason="ram:LineStatusReasonCode"
)


def _billing(**billed: str) -> ParticularsLayout:
    """Of an invoice or a credit note: `billed` is what its lines charge for, or give back."""
    return ParticularsLayout(
        shared=SHARED,
        currency=path(f"{_SETTLEMENT}/ram:InvoiceCurrencyCode"),
        dates=_DATES,
        parties=_PARTIES,
        codes=_WORDS.at("rsm:ExchangedDocument", type="ram:TypeCode"),
        totals=_WORDS.totals(f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"),
        line=_WORDS.line(
            quantities=(*_WORDS.at(_LINE_DELIVERY, **billed), *_QUANTITIES),
            references=_REFERENCES,
            codes=_LINE_CODES,
        ),
    )


INVOICE: Final = _billing(invoiced="ram:BilledQuantity")
CREDIT_NOTE: Final = _billing(credited="ram:BilledQuantity")
