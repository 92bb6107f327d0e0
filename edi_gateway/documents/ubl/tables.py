"""Where each UBL document says what the gateway wants to know. Another document is another row.

A path is a tuple of Clark names below the root, as `path` makes it.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from lxml.etree import XPath

from edi_gateway.model.document import DocumentType

_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
_NAMESPACES: Final = {
    "cac": f"{_UBL}CommonAggregateComponents-2",
    "cbc": f"{_UBL}CommonBasicComponents-2",
    "ext": f"{_UBL}CommonExtensionComponents-2",
}

Path = tuple[str, ...]


def path(steps: str) -> Path:
    """`cac:OrderReference/cbc:ID` as Clark names."""
    pairs = (step.split(":") for step in steps.split("/"))
    return tuple(f"{{{_NAMESPACES[prefix]}}}{local}" for prefix, local in pairs)


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of document. `sender` and `receiver` lead to a cac:Party, `references` to numbers of other documents.

    Where the text at `type_code` is one of `self_billing`, the two change places: the customer wrote the document.
    """

    root: str
    format: str
    type: DocumentType
    sender: Path
    receiver: Path
    payable: Path
    references: tuple[tuple[str, Path], ...]
    type_code: Path = ()
    self_billing: frozenset[str] = frozenset()


NUMBER: Final = path("cbc:ID")
ISSUE_DATE: Final = path("cbc:IssueDate")
CURRENCY: Final = path("cbc:DocumentCurrencyCode")
PROFILE: Final = path("cbc:CustomizationID")

TAX_SCHEME: Final = path("cac:PartyTaxScheme")[0]
TAX_SCHEME_ID: Final = path("cac:TaxScheme/cbc:ID")
_IDENTIFIERS: Final = (
    "cbc:EndpointID",
    "cac:PartyIdentification/cbc:ID",
    "cac:PartyTaxScheme/cbc:CompanyID",
    "cac:PartyLegalEntity/cbc:CompanyID",
)
IDENTIFIERS: Final = tuple(map(path, _IDENTIFIERS))
"""Below a cac:Party: what identifies it."""
FIND_IDENTIFIERS: Final = XPath(" | ".join(_IDENTIFIERS), namespaces=_NAMESPACES)
"""All of them in one look, in document order."""
NAMES: Final = (path("cac:PartyName/cbc:Name"), path("cac:PartyLegalEntity/cbc:RegistrationName"))
"""Below a cac:Party: the trading name, else the registered one."""
EXTENSION_CONTENT: Final = path("ext:UBLExtensions/ext:UBLExtension/ext:ExtensionContent")

_SELLER, _BUYER = path("cac:SellerSupplierParty/cac:Party"), path("cac:BuyerCustomerParty/cac:Party")
_SUPPLIER, _CUSTOMER = path("cac:AccountingSupplierParty/cac:Party"), path("cac:AccountingCustomerParty/cac:Party")


def _references(**paths: str) -> tuple[tuple[str, Path], ...]:
    """Type of document to its paths, separated by blanks; an underscore in a type stands for a hyphen."""
    return tuple((type.replace("_", "-"), path(each)) for type, many in paths.items() for each in many.split())


_BILLED: Final = _references(
    order="cac:OrderReference/cbc:ID",
    sales_order="cac:OrderReference/cbc:SalesOrderID",
    contract="cac:ContractDocumentReference/cbc:ID",
    originator="cac:OriginatorDocumentReference/cbc:ID",
    despatch="cac:DespatchDocumentReference/cbc:ID",
    receipt="cac:ReceiptDocumentReference/cbc:ID",
    invoice="cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID"
    " cac:BillingReference/cac:SelfBilledInvoiceDocumentReference/cbc:ID",
    credit_note="cac:BillingReference/cac:CreditNoteDocumentReference/cbc:ID"
    " cac:BillingReference/cac:SelfBilledCreditNoteDocumentReference/cbc:ID",
)

_LAYOUTS: Final = (
    Layout(
        root=f"{{{_UBL}Order-2}}Order",
        format="ubl-2.1-order",
        type="order",
        sender=_BUYER,
        receiver=_SELLER,
        payable=path("cac:AnticipatedMonetaryTotal/cbc:PayableAmount"),
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
        root=f"{{{_UBL}OrderResponse-2}}OrderResponse",
        format="ubl-2.1-order-response",
        type="order-response",
        sender=_SELLER,
        receiver=_BUYER,
        payable=path("cac:LegalMonetaryTotal/cbc:PayableAmount"),
        references=_references(
            order="cac:OrderReference/cbc:ID cac:OrderDocumentReference/cbc:ID",
            sales_order="cbc:SalesOrderID cac:OrderReference/cbc:SalesOrderID",
            contract="cac:Contract/cbc:ID",
            originator="cac:OriginatorDocumentReference/cbc:ID",
        ),
    ),
    Layout(
        root=f"{{{_UBL}Invoice-2}}Invoice",
        format="ubl-2.1-invoice",
        type="invoice",
        sender=_SUPPLIER,
        receiver=_CUSTOMER,
        payable=path("cac:LegalMonetaryTotal/cbc:PayableAmount"),
        references=(*_BILLED, *_references(project="cac:ProjectReference/cbc:ID")),
        type_code=path("cbc:InvoiceTypeCode"),
        self_billing=frozenset({"389", "527"}),  # UNTDID 1001: self-billed invoice, self-billed debit note
    ),
    Layout(
        root=f"{{{_UBL}CreditNote-2}}CreditNote",
        format="ubl-2.1-credit-note",
        type="credit-note",
        sender=_SUPPLIER,
        receiver=_CUSTOMER,
        payable=path("cac:LegalMonetaryTotal/cbc:PayableAmount"),
        references=_BILLED,
        type_code=path("cbc:CreditNoteTypeCode"),
        self_billing=frozenset({"261"}),  # UNTDID 1001: self-billed credit note
    ),
)

TOP: Final = frozenset(
    path[0]
    for layout in _LAYOUTS
    for path in (
        *(NUMBER, ISSUE_DATE, CURRENCY, PROFILE, EXTENSION_CONTENT),
        *(layout.sender, layout.receiver, layout.payable, layout.type_code or NUMBER),
        *(path for _, path in layout.references),
    )
)
"""The Clark names of a root's children that any path begins with."""

LAYOUTS: Final = MappingProxyType({layout.root: layout for layout in _LAYOUTS})
"""By the root element's Clark name."""
