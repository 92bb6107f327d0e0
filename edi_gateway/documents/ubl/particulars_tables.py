"""Where each UBL document says its particulars. A document of another kind is another row."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from edi_gateway.documents.ubl.layout import UBL, Path, path

Paths = tuple[tuple[str, Path], ...]
"""A word, and a path to what it is about."""

_NUMBER: Final = path("cbc:ID")
_PRICE: Final = path("cac:Price")
_ITEM: Final = path("cac:Item")


@dataclass(frozen=True, slots=True)
class ReferenceLayout:
    """How a line names another: `line` and `number` lie below `holder`. Without what `needed` leads to, it doesn't."""

    type: str
    holder: Path
    line: Path
    number: Path
    needed: Path


@dataclass(frozen=True, slots=True)
class LineLayout:
    """One kind of line, at `place` below the root; all the other paths lie below the line, but those of `above`, which
    lie below its parent."""

    place: Path
    number: Path = _NUMBER
    quantities: Paths = ()
    amounts: Paths = ()
    price: Path = _PRICE
    item: Path = _ITEM
    references: tuple[ReferenceLayout, ...] = ()
    above: tuple[ReferenceLayout, ...] = ()
    codes: Paths = ()
    dates: Paths = ()


@dataclass(frozen=True, slots=True)
class ParticularsLayout:
    """One kind of document."""

    dates: Paths = ()
    parties: Paths = ()
    codes: Paths = ()
    totals: Paths = ()
    lines: tuple[LineLayout, ...] = ()


def _paths(**paths: str) -> Paths:
    """A word with hyphens for underscores, and its paths, separated by blanks."""
    return tuple((word.replace("_", "-"), path(each)) for word, many in paths.items() for each in many.split())


def _line_of(type: str, holder: str, number: str = "cac:DocumentReference/cbc:ID") -> ReferenceLayout:
    line = path("cbc:LineID")
    return ReferenceLayout(type, path(holder), line, path(number), line)


def _billing(type: str, document: str) -> ReferenceLayout:
    number = path(f"{document}/cbc:ID")
    return ReferenceLayout(type, path("cac:BillingReference"), path("cac:BillingReferenceLine/cbc:ID"), number, number)


def _document(holder: str) -> ReferenceLayout:
    return ReferenceLayout("document", path(holder), path("cbc:LineID"), path("cbc:ID"), path("cbc:ID"))


def _delivery_periods(delivery: str) -> Paths:
    return _paths(
        requested_from=f"{delivery}/cac:RequestedDeliveryPeriod/cbc:StartDate",
        requested_until=f"{delivery}/cac:RequestedDeliveryPeriod/cbc:EndDate",
        promised_from=f"{delivery}/cac:PromisedDeliveryPeriod/cbc:StartDate",
        promised_until=f"{delivery}/cac:PromisedDeliveryPeriod/cbc:EndDate",
    )


_ORDER_LINE_OF: Final = _line_of("order", "cac:OrderLineReference", "cac:OrderReference/cbc:ID")
_DESPATCH_LINE_OF: Final = _line_of("despatch-advice", "cac:DespatchLineReference")
_RECEIPT_LINE_OF: Final = _line_of("receipt-advice", "cac:ReceiptLineReference")
_BILLED_BY: Final = (
    _billing("invoice", "cac:InvoiceDocumentReference"),
    _billing("invoice", "cac:SelfBilledInvoiceDocumentReference"),
    _billing("credit-note", "cac:CreditNoteDocumentReference"),
    _billing("credit-note", "cac:SelfBilledCreditNoteDocumentReference"),
)

