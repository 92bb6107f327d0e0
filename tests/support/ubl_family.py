"""The rest of the order-to-cash family for the demonstration's purchase: what comes between order and payment."""

from edi_gateway.demo.trade import ACME, GLOBEX, Company

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_HEAD = "<cbc:ID>{number}</cbc:ID>\n<cbc:IssueDate>2026-11-23</cbc:IssueDate>\n"
_ITEM = (
    "<cac:Item><cbc:Name>Cordless screwdriver</cbc:Name>"
    "<cac:SellersItemIdentification><cbc:ID>ACM-1</cbc:ID></cac:SellersItemIdentification></cac:Item>"
)
_ORDERED = "<cac:OrderReference><cbc:ID>PO-1001</cbc:ID></cac:OrderReference>\n"
_ORDER_LINE = "<cac:OrderLineReference><cbc:LineID>{line}</cbc:LineID>{order}</cac:OrderLineReference>"


def _document(name: str, body: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{_UBL}{name}-2"'
        f' xmlns:cac="{_UBL}CommonAggregateComponents-2" xmlns:cbc="{_UBL}CommonBasicComponents-2">\n{body}</{name}>\n'
    ).encode()


def _party(company: Company, element: str, within: str = "") -> str:
    party = (
        f'<cac:{element}>\n<cbc:EndpointID schemeID="0088">{company.gln}</cbc:EndpointID>\n'
        f"<cac:PartyName><cbc:Name>{company.name}</cbc:Name></cac:PartyName>\n</cac:{element}>\n"
    )
    return f"<cac:{within}>\n{party}</cac:{within}>\n" if within else party


_BUYER, _SELLER = _party(GLOBEX, "Party", "BuyerCustomerParty"), _party(ACME, "Party", "SellerSupplierParty")
_DESPATCHER = _party(ACME, "Party", "DespatchSupplierParty")
_RECIPIENT = _party(GLOBEX, "Party", "DeliveryCustomerParty")


def _line_item(line: int, quantity: str, price: str, amount: str, status: str = "") -> str:
    code = f"<cbc:LineStatusCode>{status}</cbc:LineStatusCode>" if status else ""
    return (
        f'<cac:OrderLine><cac:LineItem><cbc:ID>{line}</cbc:ID>{code}<cbc:Quantity unitCode="C62">{quantity}'
        f'</cbc:Quantity><cbc:LineExtensionAmount currencyID="EUR">{amount}</cbc:LineExtensionAmount>'
        f'<cac:Price><cbc:PriceAmount currencyID="EUR">{price}</cbc:PriceAmount></cac:Price>{_ITEM}'
        f"</cac:LineItem></cac:OrderLine>\n"
    )


ORDER_CHANGE = _document(
    "OrderChange",
    _HEAD.format(number="OC-1")
    + "<cbc:SequenceNumberID>1</cbc:SequenceNumberID>\n<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>\n"
    + f"{_ORDERED}<cac:Contract><cbc:ID>FC-2026-014</cbc:ID></cac:Contract>\n{_BUYER}{_SELLER}"
    + '<cac:AnticipatedMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">150.00</cbc:LineExtensionAmount>'
    + '<cbc:PayableAmount currencyID="EUR">150.00</cbc:PayableAmount></cac:AnticipatedMonetaryTotal>\n'
    + _line_item(1, "10", "15.00", "150.00", "3"),
)
ORDER_CANCELLATION = _document(
    "OrderCancellation",
    f"{_HEAD.format(number='OX-1')}<cbc:CancellationNote>No longer needed.</cbc:CancellationNote>\n"
    f"{_ORDERED}{_BUYER}{_SELLER}",
)
ORDER_RESPONSE_SIMPLE = _document(
    "OrderResponseSimple",
    f"{_HEAD.format(number='ORS-1')}<cbc:AcceptedIndicator>true</cbc:AcceptedIndicator>\n{_ORDERED}{_SELLER}{_BUYER}",
)
DESPATCH_ADVICE = _document(
    "DespatchAdvice",
    f"{_HEAD.format(number='DA-1')}{_ORDERED}{_DESPATCHER}{_RECIPIENT}"
    '<cac:DespatchLine><cbc:ID>1</cbc:ID><cbc:DeliveredQuantity unitCode="C62">8</cbc:DeliveredQuantity>'
    '<cbc:BackorderQuantity unitCode="C62">2</cbc:BackorderQuantity>'
    f"{_ORDER_LINE.format(line='1', order='')}{_ITEM}</cac:DespatchLine>\n",
)
RECEIPT_ADVICE = _document(
    "ReceiptAdvice",
    f"{_HEAD.format(number='RA-1')}{_ORDERED}{_RECIPIENT}{_DESPATCHER}"
    '<cac:ReceiptLine><cbc:ID>1</cbc:ID><cbc:ReceivedQuantity unitCode="C62">8</cbc:ReceivedQuantity>'
    '<cbc:RejectedQuantity unitCode="C62">1</cbc:RejectedQuantity>'
    f"{_ORDER_LINE.format(line='1', order='')}<cac:DespatchLineReference><cbc:LineID>1</cbc:LineID>"
    "<cac:DocumentReference><cbc:ID>DA-1</cbc:ID></cac:DocumentReference></cac:DespatchLineReference>"
    f"{_ITEM}</cac:ReceiptLine>\n",
)
APPLICATION_RESPONSE = _document(
    "ApplicationResponse",
    f"{_HEAD.format(number='AR-1')}{_party(GLOBEX, 'SenderParty')}{_party(ACME, 'ReceiverParty')}"
    "<cac:DocumentResponse><cac:Response><cbc:ResponseCode>AP</cbc:ResponseCode></cac:Response>"
    "<cac:DocumentReference><cbc:ID>INV-1</cbc:ID><cbc:DocumentTypeCode>380</cbc:DocumentTypeCode>"
    "</cac:DocumentReference></cac:DocumentResponse>\n",
)
REMITTANCE_ADVICE = _document(
    "RemittanceAdvice",
    f"{_HEAD.format(number='REM-1')}<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>\n"
    '<cbc:TotalPaymentAmount currencyID="EUR">90.00</cbc:TotalPaymentAmount>\n'
    "<cbc:PaymentOrderReference>PAY-7</cbc:PaymentOrderReference>\n"
    f"{_party(GLOBEX, 'Party', 'AccountingCustomerParty')}{_party(ACME, 'Party', 'AccountingSupplierParty')}"
    '<cac:RemittanceAdviceLine><cbc:ID>1</cbc:ID><cbc:DebitLineAmount currencyID="EUR">100.00</cbc:DebitLineAmount>'
    "<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>INV-1</cbc:ID></cac:InvoiceDocumentReference>"
    "</cac:BillingReference></cac:RemittanceAdviceLine>\n"
    '<cac:RemittanceAdviceLine><cbc:ID>2</cbc:ID><cbc:CreditLineAmount currencyID="EUR">10.00</cbc:CreditLineAmount>'
    "<cac:BillingReference><cac:CreditNoteDocumentReference><cbc:ID>CN-1</cbc:ID></cac:CreditNoteDocumentReference>"
    "</cac:BillingReference></cac:RemittanceAdviceLine>\n",
)
