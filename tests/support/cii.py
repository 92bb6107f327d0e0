"""Cross Industry Invoices: what a UBL invoice says, said in CII, element by element (CEN/TS 16931-3-3)."""

from collections.abc import Iterable
from random import Random

from lxml import etree

from edi_gateway.documents.cii_names import NAMESPACES, clark
from tests.support import invoices
from tests.support.ubl import CREDIT_NOTE as UBL_CREDIT_NOTE
from tests.support.ubl import INVOICE as UBL_INVOICE
from tests.support.ubl import PREFIXES

Made = etree._Element | None


def made(name: str, /, *content: Made | str | Iterable[Made], **attributes: str) -> Made:
    """An element; None where it would hold nothing."""
    one = etree.Element(clark(name), attributes)
    for each in content:
        if isinstance(each, str):
            one.text = each
        elif isinstance(each, etree._Element):
            one.append(each)
        elif each is not None:
            one.extend(child for child in each if child is not None)
    return one if len(one) or one.text is not None else None


def invoice(chance: Random) -> etree._Element:
    """One that keeps every rule; the same state of `chance` gives the same."""
    return from_ubl(invoices.invoice(chance))


def from_ubl(source: etree._Element) -> etree._Element:
    return _Translation(source).document()


class _Translation:
    def __init__(self, source: etree._Element) -> None:
        self.source = source
        self.lines = self.all("cac:InvoiceLine | cac:CreditNoteLine")

    def all(self, path: str, at: etree._Element | None = None) -> list[etree._Element]:
        found: list[etree._Element] = (self.source if at is None else at).xpath(path, namespaces=PREFIXES)
        return found

    def said(self, name: str, path: str, at: etree._Element | None = None, **attributes: str) -> list[Made]:
        """The values at a path, each under that name; an attribute is taken over where the source has it."""
        return [
            made(name, each.text or "", **{new: value for new, old in attributes.items() if (value := each.get(old))})
            for each in self.all(path, at)
        ]

    def day(self, name: str, path: str, at: etree._Element | None = None, of: str = "udt:DateTimeString") -> list[Made]:
        return [made(name, made(of, (each.text or "").replace("-", ""), format="102")) for each in self.all(path, at)]

    def document(self) -> etree._Element:
        root = etree.Element(clark("rsm:CrossIndustryInvoice"), nsmap=dict(NAMESPACES))
        profile = made("ram:BusinessProcessSpecifiedDocumentContextParameter", self.said("ram:ID", "cbc:ProfileID"))
        guideline = made("ram:GuidelineSpecifiedDocumentContextParameter", self.said("ram:ID", "cbc:CustomizationID"))
        parts = (
            made("rsm:ExchangedDocumentContext", profile, guideline),
            made(
                "rsm:ExchangedDocument",
                self.said("ram:ID", "cbc:ID"),
                self.said("ram:TypeCode", "cbc:InvoiceTypeCode | cbc:CreditNoteTypeCode"),
                self.day("ram:IssueDateTime", "cbc:IssueDate"),
                (self.note(each.text or "") for each in self.all("cbc:Note")),
            ),
            made(
                "rsm:SupplyChainTradeTransaction",
                (self.line(each) for each in self.lines),
                self.agreement(),
                self.delivery(),
                self.settlement(),
            ),
        )
        root.extend(each for each in parts if each is not None)
        return root

    def note(self, text: str) -> Made:
        _, _, rest = text.partition("#")
        code, _, said = rest.partition("#")
        coded = [made("ram:SubjectCode", code)] if said else []
        return made("ram:IncludedNote", made("ram:Content", said or text), coded)

    def agreement(self) -> Made:
        seller, buyer = "cac:AccountingSupplierParty/cac:Party", "cac:AccountingCustomerParty/cac:Party"
        return made(
            "ram:ApplicableHeaderTradeAgreement",
            self.said("ram:BuyerReference", "cbc:BuyerReference"),
            (self.party("ram:SellerTradeParty", each) for each in self.all(seller)),
            (self.party("ram:BuyerTradeParty", each) for each in self.all(buyer)),
            (
                self.party("ram:SellerTaxRepresentativeTradeParty", each)
                for each in self.all("cac:TaxRepresentativeParty")
            ),
            self.reference("ram:SellerOrderReferencedDocument", "cac:OrderReference/cbc:SalesOrderID"),
            self.reference("ram:BuyerOrderReferencedDocument", "cac:OrderReference/cbc:ID"),
            self.reference("ram:ContractReferencedDocument", "cac:ContractDocumentReference/cbc:ID"),
            (self.additional(each) for each in self.all("cac:AdditionalDocumentReference")),
            [
                made("ram:AdditionalReferencedDocument", made("ram:IssuerAssignedID", each.text or ""), _type("50"))
                for each in self.all("cac:OriginatorDocumentReference/cbc:ID")
            ],
            [
                made("ram:SpecifiedProcuringProject", made("ram:ID", each.text or ""), made("ram:Name", "Project"))
                for each in self.all("cac:ProjectReference/cbc:ID")
            ],
        )

    def reference(self, name: str, path: str) -> list[Made]:
        return [made(name, made("ram:IssuerAssignedID", each.text or "")) for each in self.all(path)]

    def additional(self, source: etree._Element) -> Made:
        is_object = bool(self.all("cbc:DocumentTypeCode", source))
        return made(
            "ram:AdditionalReferencedDocument",
            self.said("ram:IssuerAssignedID", "cbc:ID", source),
            self.said("ram:URIID", "cac:Attachment/cac:ExternalReference/cbc:URI", source),
            _type("130" if is_object else "916"),
            self.said("ram:Name", "cbc:DocumentDescription", source),
            self.said(
                "ram:AttachmentBinaryObject",
                "cac:Attachment/cbc:EmbeddedDocumentBinaryObject",
                source,
                mimeCode="mimeCode",
                filename="filename",
            ),
            [made("ram:ReferenceTypeCode", each.get("schemeID")) for each in self.all("cbc:ID[@schemeID]", source)],
        )

    def party(self, name: str, source: etree._Element) -> Made:
        contact = made(
            "ram:EmailURIUniversalCommunication", self.said("ram:URIID", "cac:Contact/cbc:ElectronicMail", source)
        )
        phone = made(
            "ram:TelephoneUniversalCommunication", self.said("ram:CompleteNumber", "cac:Contact/cbc:Telephone", source)
        )
        registered = self.said("ram:Name", "cac:PartyLegalEntity/cbc:RegistrationName", source)
        trading = "cac:PartyName/cbc:Name"
        return made(
            name,
            self.said("ram:GlobalID", "cac:PartyIdentification/cbc:ID", source, schemeID="schemeID"),
            registered or self.said("ram:Name", trading, source),
            made(
                "ram:SpecifiedLegalOrganization",
                self.said("ram:ID", "cac:PartyLegalEntity/cbc:CompanyID", source, schemeID="schemeID"),
                self.said("ram:TradingBusinessName", trading, source) if registered else [],
            ),
            made(
                "ram:DefinedTradeContact", self.said("ram:PersonName", "cac:Contact/cbc:Name", source), phone, contact
            ),
            (self.address(each) for each in self.all("cac:PostalAddress", source)),
            made(
                "ram:URIUniversalCommunication", self.said("ram:URIID", "cbc:EndpointID", source, schemeID="schemeID")
            ),
            [
                made("ram:SpecifiedTaxRegistration", made("ram:ID", each.text or "", schemeID="VA"))
                for each in self.all("cac:PartyTaxScheme/cbc:CompanyID", source)
            ],
        )

    def address(self, source: etree._Element) -> Made:
        return made(
            "ram:PostalTradeAddress",
            self.said("ram:PostcodeCode", "cbc:PostalZone", source),
            self.said("ram:LineOne", "cbc:StreetName", source),
            self.said("ram:CityName", "cbc:CityName", source),
            self.said("ram:CountryID", "cac:Country/cbc:IdentificationCode", source),
        )

    def delivery(self) -> Made:
        place = "cac:Delivery/cac:DeliveryLocation"
        one = etree.Element(clark("ram:ApplicableHeaderTradeDelivery"))
        parts = (
            made(
                "ram:ShipToTradeParty",
                self.said("ram:GlobalID", f"{place}/cbc:ID", schemeID="schemeID"),
                self.said("ram:Name", "cac:Delivery/cac:DeliveryParty/cac:PartyName/cbc:Name"),
                (self.address(each) for each in self.all(f"{place}/cac:Address")),
            ),
            made(
                "ram:ActualDeliverySupplyChainEvent",
                self.day("ram:OccurrenceDateTime", "cac:Delivery/cbc:ActualDeliveryDate"),
            ),
            *self.reference("ram:DespatchAdviceReferencedDocument", "cac:DespatchDocumentReference/cbc:ID"),
            *self.reference("ram:ReceivingAdviceReferencedDocument", "cac:ReceiptDocumentReference/cbc:ID"),
        )
        one.extend(each for each in parts if each is not None)
        return one

    def settlement(self) -> Made:
        return made(
            "ram:ApplicableHeaderTradeSettlement",
            self.said("ram:PaymentReference", "cac:PaymentMeans/cbc:PaymentID"),
            self.said("ram:TaxCurrencyCode", "cbc:TaxCurrencyCode"),
            self.said("ram:InvoiceCurrencyCode", "cbc:DocumentCurrencyCode"),
            (self.payee(each) for each in self.all("cac:PayeeParty")),
            (self.means(each) for each in self.all("cac:PaymentMeans")),
            (self.breakdown(each, not place) for place, each in enumerate(self.all("cac:TaxTotal/cac:TaxSubtotal"))),
            (self.period(each) for each in self.all("cac:InvoicePeriod[cbc:StartDate | cbc:EndDate]")),
            (self.change(each) for each in self.all("cac:AllowanceCharge")),
            made(
                "ram:SpecifiedTradePaymentTerms",
                self.said("ram:Description", "cac:PaymentTerms/cbc:Note"),
                self.day("ram:DueDateDateTime", "cbc:DueDate"),
                self.said("ram:DirectDebitMandateID", "cac:PaymentMeans/cac:PaymentMandate/cbc:ID"),
            ),
            self.totals(),
            [
                made(
                    "ram:InvoiceReferencedDocument",
                    self.said("ram:IssuerAssignedID", "cbc:ID", each),
                    self.day("ram:FormattedIssueDateTime", "cbc:IssueDate", each, "qdt:DateTimeString"),
                )
                for each in self.all("cac:BillingReference/cac:InvoiceDocumentReference")
            ],
            made("ram:ReceivableSpecifiedTradeAccountingAccount", self.said("ram:ID", "cbc:AccountingCost")),
        )

    def payee(self, source: etree._Element) -> Made:
        return self.party("ram:PayeeTradeParty", source)

    def means(self, source: etree._Element) -> Made:
        card, account, payer = (
            "cac:CardAccount",
            "cac:PayeeFinancialAccount",
            "cac:PaymentMandate/cac:PayerFinancialAccount",
        )
        return made(
            "ram:SpecifiedTradeSettlementPaymentMeans",
            self.said("ram:TypeCode", "cbc:PaymentMeansCode", source),
            [made("ram:Information", each.get("name")) for each in self.all("cbc:PaymentMeansCode[@name]", source)],
            made(
                "ram:ApplicableTradeSettlementFinancialCard",
                self.said("ram:ID", f"{card}/cbc:PrimaryAccountNumberID", source),
                self.said("ram:CardholderName", f"{card}/cbc:HolderName", source),
            ),
            made("ram:PayerPartyDebtorFinancialAccount", self.said("ram:IBANID", f"{payer}/cbc:ID", source)),
            made(
                "ram:PayeePartyCreditorFinancialAccount",
                self.said("ram:IBANID", f"{account}/cbc:ID", source),
                self.said("ram:AccountName", f"{account}/cbc:Name", source),
            ),
            made(
                "ram:PayeeSpecifiedCreditorFinancialInstitution",
                self.said("ram:BICID", f"{account}/cac:FinancialInstitutionBranch/cbc:ID", source),
            ),
        )

    def breakdown(self, source: etree._Element, is_first: bool) -> Made:
        category = "cac:TaxCategory"
        return made(
            "ram:ApplicableTradeTax",
            self.said("ram:CalculatedAmount", "cbc:TaxAmount", source),
            self.said("ram:TypeCode", f"{category}/cac:TaxScheme/cbc:ID", source),
            self.said("ram:ExemptionReason", f"{category}/cbc:TaxExemptionReason", source),
            self.said("ram:BasisAmount", "cbc:TaxableAmount", source),
            self.said("ram:CategoryCode", f"{category}/cbc:ID", source),
            self.said("ram:ExemptionReasonCode", f"{category}/cbc:TaxExemptionReasonCode", source),
            self.day("ram:TaxPointDate", "/*/cbc:TaxPointDate", source, "udt:DateString") if is_first else [],
            # UNTDID 2475 in CII, 2005 in UBL: when goods are delivered.
            [made("ram:DueDateTypeCode", "29") for _ in self.all("/*/cac:InvoicePeriod/cbc:DescriptionCode", source)],
            self.said("ram:RateApplicablePercent", f"{category}/cbc:Percent", source),
        )

    def tax(self, name: str, source: etree._Element) -> Made:
        return made(
            name,
            self.said("ram:TypeCode", "cac:TaxScheme/cbc:ID", source),
            self.said("ram:CategoryCode", "cbc:ID", source),
            self.said("ram:RateApplicablePercent", "cbc:Percent", source),
        )

    def period(self, source: etree._Element) -> Made:
        return made(
            "ram:BillingSpecifiedPeriod",
            self.day("ram:StartDateTime", "cbc:StartDate", source),
            self.day("ram:EndDateTime", "cbc:EndDate", source),
        )

    def change(self, source: etree._Element, name: str = "ram:SpecifiedTradeAllowanceCharge") -> Made:
        return made(
            name,
            made("ram:ChargeIndicator", self.said("udt:Indicator", "cbc:ChargeIndicator", source)),
            self.said("ram:CalculationPercent", "cbc:MultiplierFactorNumeric", source),
            self.said("ram:BasisAmount", "cbc:BaseAmount", source),
            self.said("ram:ActualAmount", "cbc:Amount", source),
            self.said("ram:ReasonCode", "cbc:AllowanceChargeReasonCode", source),
            self.said("ram:Reason", "cbc:AllowanceChargeReason", source),
            (self.tax("ram:CategoryTradeTax", each) for each in self.all("cac:TaxCategory", source)),
        )

    def totals(self) -> Made:
        total = "cac:LegalMonetaryTotal/cbc:"
        return made(
            "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
            self.said("ram:LineTotalAmount", f"{total}LineExtensionAmount"),
            self.said("ram:ChargeTotalAmount", f"{total}ChargeTotalAmount"),
            self.said("ram:AllowanceTotalAmount", f"{total}AllowanceTotalAmount"),
            self.said("ram:TaxBasisTotalAmount", f"{total}TaxExclusiveAmount"),
            self.said("ram:TaxTotalAmount", "cac:TaxTotal/cbc:TaxAmount", currencyID="currencyID"),
            self.said("ram:RoundingAmount", f"{total}PayableRoundingAmount"),
            self.said("ram:GrandTotalAmount", f"{total}TaxInclusiveAmount"),
            self.said("ram:TotalPrepaidAmount", f"{total}PrepaidAmount"),
            self.said("ram:DuePayableAmount", f"{total}PayableAmount"),
        )

    def line(self, source: etree._Element) -> Made:
        return made(
            "ram:IncludedSupplyChainTradeLineItem",
            made(
                "ram:AssociatedDocumentLineDocument",
                self.said("ram:LineID", "cbc:ID", source),
                [
                    made("ram:IncludedNote", made("ram:Content", each.text or ""))
                    for each in self.all("cbc:Note", source)
                ],
            ),
            self.product(self.all("cac:Item", source)[0]),
            self.line_agreement(source),
            made(
                "ram:SpecifiedLineTradeDelivery",
                self.said(
                    "ram:BilledQuantity", "cbc:InvoicedQuantity | cbc:CreditedQuantity", source, unitCode="unitCode"
                ),
            ),
            self.line_settlement(source),
        )

    def product(self, item: etree._Element) -> Made:
        return made(
            "ram:SpecifiedTradeProduct",
            self.said("ram:GlobalID", "cac:StandardItemIdentification/cbc:ID", item, schemeID="schemeID"),
            self.said("ram:SellerAssignedID", "cac:SellersItemIdentification/cbc:ID", item),
            self.said("ram:BuyerAssignedID", "cac:BuyersItemIdentification/cbc:ID", item),
            self.said("ram:Name", "cbc:Name", item),
            self.said("ram:Description", "cbc:Description", item),
            [
                made(
                    "ram:ApplicableProductCharacteristic",
                    self.said("ram:Description", "cbc:Name", each),
                    self.said("ram:Value", "cbc:Value", each),
                )
                for each in self.all("cac:AdditionalItemProperty", item)
            ],
            [
                made(
                    "ram:DesignatedProductClassification",
                    made("ram:ClassCode", each.text or "", listID=each.get("listID", "")),
                )
                for each in self.all("cac:CommodityClassification/cbc:ItemClassificationCode", item)
            ],
            made("ram:OriginTradeCountry", self.said("ram:ID", "cac:OriginCountry/cbc:IdentificationCode", item)),
        )

    def line_agreement(self, source: etree._Element) -> Made:
        price, discount = "cac:Price", "cac:Price/cac:AllowanceCharge"
        applied = [
            made(
                "ram:AppliedTradeAllowanceCharge",
                made("ram:ChargeIndicator", self.said("udt:Indicator", "cbc:ChargeIndicator", each)),
                self.said("ram:ActualAmount", "cbc:Amount", each),
            )
            for each in self.all(discount, source)
        ]
        base = self.said("ram:BasisQuantity", f"{price}/cbc:BaseQuantity", source, unitCode="unitCode")
        return made(
            "ram:SpecifiedLineTradeAgreement",
            made(
                "ram:BuyerOrderReferencedDocument", self.said("ram:LineID", "cac:OrderLineReference/cbc:LineID", source)
            ),
            made(
                "ram:GrossPriceProductTradePrice",
                self.said("ram:ChargeAmount", f"{discount}/cbc:BaseAmount", source),
                applied,
            ),
            made(
                "ram:NetPriceProductTradePrice", self.said("ram:ChargeAmount", f"{price}/cbc:PriceAmount", source), base
            ),
        )

    def line_settlement(self, source: etree._Element) -> Made:
        return made(
            "ram:SpecifiedLineTradeSettlement",
            (
                self.tax("ram:ApplicableTradeTax", each)
                for each in self.all("cac:Item/cac:ClassifiedTaxCategory", source)
            ),
            (self.period(each) for each in self.all("cac:InvoicePeriod", source)),
            (self.change(each) for each in self.all("cac:AllowanceCharge", source)),
            made(
                "ram:SpecifiedTradeSettlementLineMonetarySummation",
                self.said("ram:LineTotalAmount", "cbc:LineExtensionAmount", source),
            ),
            (self.additional(each) for each in self.all("cac:DocumentReference", source)),
            made("ram:ReceivableSpecifiedTradeAccountingAccount", self.said("ram:ID", "cbc:AccountingCost", source)),
        )


def _type(code: str) -> Made:
    return made("ram:TypeCode", code)


def _octets(content: bytes) -> bytes:
    return etree.tostring(
        from_ubl(etree.fromstring(content)), encoding="UTF-8", xml_declaration=True, pretty_print=True
    )


INVOICE = _octets(UBL_INVOICE)
CREDIT_NOTE = _octets(UBL_CREDIT_NOTE)
