"""Where a Cross Industry Invoice says what the gateway wants to know: paths of Clark names below the root."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from edi_gateway.documents.cii_names import clark

FORMAT: Final = "cii-d22b-invoice"
"""Invoices and credit notes of D.16B and later keep the schema of D.22B: UN/CEFACT only ever added to it."""

Path = tuple[str, ...]


def path(steps: str) -> Path:
    """`rsm:ExchangedDocument/ram:ID` as Clark names."""
    return tuple(clark(step) for step in steps.split("/"))


@dataclass(frozen=True, slots=True)
class Shared:
    """What all of UN/CEFACT's cross-industry messages say in the same way, each in namespaces of its own.

    Below a party, `identifiers` is what identifies it, in the order in which UBL has the same, and `names` the trading
    name, else the registered one. A day is in one of `date_texts`, written in one of `date_formats` (UNTDID 2379), or
    in one of `dates`, written as XML Schema has it.
    """

    identifiers: tuple[Path, ...]
    names: tuple[Path, ...]
    date_texts: Path
    dates: Path
    date_formats: tuple[str, ...]


def shared(path: Callable[[str], Path], *date_formats: str) -> Shared:
    """The same in the namespaces that `path` knows."""
    identifiers = (
        "ram:URIUniversalCommunication/ram:URIID",
        "ram:ID",
        "ram:GlobalID",
        "ram:SpecifiedTaxRegistration/ram:ID",
        "ram:SpecifiedLegalOrganization/ram:ID",
    )
    names = ("ram:SpecifiedLegalOrganization/ram:TradingBusinessName", "ram:Name")
    return Shared(
        tuple(map(path, identifiers)),
        tuple(map(path, names)),
        (*path("udt:DateTimeString"), *path("udt:DateString")),
        (*path("udt:DateTime"), *path("udt:Date")),
        date_formats,
    )


SHARED: Final = shared(path, "102")
_TRANSACTION: Final = "rsm:SupplyChainTradeTransaction"
_AGREEMENT: Final = f"{_TRANSACTION}/ram:ApplicableHeaderTradeAgreement"
_DELIVERY: Final = f"{_TRANSACTION}/ram:ApplicableHeaderTradeDelivery"
_SETTLEMENT: Final = f"{_TRANSACTION}/ram:ApplicableHeaderTradeSettlement"

NUMBER: Final = path("rsm:ExchangedDocument/ram:ID")
TYPE_CODE: Final = path("rsm:ExchangedDocument/ram:TypeCode")
ISSUE_DATE: Final = path("rsm:ExchangedDocument/ram:IssueDateTime")
PROFILE: Final = path("rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID")
PROCESS: Final = path("rsm:ExchangedDocumentContext/ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID")
SELLER: Final = path(f"{_AGREEMENT}/ram:SellerTradeParty")
BUYER: Final = path(f"{_AGREEMENT}/ram:BuyerTradeParty")
CURRENCY: Final = path(f"{_SETTLEMENT}/ram:InvoiceCurrencyCode")
PAYABLE: Final = path(f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:DuePayableAmount")

QUANTITIES: Final = ("BilledQuantity",)
"""What a line's price is asked for."""
EXTENSION: Final = "#conformant#"
"""In a guideline: what follows extends the European core, and may relax its rules (EN 16931-1 §4.4)."""

VAT_REGISTRATION: Final = "VA"
"""UNTDID 1153: VAT registration number. UBL calls that scheme VAT, and so may whoever registered the partner."""

REFERENCED_TYPE: Final = clark("ram:TypeCode")
TENDER: Final = "50"
"""UNTDID 1001: a ram:AdditionalReferencedDocument of this type is the tender (BT-17); others back the invoice up."""
ISSUED: Final = clark("ram:IssuerAssignedID")
PRECEDING: Final = path(f"{_SETTLEMENT}/ram:InvoiceReferencedDocument")
ADDITIONAL: Final = path(f"{_AGREEMENT}/ram:AdditionalReferencedDocument")
REFERENCES: Final = tuple(
    (type, path(steps))
    for type, steps in (
        ("order", f"{_AGREEMENT}/ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID"),
        ("sales-order", f"{_AGREEMENT}/ram:SellerOrderReferencedDocument/ram:IssuerAssignedID"),
        ("order-response", f"{_AGREEMENT}/ram:OrderResponseReferencedDocument/ram:IssuerAssignedID"),
        ("contract", f"{_AGREEMENT}/ram:ContractReferencedDocument/ram:IssuerAssignedID"),
        ("quotation", f"{_AGREEMENT}/ram:QuotationReferencedDocument/ram:IssuerAssignedID"),
        ("project", f"{_AGREEMENT}/ram:SpecifiedProcuringProject/ram:ID"),
        ("despatch-advice", f"{_DELIVERY}/ram:DespatchAdviceReferencedDocument/ram:IssuerAssignedID"),
        ("receipt-advice", f"{_DELIVERY}/ram:ReceivingAdviceReferencedDocument/ram:IssuerAssignedID"),
        ("delivery-note", f"{_DELIVERY}/ram:DeliveryNoteReferencedDocument/ram:IssuerAssignedID"),
    )
)
"""Type of document to the path of its number."""
