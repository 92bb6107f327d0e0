"""Where an Order-X document says what the gateway wants to know: paths of Clark names below the root."""

from types import MappingProxyType
from typing import Final

from edi_gateway.documents.cii.layout import Path, shared
from edi_gateway.documents.orderx.names import path
from edi_gateway.model.document import DocumentType

GUIDELINES: Final = MappingProxyType(
    {f"urn:order-x.eu:1p0:{profile}": profile for profile in ("basic", "comfort", "extended")}
)
"""Profile by guideline."""
WIDEST: Final = "extended"
"""The profile that judges what names no guideline of Order-X, such as a country's own: it has all that others have."""
TYPES: Final[MappingProxyType[str, DocumentType]] = MappingProxyType(
    {"220": "order", "230": "order-change", "231": "order-response"}
)
"""UNTDID 1001."""


def format_of(profile: str) -> str:
    """The row of the catalogue that has the profile's schema."""
    return f"order-x-1.0-{profile}"


SHARED: Final = shared(path, "102", "203")
TRANSACTION: Final = "rsm:SupplyChainTradeTransaction"
AGREEMENT: Final = f"{TRANSACTION}/ram:ApplicableHeaderTradeAgreement"
DELIVERY: Final = f"{TRANSACTION}/ram:ApplicableHeaderTradeDelivery"
SETTLEMENT: Final = f"{TRANSACTION}/ram:ApplicableHeaderTradeSettlement"
SUMMATION: Final = f"{SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"

NUMBER: Final = path("rsm:ExchangedDocument/ram:ID")
TYPE_CODE: Final = path("rsm:ExchangedDocument/ram:TypeCode")
ISSUE_DATE: Final = path("rsm:ExchangedDocument/ram:IssueDateTime")
GUIDELINE: Final = path("rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID")
PROCESS: Final = path("rsm:ExchangedDocumentContext/ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID")
SELLER: Final = path(f"{AGREEMENT}/ram:SellerTradeParty")
BUYER: Final = path(f"{AGREEMENT}/ram:BuyerTradeParty")
CURRENCY: Final = path(f"{SETTLEMENT}/ram:OrderCurrencyCode")
PAYABLE: Final[tuple[Path, ...]] = (
    path(f"{SUMMATION}/ram:DuePayableAmount"),
    path(f"{SUMMATION}/ram:GrandTotalAmount"),
)
"""The first that is there: only the widest profile tells what was paid before."""
QUANTITIES: Final = ("AgreedQuantity", "RequestedQuantity")
"""What a line's price may be asked for: what was agreed to, or what was asked for."""
LINES: Final = path(f"{TRANSACTION}/ram:IncludedSupplyChainTradeLineItem")

ADDITIONAL: Final = path(f"{AGREEMENT}/ram:AdditionalReferencedDocument")
ISSUED: Final = path("ram:IssuerAssignedID")[0]
REFERENCED_TYPE: Final = path("ram:TypeCode")
REFERENCES: Final = tuple(
    (type, path(f"{AGREEMENT}/ram:{steps}"))
    for type, steps in (
        ("order", "BuyerOrderReferencedDocument/ram:IssuerAssignedID"),
        ("order", "PreviousOrderReferencedDocument/ram:IssuerAssignedID"),
        ("order-change", "PreviousOrderChangeReferencedDocument/ram:IssuerAssignedID"),
        ("order-response", "PreviousOrderResponseReferencedDocument/ram:IssuerAssignedID"),
        ("sales-order", "SellerOrderReferencedDocument/ram:IssuerAssignedID"),
        ("contract", "ContractReferencedDocument/ram:IssuerAssignedID"),
        ("blanket-order", "BlanketOrderReferencedDocument/ram:IssuerAssignedID"),
        ("quotation", "QuotationReferencedDocument/ram:IssuerAssignedID"),
        ("requisition", "RequisitionReferencedDocument/ram:IssuerAssignedID"),
        ("catalogue", "CatalogueReferencedDocument/ram:IssuerAssignedID"),
        ("project", "SpecifiedProcuringProject/ram:ID"),
    )
)
"""Type of document to the path of its number."""
