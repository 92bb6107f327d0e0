"""Invoices and credit notes that keep every rule of EN 16931, each another one: what mutations begin with.

`invoice(chance)` draws VAT categories, lines, allowances, charges and all that may stand in such a document, and makes
its amounts add up. The same state of `chance` gives the same tree.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from lxml import etree

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
NAMESPACES = {
    "cac": f"{UBL}CommonAggregateComponents-2",
    "cbc": f"{UBL}CommonBasicComponents-2",
    "ext": f"{UBL}CommonExtensionComponents-2",
}
CURRENCY = "EUR"

MIXES: Sequence[Sequence[tuple[str, str]]] = (
    [("S", "25")],
    [("S", "19"), ("S", "7")],
    [("S", "20"), ("Z", "0"), ("E", "0")],
    [("S", "22"), ("AE", "0")],
    [("AE", "0")],
    [("K", "0")],
    [("G", "0")],
    [("O", "")],
    [("L", "6.5"), ("S", "25")],
    [("M", "4"), ("M", "0")],
    [("Z", "0"), ("K", "0"), ("G", "0")],
    [("E", "0"), ("L", "3"), ("M", "10")],
)
"""VAT categories and rates that may stand in one invoice."""

REASONS = {"E": "VATEX-EU-132", "AE": "VATEX-EU-AE", "K": "VATEX-EU-IC", "G": "VATEX-EU-G", "O": "VATEX-EU-O"}

Child = etree._Element | None


@dataclass(frozen=True)
class Part:
    """What one line, allowance or charge adds to the taxable amount of its category and rate."""

    amount: Decimal
    vat: tuple[str, str]


def clark(name: str) -> str:
    """`cbc:ID` as a Clark name."""
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def element(name: str, /, *content: Child | str, **attributes: str) -> etree._Element:
    made = etree.Element(clark(name), attributes)
    for each in content:
        if isinstance(each, str):
            made.text = each
        elif each is not None:
            made.append(each)
    return made


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def money(name: str, amount: Decimal, currency: str = CURRENCY) -> etree._Element:
    return element(name, str(amount), currencyID=currency)


class Draw:
    """One document in the making."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.mix = list(chance.choice(MIXES))
        self.outside = self.mix == [("O", "")]
        self.credit = chance.random() < 0.3
        self.foreign = chance.random() < 0.2
        self.parts: list[Part] = []

    def maybe(self, part: float, *made: etree._Element) -> etree._Element | None:
        return made[0] if self.chance.random() < part else None

    def amount(self, most: int = 100_000) -> Decimal:
        return Decimal(self.chance.randint(1, most)) / 100

    def vat(self) -> tuple[str, str]:
        return self.chance.choice(self.mix)


def invoice(chance: Random) -> etree._Element:
    draw = Draw(chance)
    name = "CreditNote" if draw.credit else "Invoice"
    namespace = f"{UBL}{name}-2"
    declared: dict[str | None, str] = {None: namespace}
    declared.update(NAMESPACES)
    root = etree.Element(f"{{{namespace}}}{name}", nsmap=declared)
    lines = [_line(draw, place) for place in range(1, chance.randint(1, 4) + 1)]
    net_lines = sum((part.amount for part in draw.parts), Decimal(0))
    allowances, charges = _allowances(draw), _charges(draw)
    for child in (
        *_head(draw),
        *_references(draw),
        *_parties(draw),
        *_delivery(draw),
        *_payment(draw),
        *(each for each, _ in allowances),
        *(each for each, _ in charges),
        *_totals(draw, net_lines, [amount for _, amount in allowances], [amount for _, amount in charges]),
        *lines,
    ):
        if child is not None:
            root.append(child)
    return root