_ORDER_LINES: Final = LineLayout(
    place=path("cac:OrderLine"),
    number=path("cac:LineItem/cbc:ID"),
    quantities=_paths(
        ordered="cac:LineItem/cbc:Quantity",
        minimum="cac:LineItem/cbc:MinimumQuantity",
        maximum="cac:LineItem/cbc:MaximumQuantity",
    ),
    amounts=_paths(net="cac:LineItem/cbc:LineExtensionAmount", tax="cac:LineItem/cbc:TotalTaxAmount"),
    price=path("cac:LineItem/cac:Price"),
    item=path("cac:LineItem/cac:Item"),
    references=(
        _ORDER_LINE_OF,
        _line_of("quotation", "cac:QuotationLineReference"),
        _line_of("catalogue", "cac:CatalogueLineReference"),
    ),
    codes=_paths(status="cac:LineItem/cbc:LineStatusCode", substitution="cbc:SubstitutionStatusCode"),
    dates=_delivery_periods("cac:LineItem/cac:Delivery"),
)
_DESPATCH_LINES: Final = LineLayout(
    place=path("cac:DespatchLine"),
    quantities=_paths(
        delivered="cbc:DeliveredQuantity",
        backorder="cbc:BackorderQuantity",
        outstanding="cbc:OutstandingQuantity",
        oversupply="cbc:OversupplyQuantity",
    ),
    references=(_ORDER_LINE_OF,),
    codes=_paths(status="cbc:LineStatusCode"),
)
_RECEIPT_LINES: Final = LineLayout(
    place=path("cac:ReceiptLine"),
    quantities=_paths(
        received="cbc:ReceivedQuantity",
        short="cbc:ShortQuantity",
        rejected="cbc:RejectedQuantity",
        oversupply="cbc:OversupplyQuantity",
    ),
    references=(_ORDER_LINE_OF, _DESPATCH_LINE_OF),
    codes=_paths(
        shortage_action="cbc:ShortageActionCode",
        reject_reason="cbc:RejectReasonCode",
        reject_action="cbc:RejectActionCode",
        discrepancy="cbc:QuantityDiscrepancyCode",
        timing="cbc:TimingComplaintCode",
    ),
    dates=_paths(received="cbc:ReceivedDate"),
)
_BILLED_REFERENCES: Final = (_ORDER_LINE_OF, _DESPATCH_LINE_OF, _RECEIPT_LINE_OF, *_BILLED_BY)
_INVOICE_LINES: Final = LineLayout(
    place=path("cac:InvoiceLine"),
    quantities=_paths(invoiced="cbc:InvoicedQuantity"),
    amounts=_paths(net="cbc:LineExtensionAmount"),
    references=_BILLED_REFERENCES,
)
_CREDIT_NOTE_LINES: Final = LineLayout(
    place=path("cac:CreditNoteLine"),
    quantities=_paths(credited="cbc:CreditedQuantity"),
    amounts=_paths(net="cbc:LineExtensionAmount"),
    references=_BILLED_REFERENCES,
)
_REMITTANCE_LINES: Final = LineLayout(
    place=path("cac:RemittanceAdviceLine"),
    amounts=_paths(debit="cbc:DebitLineAmount", credit="cbc:CreditLineAmount", balance="cbc:BalanceAmount"),
    references=(*_BILLED_BY, _document("cac:DocumentReference")),
    codes=_paths(purpose="cbc:PaymentPurposeCode"),
)
_RESPONSE_CODES: Final = _paths(
    response="cac:Response/cbc:ResponseCode",
    reason="cac:Response/cac:Status/cbc:StatusReasonCode",
    condition="cac:Response/cac:Status/cbc:ConditionCode",
)
_DOCUMENT_RESPONSES: Final = LineLayout(
    place=path("cac:DocumentResponse"),
    number=path("cac:Response/cbc:ReferenceID"),
    references=(_document("cac:DocumentReference"),),
    codes=_RESPONSE_CODES,
)
_LINE_RESPONSES: Final = LineLayout(
    place=path("cac:DocumentResponse/cac:LineResponse"),
    number=path("cac:LineReference/cbc:LineID"),
    references=(_line_of("document", "cac:LineReference"),),
    above=(_document("cac:DocumentReference"),),
    codes=_RESPONSE_CODES,
)

_ORDER_PARTIES: Final = _paths(
    buyer="cac:BuyerCustomerParty/cac:Party",
    seller="cac:SellerSupplierParty/cac:Party",
    originator="cac:OriginatorCustomerParty/cac:Party",
    invoiced="cac:AccountingCustomerParty/cac:Party",
    delivery="cac:Delivery/cac:DeliveryParty",
)
_SHIPMENT_PARTIES: Final = _paths(
    despatcher="cac:DespatchSupplierParty/cac:Party",
    recipient="cac:DeliveryCustomerParty/cac:Party",
    buyer="cac:BuyerCustomerParty/cac:Party",
    seller="cac:SellerSupplierParty/cac:Party",
    originator="cac:OriginatorCustomerParty/cac:Party",
)
_BILLING_PARTIES: Final = _paths(
    supplier="cac:AccountingSupplierParty/cac:Party",
    customer="cac:AccountingCustomerParty/cac:Party",
    payee="cac:PayeeParty",
    buyer="cac:BuyerCustomerParty/cac:Party",
    seller="cac:SellerSupplierParty/cac:Party",
    tax_representative="cac:TaxRepresentativeParty",
)
_ORDER_DATES: Final = (
    *_paths(valid_from="cac:ValidityPeriod/cbc:StartDate", valid_until="cac:ValidityPeriod/cbc:EndDate"),
    *_delivery_periods("cac:Delivery"),
)
_BILLING_DATES: Final = _paths(
    due="cbc:DueDate cac:PaymentMeans/cbc:PaymentDueDate",
    tax_point="cbc:TaxPointDate",
    delivered="cac:Delivery/cbc:ActualDeliveryDate",
    period_from="cac:InvoicePeriod/cbc:StartDate",
    period_until="cac:InvoicePeriod/cbc:EndDate",
)


