"""Where the numbers of each kind of UBL document stand that should add up."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from edi_gateway.documents.ubl.layout import UBL, path


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of document counts. A line's numbers stand in `inner`, where it has one; `columns` are totals and what
    they are the sums of. The lines of a `whole` document are all that its total is about."""

    line: str
    inner: str | None = None
    quantity: str = ""
    monetary: str | None = None
    whole: bool = False
    columns: tuple[tuple[str, str], ...] = ()


def _kind(line: str, quantity: str, monetary: str, inner: str | None = None, *, whole: bool) -> Kind:
    within = path(f"cac:{inner}")[0] if inner else None
    return Kind(path(f"cac:{line}")[0], within, path(f"cbc:{quantity}")[0], path(f"cac:{monetary}")[0], whole)


_COLUMNS: Final = (
    (path("cbc:TotalDebitAmount")[0], path("cbc:DebitLineAmount")[0]),
    (path("cbc:TotalCreditAmount")[0], path("cbc:CreditLineAmount")[0]),
)
_KINDS: Final = {
    "Order": _kind("OrderLine", "Quantity", "AnticipatedMonetaryTotal", "LineItem", whole=True),
    # A change or an answer may list the lines that it is about, and the totals of them all.
    "OrderChange": _kind("OrderLine", "Quantity", "AnticipatedMonetaryTotal", "LineItem", whole=False),
    "OrderResponse": _kind("OrderLine", "Quantity", "LegalMonetaryTotal", "LineItem", whole=False),
    "DespatchAdvice": Kind(path("cac:DespatchLine")[0]),
    "ReceiptAdvice": Kind(path("cac:ReceiptLine")[0]),
    "Invoice": _kind("InvoiceLine", "InvoicedQuantity", "LegalMonetaryTotal", whole=True),
    "CreditNote": _kind("CreditNoteLine", "CreditedQuantity", "LegalMonetaryTotal", whole=True),
    "RemittanceAdvice": Kind(path("cac:RemittanceAdviceLine")[0], columns=_COLUMNS),
}
KINDS: Final = MappingProxyType({f"{{{UBL}{name}-2}}{name}": kind for name, kind in _KINDS.items()})
"""By the root element's Clark name; what has no lines isn't there."""
