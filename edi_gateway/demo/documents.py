"""Complete, valid documents of one made-up purchase: contract, order, order response, invoice, credit note.

The UBL ones carry no Signature; their amounts add up as EN 16931 wants it. `buyer` and `seller` are who
they name; the order is the buyer's to sign, the others are the seller's. The same arguments give the same octets.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from lxml import etree
from lxml.builder import ElementMaker

from edi_gateway.demo.trade import FREIGHT, LINES, STANDARD_RATE, Company, Line, Totals, totals

ISSUED = date(2026, 11, 23)
CONTRACT = "FC-2026-014"
CURRENCY = "EUR"

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_NSMAP: dict[str | None, str] = {"cac": f"{_UBL}CommonAggregateComponents-2", "cbc": f"{_UBL}CommonBasicComponents-2"}
_cac = ElementMaker(namespace=_NSMAP["cac"], nsmap=_NSMAP)
_cbc = ElementMaker(namespace=_NSMAP["cbc"], nsmap=_NSMAP)
_PEPPOL_ORDER = "urn:fdc:peppol.eu:poacc:trns:order:3"
_PEPPOL_RESPONSE = "urn:fdc:peppol.eu:poacc:trns:order_response:3"
_PEPPOL_ORDERING = "urn:fdc:peppol.eu:poacc:bis:ordering:3"
_PEPPOL_BILLING = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_PEPPOL_BILLING_PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"


def order(
    number: str,
    buyer: Company,
    seller: Company,
    *,
    issued: date = ISSUED,
    contract: str = CONTRACT,
    lines: Sequence[Line] = LINES,
) -> bytes:
    """A UBL order, from the buyer to the seller, under a contract."""
    sums = totals(lines, FREIGHT)
    return _serialise(
        "Order",
        *_head(_PEPPOL_ORDER, _PEPPOL_ORDERING, number, issued),
        _cbc.OrderTypeCode("220"),
        _cbc.Note("Please confirm within two working days."),
        _cbc.DocumentCurrencyCode(CURRENCY),
        _cac.ValidityPeriod(_cbc.EndDate(str(issued + timedelta(days=14)))),
        _cac.Contract(_cbc.ID(contract)),
        _cac.BuyerCustomerParty(_party(buyer)),
        _cac.SellerSupplierParty(_party(seller)),
        _cac.Delivery(
            _address("DeliveryLocation", buyer),
            _cac.RequestedDeliveryPeriod(_cbc.StartDate(str(issued + timedelta(days=7)))),
        ),
        _cac.PaymentTerms(_cbc.Note("30 days net")),
        _freight(),
        _cac.TaxTotal(_amount("TaxAmount", sums.tax)),
        _monetary("AnticipatedMonetaryTotal", sums),
        *(_cac.OrderLine(_line_item(place, line)) for place, line in enumerate(lines, 1)),
    )


def order_response(
    number: str,
    order: str,
    buyer: Company,
    seller: Company,
    *,
    issued: date = ISSUED,
    code: str = "AB",
    lines: Sequence[Line] = (),
) -> bytes:
    """A UBL order response, from the seller to the buyer: `code` is AB (received), AP (accepted), CA (with changes, in
    `lines`) or RE (refused), of UNCL 4343."""
    return _serialise(
        "OrderResponse",
        *_head(_PEPPOL_RESPONSE, _PEPPOL_ORDERING, number, issued),
        _cbc.OrderResponseCode(code, listID="UNCL4343"),
        _cbc.DocumentCurrencyCode(CURRENCY),
        _cac.OrderReference(_cbc.ID(order)),
        _cac.SellerSupplierParty(_party(seller)),
        _cac.BuyerCustomerParty(_party(buyer)),
        *(
            _cac.OrderLine(_line_item(place, line), _cac.OrderLineReference(_cbc.LineID(str(place))))
            for place, line in enumerate(lines, 1)
        ),
    )


def invoice(
    number: str,
    order: str,
    buyer: Company,
    seller: Company,
    *,
    issued: date = ISSUED,
    contract: str = CONTRACT,
    lines: Sequence[Line] = LINES,
) -> bytes:
    """A UBL invoice (EN 16931, Peppol BIS Billing 3) for an order; some 11 kB with the default lines."""
    return _serialise(
        "Invoice",
        *_head(_PEPPOL_BILLING, _PEPPOL_BILLING_PROFILE, number, issued),
        _cbc.DueDate(str(issued + timedelta(days=30))),
        _cbc.InvoiceTypeCode("380"),
        *_billed_order(order),
        _cac.DespatchDocumentReference(_cbc.ID(f"DA-{number}")),
        _cac.ContractDocumentReference(_cbc.ID(contract)),
        *_billing_parties(buyer, seller),
        _cac.Delivery(_cbc.ActualDeliveryDate(str(issued)), _address("DeliveryLocation", buyer)),
        _payment_means(number),
        _cac.PaymentTerms(_cbc.Note("30 days net")),
        *_settlement(totals(lines, FREIGHT)),
        *_billed_lines("InvoiceLine", "InvoicedQuantity", lines),
    )


def credit_note(
    number: str,
    invoice: str,
    order: str,
    buyer: Company,
    seller: Company,
    *,
    issued: date = ISSUED,
    lines: Sequence[Line] = LINES[:1],
) -> bytes:
    """A UBL credit note (EN 16931, Peppol BIS Billing 3) over some lines of an invoice, and its freight."""
    return _serialise(
        "CreditNote",
        *_head(_PEPPOL_BILLING, _PEPPOL_BILLING_PROFILE, number, issued),
        _cbc.CreditNoteTypeCode("381"),
        *_billed_order(order),
        _cac.BillingReference(_cac.InvoiceDocumentReference(_cbc.ID(invoice))),
        *_billing_parties(buyer, seller),
        _payment_means(number),
        *_settlement(totals(lines, FREIGHT)),
        *_billed_lines("CreditNoteLine", "CreditedQuantity", lines),
    )


def contract(
    number: str,
    buyer: Company,
    seller: Company,
    *,
    version: int = 1,
    issued: date = ISSUED,
    lines: Sequence[Line] = LINES,
) -> bytes:
    """A contract record (schemas/contract-1.schema.json) from the seller: a frame agreement over the lines' prices."""
    parties = (("seller", seller), ("buyer", buyer))
    prices = [
        {
            "itemIds": {"seller": line.item.number, "standard": f"0160:{line.item.gtin}"},
            "description": line.item.name,
            "unitCode": line.item.unit,
            "price": str(line.item.price),
        }
        for line in lines
    ]
    record: dict[str, object] = {
        "contractId": number,
        "version": version,
        "title": "Tools and fasteners, frame agreement",
        "issueDate": str(issued),
        "parties": [
            {"role": role, "identifiers": [str(each) for each in company.identifiers], "name": company.name}
            for role, company in parties
        ],
        "sender": str(seller.identifiers[0]),
        "validFrom": str(issued),
        "validUntil": str(issued + timedelta(days=365)),
        "currency": CURRENCY,
        "valueCeiling": "250000.00",
        "priceList": prices,
        "paymentTerms": {"netDays": 30},
        "governingLaw": {"country": seller.country},
    }
    return json.dumps(record, ensure_ascii=False, indent=2).encode()