def _totals(monetary: str) -> Paths:
    return _paths(
        net=f"{monetary}/cbc:LineExtensionAmount",
        without_tax=f"{monetary}/cbc:TaxExclusiveAmount",
        tax="cac:TaxTotal/cbc:TaxAmount",
        with_tax=f"{monetary}/cbc:TaxInclusiveAmount",
        allowances=f"{monetary}/cbc:AllowanceTotalAmount",
        charges=f"{monetary}/cbc:ChargeTotalAmount",
        prepaid=f"{monetary}/cbc:PrepaidAmount",
        rounding=f"{monetary}/cbc:PayableRoundingAmount",
        payable=f"{monetary}/cbc:PayableAmount",
    )


_ANTICIPATED, _LEGAL = _totals("cac:AnticipatedMonetaryTotal"), _totals("cac:LegalMonetaryTotal")
_BY_NAME: Final = {
    "Order": ParticularsLayout(
        _ORDER_DATES, _ORDER_PARTIES, _paths(type="cbc:OrderTypeCode"), _ANTICIPATED, (_ORDER_LINES,)
    ),
    "OrderChange": ParticularsLayout(_ORDER_DATES, _ORDER_PARTIES, (), _ANTICIPATED, (_ORDER_LINES,)),
    "OrderCancellation": ParticularsLayout(parties=_ORDER_PARTIES),
    "OrderResponse": ParticularsLayout(
        _ORDER_DATES, _ORDER_PARTIES, _paths(response="cbc:OrderResponseCode"), _LEGAL, (_ORDER_LINES,)
    ),
    "OrderResponseSimple": ParticularsLayout(parties=_ORDER_PARTIES, codes=_paths(accepted="cbc:AcceptedIndicator")),
    "DespatchAdvice": ParticularsLayout(
        dates=_paths(
            despatched="cac:Shipment/cac:Delivery/cac:Despatch/cbc:ActualDespatchDate",
            expected="cac:Shipment/cac:Delivery/cac:EstimatedDeliveryPeriod/cbc:StartDate",
        ),
        parties=_SHIPMENT_PARTIES,
        codes=_paths(status="cbc:DocumentStatusCode", type="cbc:DespatchAdviceTypeCode"),
        lines=(_DESPATCH_LINES,),
    ),
    "ReceiptAdvice": ParticularsLayout(
        dates=_paths(delivered="cac:Shipment/cac:Delivery/cbc:ActualDeliveryDate"),
        parties=_SHIPMENT_PARTIES,
        codes=_paths(status="cbc:DocumentStatusCode", type="cbc:ReceiptAdviceTypeCode"),
        lines=(_RECEIPT_LINES,),
    ),
    "Invoice": ParticularsLayout(
        _BILLING_DATES, _BILLING_PARTIES, _paths(type="cbc:InvoiceTypeCode"), _LEGAL, (_INVOICE_LINES,)
    ),
    "CreditNote": ParticularsLayout(
        _BILLING_DATES,
        _BILLING_PARTIES,
        _paths(type="cbc:CreditNoteTypeCode", discrepancy="cac:DiscrepancyResponse/cbc:ResponseCode"),
        _LEGAL,
        (_CREDIT_NOTE_LINES,),
    ),
    "ApplicationResponse": ParticularsLayout(
        dates=_paths(responded="cbc:ResponseDate"),
        parties=_paths(sender="cac:SenderParty", receiver="cac:ReceiverParty"),
        lines=(_DOCUMENT_RESPONSES, _LINE_RESPONSES),
    ),
    "RemittanceAdvice": ParticularsLayout(
        dates=_paths(due="cac:PaymentMeans/cbc:PaymentDueDate"),
        parties=_BILLING_PARTIES,
        totals=_paths(debit="cbc:TotalDebitAmount", credit="cbc:TotalCreditAmount", payable="cbc:TotalPaymentAmount"),
        lines=(_REMITTANCE_LINES,),
    ),
}

PARTICULARS: Final = MappingProxyType({f"{{{UBL}{name}-2}}{name}": each for name, each in _BY_NAME.items()})
"""By the root element's Clark name."""
