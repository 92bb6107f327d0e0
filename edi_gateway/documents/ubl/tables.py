"""Where each UBL document says what the gateway wants to know. Another document is another row."""

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from edi_gateway.documents.ubl.layout import UBL, Layout, Path, path

_SELLER, _BUYER = path("cac:SellerSupplierParty/cac:Party"), path("cac:BuyerCustomerParty/cac:Party")
_SUPPLIER, _CUSTOMER = path("cac:AccountingSupplierParty/cac:Party"), path("cac:AccountingCustomerParty/cac:Party")
_DESPATCHER, _RECIPIENT = path("cac:DespatchSupplierParty/cac:Party"), path("cac:DeliveryCustomerParty/cac:Party")
_ANTICIPATED: Final = path("cac:AnticipatedMonetaryTotal/cbc:PayableAmount")
_LEGAL: Final = path("cac:LegalMonetaryTotal/cbc:PayableAmount")

ANY_DOCUMENT: Final = "document"
"""A reference whose cbc:DocumentTypeCode says what it is to."""


def _references(**paths: str) -> tuple[tuple[str, Path], ...]:
    """Type of document to its paths, separated by blanks; an underscore in a type stands for a hyphen."""
    return tuple((type.replace("_", "-"), path(each)) for type, many in paths.items() for each in many.split())


def _billing(holder: str) -> tuple[tuple[str, Path], ...]:
    """Whom a cac:BillingReference names."""
    return _references(
        invoice=f"{holder}/cac:InvoiceDocumentReference/cbc:ID {holder}/cac:SelfBilledInvoiceDocumentReference/cbc:ID",
        credit_note=f"{holder}/cac:CreditNoteDocumentReference/cbc:ID"
        f" {holder}/cac:SelfBilledCreditNoteDocumentReference/cbc:ID",
    )


_BILLED: Final = (
    *_references(
        order="cac:OrderReference/cbc:ID",
        sales_order="cac:OrderReference/cbc:SalesOrderID",
        contract="cac:ContractDocumentReference/cbc:ID",
        originator="cac:OriginatorDocumentReference/cbc:ID",
        despatch_advice="cac:DespatchDocumentReference/cbc:ID",
        receipt_advice="cac:ReceiptDocumentReference/cbc:ID",
    ),
    *_billing("cac:BillingReference"),
)
_ORDER: Final = "cac:OrderReference/cbc:ID"
_SALES_ORDER: Final = "cac:OrderReference/cbc:SalesOrderID"

_ORDERING: Final = (
    Layout(
        root=f"{{{UBL}Order-2}}Order",
        format="ubl-2.1-order",
        type="order",
        sender=_BUYER,
        receiver=_SELLER,
        payable=_ANTICIPATED,
        references=_references(
            order="cac:OrderDocumentReference/cbc:ID",
            sales_order="cbc:SalesOrderID",
            contract="cac:Contract/cbc:ID",
            quotation="cac:QuotationDocumentReference/cbc:ID",
            originator="cac:OriginatorDocumentReference/cbc:ID",
            catalogue="cac:CatalogueReference/cbc:ID",
            project="cac:ProjectReference/cbc:ID",
        ),
    ),
    Layout(
        root=f"{{{UBL}OrderChange-2}}OrderChange",
        format="ubl-2.1-order-change",
        type="order-change",
        sender=_BUYER,
        receiver=_SELLER,
        payable=_ANTICIPATED,
        # UBL 2.1 wants a sequence number of each change, and lets its cbc:ID be left out.
        otherwise_known_by=(path(_ORDER), path("cbc:SequenceNumberID")),
        references=_references(
            order=_ORDER,
            sales_order=f"cbc:SalesOrderID {_SALES_ORDER}",
            contract="cac:Contract/cbc:ID",
            quotation="cac:QuotationDocumentReference/cbc:ID",
            originator="cac:OriginatorDocumentReference/cbc:ID",
        ),
    ),
    Layout(
        root=f"{{{UBL}OrderCancellation-2}}OrderCancellation",
        format="ubl-2.1-order-cancellation",
        type="order-cancellation",
        sender=_BUYER,
        receiver=_SELLER,
        references=_references(
            order=_ORDER,
            sales_order=_SALES_ORDER,
            contract="cac:Contract/cbc:ID",
            originator="cac:OriginatorDocumentReference/cbc:ID",
        ),
    ),
    Layout(
        root=f"{{{UBL}OrderResponse-2}}OrderResponse",
        format="ubl-2.1-order-response",
        type="order-response",
        sender=_SELLER,
        receiver=_BUYER,
        payable=_LEGAL,
        references=_references(
            order=f"{_ORDER} cac:OrderDocumentReference/cbc:ID",
            sales_order=f"cbc:SalesOrderID {_SALES_ORDER}",
            contract="cac:Contract/cbc:ID",
            originator="cac:OriginatorDocumentReference/cbc:ID",
        ),
    ),
    Layout(
        root=f"{{{UBL}OrderResponseSimple-2}}OrderResponseSimple",
        format="ubl-2.1-order-response-simple",
        type="order-response-simple",
        sender=_SELLER,
        receiver=_BUYER,
        references=_references(order=_ORDER, sales_order=_SALES_ORDER),
    ),
)