def _serialise(name: str, *children: etree._Element) -> bytes:
    namespace = f"{_UBL}{name}-2"
    root = etree.Element(f"{{{namespace}}}{name}", nsmap={None: namespace, **_NSMAP})
    root.extend(children)
    etree.indent(root, "")  # an element a line
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _head(customization: str, profile: str, number: str, issued: date) -> Iterator[etree._Element]:
    yield _cbc.CustomizationID(customization)
    yield _cbc.ProfileID(profile)
    yield _cbc.ID(number)
    yield _cbc.IssueDate(str(issued))


def _billed_order(order: str) -> Iterator[etree._Element]:
    yield _cbc.DocumentCurrencyCode(CURRENCY)
    yield _cbc.BuyerReference("Purchasing, tools")
    yield _cac.OrderReference(_cbc.ID(order))


def _billing_parties(buyer: Company, seller: Company) -> Iterator[etree._Element]:
    yield _cac.AccountingSupplierParty(_party(seller))
    yield _cac.AccountingCustomerParty(_party(buyer))


def _party(company: Company) -> etree._Element:
    return _cac.Party(
        _cbc.EndpointID(company.gln, schemeID="0088"),
        _cac.PartyIdentification(_cbc.ID(company.gln, schemeID="0088")),
        _cac.PartyName(_cbc.Name(company.name)),
        _address("PostalAddress", company),
        _cac.PartyTaxScheme(_cbc.CompanyID(company.vat), _cac.TaxScheme(_cbc.ID("VAT"))),
        _cac.PartyLegalEntity(_cbc.RegistrationName(company.name)),
        _cac.Contact(_cbc.Name(company.contact), _cbc.Telephone(company.phone), _cbc.ElectronicMail(company.email)),
    )