def _head(draw: Draw) -> Iterator[Child]:
    chance = draw.chance
    yield element("cbc:CustomizationID", "urn:cen.eu:en16931:2017")
    yield draw.maybe(0.5, element("cbc:ProfileID", "P1"))
    yield element("cbc:ID", f"INV-{chance.randint(1, 99_999)}")
    yield element("cbc:IssueDate", "2026-11-23")
    yield None if draw.credit else element("cbc:DueDate", "2026-12-23")
    kind = ("381", "261") if draw.credit else ("380", "384", "389", "326")
    tax_point = chance.random() < 0.2
    if draw.credit and tax_point:
        yield element("cbc:TaxPointDate", "2026-11-20")
    yield element(f"cbc:{'CreditNote' if draw.credit else 'Invoice'}TypeCode", chance.choice(kind))
    yield draw.maybe(0.4, element("cbc:Note", "#AAI#Thank you for your order."))
    if not draw.credit and tax_point:
        yield element("cbc:TaxPointDate", "2026-11-20")
    yield element("cbc:DocumentCurrencyCode", CURRENCY)
    yield element("cbc:TaxCurrencyCode", "SEK") if draw.foreign else None
    yield draw.maybe(0.4, element("cbc:AccountingCost", "4711"))
    yield element("cbc:BuyerReference", "Purchasing")
    if tax_point or chance.random() < 0.4:
        yield _period(draw, None if tax_point else draw.maybe(0.5, element("cbc:DescriptionCode", "35")))


def _period(draw: Draw, code: Child = None) -> etree._Element:
    last = draw.maybe(0.8, element("cbc:EndDate", f"2026-11-{draw.chance.randint(10, 30)}"))
    return element("cac:InvoicePeriod", element("cbc:StartDate", "2026-11-01"), last, code)


def _references(draw: Draw) -> Iterator[Child]:
    number = element("cbc:ID", "PO-1001")
    yield draw.maybe(0.7, element("cac:OrderReference", number, draw.maybe(0.3, element("cbc:SalesOrderID", "SO-7"))))
    earlier = element(
        "cac:InvoiceDocumentReference", element("cbc:ID", "INV-0"), element("cbc:IssueDate", "2026-10-01")
    )
    yield draw.maybe(0.3, element("cac:BillingReference", earlier))
    yield draw.maybe(0.3, element("cac:DespatchDocumentReference", element("cbc:ID", "DA-1")))
    yield draw.maybe(0.2, element("cac:ReceiptDocumentReference", element("cbc:ID", "RA-1")))
    if not draw.credit:
        yield draw.maybe(0.2, element("cac:OriginatorDocumentReference", element("cbc:ID", "TENDER-1")))
    yield draw.maybe(0.3, element("cac:ContractDocumentReference", element("cbc:ID", "C-1")))
    yield draw.maybe(0.3, _attachment(draw))
    object_type = element("cbc:DocumentTypeCode", "130")
    identifier = element("cbc:ID", "METER-9", schemeID="ABT")
    yield draw.maybe(0.2, element("cac:AdditionalDocumentReference", identifier, object_type))
    yield None if draw.credit else draw.maybe(0.2, element("cac:ProjectReference", element("cbc:ID", "P-1")))


def _attachment(draw: Draw) -> etree._Element:
    embedded = element("cbc:EmbeddedDocumentBinaryObject", "QUJD", mimeCode="text/csv", filename="hours.csv")
    elsewhere = element("cac:ExternalReference", element("cbc:URI", "https://example.com/hours"))
    return element(
        "cac:AdditionalDocumentReference",
        element("cbc:ID", "ATT-1"),
        draw.maybe(0.5, element("cbc:DocumentDescription", "Timesheet")),
        element("cac:Attachment", draw.chance.choice([embedded, elsewhere])),
    )