_DELIVERY: Final = (
    Layout(
        root=f"{{{UBL}DespatchAdvice-2}}DespatchAdvice",
        format="ubl-2.1-despatch-advice",
        type="despatch-advice",
        sender=_DESPATCHER,
        receiver=_RECIPIENT,
        references=_references(order=_ORDER, sales_order=_SALES_ORDER),
    ),
    Layout(
        root=f"{{{UBL}ReceiptAdvice-2}}ReceiptAdvice",
        format="ubl-2.1-receipt-advice",
        type="receipt-advice",
        sender=_RECIPIENT,
        receiver=_DESPATCHER,
        references=_references(order=_ORDER, sales_order=_SALES_ORDER),
    ),
)

_PAYMENT: Final = (
    Layout(
        root=f"{{{UBL}Invoice-2}}Invoice",
        format="ubl-2.1-invoice",
        type="invoice",
        sender=_SUPPLIER,
        receiver=_CUSTOMER,
        payable=_LEGAL,
        references=(*_BILLED, *_references(project="cac:ProjectReference/cbc:ID")),
        type_code=path("cbc:InvoiceTypeCode"),
        self_billing=frozenset({"389", "527"}),  # UNTDID 1001: self-billed invoice, self-billed debit note
    ),
    Layout(
        root=f"{{{UBL}CreditNote-2}}CreditNote",
        format="ubl-2.1-credit-note",
        type="credit-note",
        sender=_SUPPLIER,
        receiver=_CUSTOMER,
        payable=_LEGAL,
        references=_BILLED,
        type_code=path("cbc:CreditNoteTypeCode"),
        self_billing=frozenset({"261"}),  # UNTDID 1001: self-billed credit note
    ),
    Layout(
        root=f"{{{UBL}RemittanceAdvice-2}}RemittanceAdvice",
        format="ubl-2.1-remittance-advice",
        type="remittance-advice",
        sender=_CUSTOMER,
        receiver=_SUPPLIER,
        payable=path("cbc:TotalPaymentAmount"),
        references=(
            *_references(payment_order="cbc:PaymentOrderReference"),
            *_billing("cac:BillingReference"),
            *_billing("cac:RemittanceAdviceLine/cac:BillingReference"),
        ),
    ),
)

_APPLICATION_RESPONSE: Final = Layout(
    root=f"{{{UBL}ApplicationResponse-2}}ApplicationResponse",
    format="ubl-2.1-application-response",
    type="application-response",
    sender=path("cac:SenderParty"),
    receiver=path("cac:ReceiverParty"),
    references=_references(document="cac:DocumentResponse/cac:DocumentReference/cbc:ID"),
)

DOCUMENT_TYPES: Final = MappingProxyType(
    {
        **dict.fromkeys(("220", "221", "224"), "order"),
        "230": "order-change",
        "231": "order-response",
        "351": "despatch-advice",
        "632": "receipt-advice",
        **dict.fromkeys(("326", "380", "384", "389"), "invoice"),
        **dict.fromkeys(("261", "381"), "credit-note"),
        "481": "remittance-advice",
    }
)
"""What a cbc:DocumentTypeCode of UNTDID 1001 names, where it is a kind that is read here."""


def _by_root(layouts: Iterable[Layout]) -> MappingProxyType[str, Layout]:
    return MappingProxyType({layout.root: layout for layout in layouts})


LAYOUTS: Final = _by_root((*_ORDERING, *_DELIVERY, *_PAYMENT, _APPLICATION_RESPONSE))
"""By the root element's Clark name."""