def _address(name: str, company: Company) -> etree._Element:
    parts = (
        _cbc.StreetName(company.street),
        _cbc.CityName(company.city),
        _cbc.PostalZone(company.postcode),
        _cac.Country(_cbc.IdentificationCode(company.country)),
    )
    return _cac(name, _cac.Address(*parts)) if name == "DeliveryLocation" else _cac(name, *parts)


def _payment_means(reference: str) -> etree._Element:
    return _cac.PaymentMeans(
        _cbc.PaymentMeansCode("30", name="Credit transfer"),
        _cbc.PaymentID(reference),
        _cac.PayeeFinancialAccount(_cbc.ID("DE89370400440532013000"), _cbc.Name("Main account")),
    )


def _settlement(sums: Totals) -> Iterator[etree._Element]:
    yield _freight()
    subtotals = (
        _cac.TaxSubtotal(_amount("TaxableAmount", base), _amount("TaxAmount", tax), _tax_category("TaxCategory", rate))
        for rate, base, tax in sums.taxes
    )
    yield _cac.TaxTotal(_amount("TaxAmount", sums.tax), *subtotals)
    yield _monetary("LegalMonetaryTotal", sums)


def _freight() -> etree._Element:
    return _cac.AllowanceCharge(
        _cbc.ChargeIndicator("true"),
        _cbc.AllowanceChargeReasonCode("FC"),
        _cbc.AllowanceChargeReason("Freight service"),
        _amount("Amount", FREIGHT),
        _tax_category("TaxCategory", STANDARD_RATE),
    )


def _monetary(name: str, sums: Totals) -> etree._Element:
    return _cac(
        name,
        _amount("LineExtensionAmount", sums.lines),
        _amount("TaxExclusiveAmount", sums.net),
        _amount("TaxInclusiveAmount", sums.gross),
        _amount("ChargeTotalAmount", sums.freight),
        _amount("PayableAmount", sums.gross),
    )


def _billed_lines(name: str, quantity: str, lines: Sequence[Line]) -> Iterator[etree._Element]:
    for place, line in enumerate(lines, 1):
        yield _cac(
            name,
            _cbc.ID(str(place)),
            _cbc(quantity, str(line.quantity), unitCode=line.item.unit),
            _amount("LineExtensionAmount", line.net),
            _cac.OrderLineReference(_cbc.LineID(str(place))),
            _item(line),
            _price(line),
        )


def _line_item(place: int, line: Line) -> etree._Element:
    return _cac.LineItem(
        _cbc.ID(str(place)),
        _cbc.Quantity(str(line.quantity), unitCode=line.item.unit),
        _amount("LineExtensionAmount", line.net),
        _price(line),
        _item(line),
    )


def _item(line: Line) -> etree._Element:
    return _cac.Item(
        _cbc.Name(line.item.name),
        _cac.SellersItemIdentification(_cbc.ID(line.item.number)),
        _cac.StandardItemIdentification(_cbc.ID(line.item.gtin, schemeID="0160")),
        _tax_category("ClassifiedTaxCategory", line.item.vat),
    )


def _price(line: Line) -> etree._Element:
    return _cac.Price(_amount("PriceAmount", line.item.price))


def _tax_category(name: str, rate: Decimal) -> etree._Element:
    return _cac(name, _cbc.ID("S"), _cbc.Percent(str(rate)), _cac.TaxScheme(_cbc.ID("VAT")))


def _amount(name: str, amount: Decimal) -> etree._Element:
    return _cbc(name, str(amount), currencyID=CURRENCY)