def _parties(draw: Draw) -> Iterator[Child]:
    seller, buyer = ("DE", "FR") if draw.chance.random() < 0.5 else ("SE", "AT")
    yield element("cac:AccountingSupplierParty", _party(draw, "Acme Tools", seller))
    yield element("cac:AccountingCustomerParty", _party(draw, "Globex", buyer))
    payee = element("cac:PartyName", element("cbc:Name", "Acme Factoring"))
    account = element("cac:PartyIdentification", element("cbc:ID", "4000001000012", schemeID="0088"))
    register = element("cac:PartyLegalEntity", element("cbc:CompanyID", "HRB 7", schemeID="0002"))
    yield draw.maybe(0.3, element("cac:PayeeParty", draw.maybe(0.5, account), payee, draw.maybe(0.5, register)))
    if not draw.outside:
        yield draw.maybe(
            0.2,
            element(
                "cac:TaxRepresentativeParty",
                element("cac:PartyName", element("cbc:Name", "Tax Agency Ltd")),
                _address("cac:PostalAddress", "NL"),
                _tax_number("NL123456789B01"),
            ),
        )


def _party(draw: Draw, name: str, country: str) -> etree._Element:
    contact = element("cac:Contact", element("cbc:Name", "Ada"), element("cbc:Telephone", "+49 1"))
    return element(
        "cac:Party",
        element("cbc:EndpointID", "4000001000005", schemeID="0088"),
        draw.maybe(0.5, element("cac:PartyIdentification", element("cbc:ID", "4000001000005", schemeID="0088"))),
        draw.maybe(0.5, element("cac:PartyName", element("cbc:Name", f"{name} Trading"))),
        _address("cac:PostalAddress", country),
        None if draw.outside else _tax_number(f"{country}123456789"),
        element(
            "cac:PartyLegalEntity",
            element("cbc:RegistrationName", name),
            element("cbc:CompanyID", "HRB 1", schemeID="0002"),
        ),
        draw.maybe(0.5, contact),
    )


def _tax_number(number: str) -> etree._Element:
    scheme = element("cac:TaxScheme", element("cbc:ID", "VAT"))
    return element("cac:PartyTaxScheme", element("cbc:CompanyID", number), scheme)


def _address(name: str, country: str) -> etree._Element:
    return element(
        name,
        element("cbc:StreetName", "High Street 1"),
        element("cbc:CityName", "Springfield"),
        element("cbc:PostalZone", "12345"),
        element("cac:Country", element("cbc:IdentificationCode", country)),
    )


def _delivery(draw: Draw) -> Iterator[Child]:
    needed = ("K", "0") in draw.mix
    if needed or draw.chance.random() < 0.5:
        place = element(
            "cac:DeliveryLocation",
            draw.maybe(0.4, element("cbc:ID", "4000001000029", schemeID="0088")),
            _address("cac:Address", "FR"),
        )
        receiver = element("cac:DeliveryParty", element("cac:PartyName", element("cbc:Name", "Globex Depot")))
        day = element("cbc:ActualDeliveryDate", "2026-11-22")
        yield element("cac:Delivery", day, place, draw.maybe(0.3, receiver))


def _payment(draw: Draw) -> Iterator[Child]:
    means = draw.chance.choice(["30", "58", "48", "59", "10", ""])
    if means:
        yield element(
            "cac:PaymentMeans",
            element("cbc:PaymentMeansCode", means, name="as agreed"),
            draw.maybe(0.7, element("cbc:PaymentID", "INV-1")),
            _account(means),
        )
    yield element("cac:PaymentTerms", element("cbc:Note", "30 days net"))


def _account(means: str) -> Child:
    match means:
        case "30" | "58":
            bank = element("cac:FinancialInstitutionBranch", element("cbc:ID", "COBADEFF"))
            number = element("cbc:ID", "DE89370400440532013000")
            return element("cac:PayeeFinancialAccount", number, element("cbc:Name", "Main account"), bank)
        case "48":
            number = element("cbc:PrimaryAccountNumberID", "123456")
            return element("cac:CardAccount", number, element("cbc:NetworkID", "NA"), element("cbc:HolderName", "Ada"))
        case "59":
            account = element("cac:PayerFinancialAccount", element("cbc:ID", "FR7630006000011234567890189"))
            return element("cac:PaymentMandate", element("cbc:ID", "M-1"), account)
    return None


