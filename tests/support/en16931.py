"""Invoices that EN 16931 has nothing to say about, and fragments of them, to be spoilt one thing at a time."""

from lxml import etree

NAMESPACES = (
    'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" '
    'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"'
)
INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
VAT = "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>"

_PARTY = """<cac:Party><cac:PostalAddress><cac:Country><cbc:IdentificationCode>{country}</cbc:IdentificationCode>
    </cac:Country></cac:PostalAddress><cac:PartyTaxScheme><cbc:CompanyID>{vat}</cbc:CompanyID>{scheme}
    </cac:PartyTaxScheme><cac:PartyLegalEntity><cbc:RegistrationName>{name}</cbc:RegistrationName>
    </cac:PartyLegalEntity></cac:Party>"""


def party(name, country, vat):
    return _PARTY.format(name=name, country=country, vat=vat, scheme=VAT)


def amount(name, value):
    return f'<cbc:{name} currencyID="EUR">{value}</cbc:{name}>'


def line(number=1, net="100.00", category="S", rate="25"):
    return f"""<cac:InvoiceLine><cbc:ID>{number}</cbc:ID><cbc:InvoicedQuantity unitCode="C62">1</cbc:InvoicedQuantity>
        {amount("LineExtensionAmount", net)}<cac:Item><cbc:Name>A thing</cbc:Name><cac:ClassifiedTaxCategory>
        <cbc:ID>{category}</cbc:ID><cbc:Percent>{rate}</cbc:Percent>{VAT}</cac:ClassifiedTaxCategory></cac:Item>
        <cac:Price>{amount("PriceAmount", net)}</cac:Price></cac:InvoiceLine>"""


def breakdown(taxable="100.00", tax="25.00", category="S", rate="25", reason=""):
    return f"""<cac:TaxSubtotal>{amount("TaxableAmount", taxable)}{amount("TaxAmount", tax)}<cac:TaxCategory>
        <cbc:ID>{category}</cbc:ID><cbc:Percent>{rate}</cbc:Percent>{reason}{VAT}</cac:TaxCategory></cac:TaxSubtotal>"""


def totals(**amounts):
    usual = {"LineExtension": "100.00", "TaxExclusive": "100.00", "TaxInclusive": "125.00", "Payable": "125.00"}
    given = usual | {name.removesuffix("Amount"): value for name, value in amounts.items()}
    return "".join(amount(f"{name}Amount", value) for name, value in given.items() if value is not None)


def tax_total(tax="25.00", breakdowns=None):
    return f"<cac:TaxTotal>{amount('TaxAmount', tax)}{breakdown() if breakdowns is None else breakdowns}</cac:TaxTotal>"


def invoice(lines=None, tax=None, money=None, more=""):
    """An invoice of one line of 100.00 with 25 % of VAT; `more` is put behind the parties."""
    return etree.fromstring(f"""<Invoice xmlns="{INVOICE}" {NAMESPACES}>
        <cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID><cbc:ID>1</cbc:ID>
        <cbc:IssueDate>2026-11-22</cbc:IssueDate><cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
        <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
        <cac:AccountingSupplierParty>{party("Seller", "DE", "DE1")}</cac:AccountingSupplierParty>
        <cac:AccountingCustomerParty>{party("Buyer", "FR", "FR1")}</cac:AccountingCustomerParty>{more}
        {tax_total() if tax is None else tax}
        <cac:LegalMonetaryTotal>{totals() if money is None else money}</cac:LegalMonetaryTotal>
        {line() if lines is None else lines}</Invoice>""")


def fragment(content):
    """An Invoice with nothing in it but `content`."""
    return etree.fromstring(f'<Invoice xmlns="{INVOICE}" {NAMESPACES}>{content}</Invoice>')
