"""By which identifiers for taxes the parties of a Cross Industry Invoice are known."""

from dataclasses import dataclass

from edi_gateway.documents.en16931.tree import Invoice
from edi_gateway.documents.en16931.vat_families import Family


@dataclass(frozen=True, slots=True)
class Parties:
    """Which identifiers for taxes there are."""

    seller: bool
    seller_vat: bool
    representative_vat: bool
    buyer_vat: bool
    buyer_registered: bool

    def meet(self, family: Family) -> bool:
        """Whether the parties are known as the family asks."""
        if family.seller == "none":
            return not (self.seller_vat or self.representative_vat or self.buyer_vat)
        seller = self.seller if family.seller == "any" else self.seller_vat
        buyer = self.buyer_vat or (self.buyer_registered if family.buyer == "registered" else not family.buyer)
        return (seller or self.representative_vat) and buyer


def parties(invoice: Invoice) -> Parties:
    """Who gives which identifier."""

    def schemes(*path: str) -> set[str | None]:
        groups = invoice.everywhere(*path, "cac:PartyTaxScheme")
        return {number.get("schemeID") for group in groups for number in group.get("cbc:CompanyID", ())}

    seller = schemes("cac:AccountingSupplierParty", "cac:Party")
    buyers = invoice.everywhere("cac:AccountingCustomerParty", "cac:Party", "cac:PartyLegalEntity")
    return Parties(
        seller=bool(seller & {"VA", "FC"}),
        seller_vat="VA" in seller,
        representative_vat="VA" in schemes("cac:TaxRepresentativeParty"),
        buyer_vat="VA" in schemes("cac:AccountingCustomerParty", "cac:Party"),
        buyer_registered=any("cbc:CompanyID" in each for each in buyers),
    )