def _category(name: str, vat: tuple[str, str], *reason: Child) -> etree._Element:
    category, rate = vat
    percent = element("cbc:Percent", rate) if category != "O" else None
    scheme = element("cac:TaxScheme", element("cbc:ID", "VAT"))
    return element(name, element("cbc:ID", category), percent, *reason, scheme)


def _line(draw: Draw, place: int) -> etree._Element:
    quantity, price, vat = Decimal(draw.chance.randint(1, 50)), draw.amount(), draw.vat()
    changes = [_line_change(draw, is_charge) for is_charge in (False, True) if draw.chance.random() < 0.25]
    net = cents(quantity * price) + sum((amount for _, amount in changes), Decimal(0))
    draw.parts.append(Part(net, vat))
    kind = "Credit" if draw.credit else "Invoice"
    unit = draw.chance.choice(["C62", "H87", "KGM", "XBX"])
    return element(
        f"cac:{kind}{'Note' if draw.credit else ''}Line",
        element("cbc:ID", str(place)),
        draw.maybe(0.2, element("cbc:Note", "By hand")),
        element(f"cbc:{kind}{'ed' if draw.credit else 'd'}Quantity", str(quantity), unitCode=unit),
        money("cbc:LineExtensionAmount", net),
        draw.maybe(0.2, element("cbc:AccountingCost", "4711")),
        draw.maybe(0.2, _period(draw)),
        draw.maybe(0.4, element("cac:OrderLineReference", element("cbc:LineID", str(place)))),
        draw.maybe(0.15, _line_object()),
        *(each for each, _ in changes),
        _item(draw, vat),
        _price(draw, price, unit),
    )


def _line_object() -> etree._Element:
    identifier = element("cbc:ID", "METER-1", schemeID="ABT")
    return element("cac:DocumentReference", identifier, element("cbc:DocumentTypeCode", "130"))


def _line_change(draw: Draw, is_charge: bool) -> tuple[etree._Element, Decimal]:
    amount = draw.amount(500)
    made = _change(draw, is_charge, amount, None)
    return made, amount if is_charge else -amount


def _change(draw: Draw, is_charge: bool, amount: Decimal, category: Child) -> etree._Element:
    code, text = ("FC", "Freight") if is_charge else ("95", "Discount")
    how = draw.chance.choice(["code", "text", "both"])
    factor = draw.chance.random() < 0.5
    return element(
        "cac:AllowanceCharge",
        element("cbc:ChargeIndicator", "true" if is_charge else "false"),
        element("cbc:AllowanceChargeReasonCode", code) if how != "text" else None,
        element("cbc:AllowanceChargeReason", text) if how != "code" else None,
        element("cbc:MultiplierFactorNumeric", "10") if factor else None,
        money("cbc:Amount", amount),
        money("cbc:BaseAmount", amount * 10) if factor else None,
        category,
    )


def _item(draw: Draw, vat: tuple[str, str]) -> etree._Element:
    kind = element("cbc:ItemClassificationCode", "23232323", listID="STI")
    properties = (element("cbc:Name", "Colour"), element("cbc:Value", "blue"))
    return element(
        "cac:Item",
        draw.maybe(0.4, element("cbc:Description", "For left hands")),
        element("cbc:Name", "Hammer"),
        draw.maybe(0.3, element("cac:BuyersItemIdentification", element("cbc:ID", "B-1"))),
        draw.maybe(0.5, element("cac:SellersItemIdentification", element("cbc:ID", "S-1"))),
        draw.maybe(0.5, element("cac:StandardItemIdentification", element("cbc:ID", "4000001000036", schemeID="0160"))),
        draw.maybe(0.3, element("cac:OriginCountry", element("cbc:IdentificationCode", "DE"))),
        draw.maybe(0.3, element("cac:CommodityClassification", kind)),
        _category("cac:ClassifiedTaxCategory", vat),
        draw.maybe(0.3, element("cac:AdditionalItemProperty", *properties)),
    )


def _price(draw: Draw, price: Decimal, unit: str) -> etree._Element:
    discount = element(
        "cac:AllowanceCharge",
        element("cbc:ChargeIndicator", "false"),
        money("cbc:Amount", Decimal("0.10")),
        money("cbc:BaseAmount", price + Decimal("0.10")),
    )
    base = element("cbc:BaseQuantity", "1", unitCode=unit)
    return element("cac:Price", money("cbc:PriceAmount", price), draw.maybe(0.4, base), draw.maybe(0.2, discount))


def _allowances(draw: Draw) -> list[tuple[etree._Element, Decimal]]:
    return [_document_change(draw, False) for _ in range(draw.chance.choice([0, 0, 1, 2]))]


def _charges(draw: Draw) -> list[tuple[etree._Element, Decimal]]:
    return [_document_change(draw, True) for _ in range(draw.chance.choice([0, 0, 1, 2]))]


def _document_change(draw: Draw, is_charge: bool) -> tuple[etree._Element, Decimal]:
    # Of a category that a line has, or nothing of it would be in the breakdown that the invoice is known by.
    amount, vat = draw.amount(2000), draw.chance.choice(draw.parts).vat
    draw.parts.append(Part(amount if is_charge else -amount, vat))
    return _change(draw, is_charge, amount, _category("cac:TaxCategory", vat)), amount


def _totals(
    draw: Draw, lines: Decimal, allowances: Sequence[Decimal], charges: Sequence[Decimal]
) -> Iterator[etree._Element]:
    taxes = list(_taxes(draw.parts))
    tax = sum((each for _, _, each in taxes), Decimal(0))
    yield element("cac:TaxTotal", money("cbc:TaxAmount", tax), *(_subtotal(draw, *each) for each in taxes))
    if draw.foreign:
        yield element("cac:TaxTotal", money("cbc:TaxAmount", cents(tax * 11), "SEK"))
    net = lines - sum(allowances) + sum(charges)
    prepaid = draw.chance.choice([None, None, Decimal("10.00")])
    rounding = draw.chance.choice([None, None, Decimal("0.37"), Decimal("-0.21")])
    yield element(
        "cac:LegalMonetaryTotal",
        money("cbc:LineExtensionAmount", lines),
        money("cbc:TaxExclusiveAmount", net),
        money("cbc:TaxInclusiveAmount", net + tax),
        money("cbc:AllowanceTotalAmount", sum(allowances, Decimal(0))) if allowances else None,
        money("cbc:ChargeTotalAmount", sum(charges, Decimal(0))) if charges else None,
        money("cbc:PrepaidAmount", prepaid) if prepaid else None,
        money("cbc:PayableRoundingAmount", rounding) if rounding else None,
        money("cbc:PayableAmount", net + tax - (prepaid or 0) + (rounding or 0)),
    )


def _taxes(parts: Iterable[Part]) -> Iterator[tuple[tuple[str, str], Decimal, Decimal]]:
    bases: dict[tuple[str, str], Decimal] = {}
    for part in parts:
        bases[part.vat] = bases.get(part.vat, Decimal(0)) + part.amount
    for vat, base in bases.items():
        yield vat, base, cents(base * Decimal(vat[1] or 0) / 100)


def _subtotal(draw: Draw, vat: tuple[str, str], base: Decimal, tax: Decimal) -> etree._Element:
    reason: list[Child] = []
    if code := REASONS.get(vat[0]):
        text = element("cbc:TaxExemptionReason", "See the law")
        reason = draw.chance.choice([[element("cbc:TaxExemptionReasonCode", code)], [text]])
    category = _category("cac:TaxCategory", vat, *reason)
    return element("cac:TaxSubtotal", money("cbc:TaxableAmount", base), money("cbc:TaxAmount", tax), category)
