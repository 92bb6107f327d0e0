from datetime import date
from decimal import Decimal

import pytest
from lxml import etree

from edi_gateway.demo.trade import ACME, GLOBEX
from edi_gateway.documents import ubl
from edi_gateway.documents.schema import catalogue
from edi_gateway.documents.ubl.layout import CURRENCY, IDENTIFIERS, NAMES, PROFILE
from edi_gateway.documents.ubl.tables import LAYOUTS
from edi_gateway.errors import Rejection
from edi_gateway.model.document import Document, Location, Reading, Reference, Ruleset
from edi_gateway.model.partner import Identifier
from tests.support.ubl import (
    BY_FORMAT,
    CAC,
    CBC,
    CREDIT_NOTE,
    INVOICE,
    ORDER,
    ORDER_RESPONSE,
    at,
    changed,
    drop,
    set_text,
    verified,
)


def read(content: bytes) -> Reading:
    return ubl.read(verified(content))


def document(content: bytes) -> Document:
    reading = read(content)
    assert reading.document is not None
    return reading.document


@pytest.mark.parametrize("format", BY_FORMAT)
def test_a_complete_document_is_accepted_without_a_word(format: str) -> None:
    reading = read(BY_FORMAT[format])
    assert reading.findings == ()
    assert reading.reached == "rules"
    assert reading.ruleset[:2] == (Ruleset(f"{format}.xsd", "2.1"), Ruleset("gw-ubl", "1"))
    assert reading.document is not None
    assert reading.document.format == format
    assert reading.document.issue_date == date(2026, 11, 23)


def test_only_a_document_about_money_names_a_currency() -> None:
    named = {format for format, content in BY_FORMAT.items() if document(content).currency == "EUR"}
    silent = {
        "order-cancellation",
        "order-response-simple",
        "despatch-advice",
        "receipt-advice",
        "application-response",
    }
    assert named == BY_FORMAT.keys() - {f"ubl-2.1-{type}" for type in silent}


def test_an_order_goes_from_buyer_to_seller() -> None:
    order = document(ORDER)
    assert (order.type, order.number) == ("order", "PO-1001")
    assert order.sender.identifiers == GLOBEX.identifiers
    assert order.sender.name == "Globex Retail SA"
    assert [receiver.identifiers for receiver in order.receivers] == [ACME.identifiers]
    assert order.references == (Reference("contract", "FC-2026-014"),)
    assert order.profile == "urn:fdc:peppol.eu:poacc:trns:order:3"


def test_an_order_response_goes_from_seller_to_buyer() -> None:
    response = document(ORDER_RESPONSE)
    assert (response.type, response.number) == ("order-response", "OR-1")
    assert response.sender.name == "Acme Tools GmbH"
    assert response.references == (Reference("order", "PO-1001"),)
    assert response.payable is None


def test_an_invoice_goes_from_supplier_to_customer_with_all_its_references() -> None:
    invoice = document(INVOICE)
    assert (invoice.type, invoice.number) == ("invoice", "INV-1")
    assert invoice.sender.name == "Acme Tools GmbH"
    assert invoice.receivers[0].name == "Globex Retail SA"
    assert set(invoice.references) == {
        Reference("order", "PO-1001"),
        Reference("contract", "FC-2026-014"),
        Reference("despatch-advice", "DA-INV-1"),
    }


def test_a_credit_note_names_the_invoice_that_it_corrects() -> None:
    note = document(CREDIT_NOTE)
    assert (note.type, note.number) == ("credit-note", "CN-1")
    assert Reference("invoice", "INV-1") in note.references


@pytest.mark.parametrize(
    ("content", "path", "code"),
    [
        (INVOICE, "cbc:InvoiceTypeCode", "389"),
        (INVOICE, "cbc:InvoiceTypeCode", "527"),
        (CREDIT_NOTE, "cbc:CreditNoteTypeCode", "261"),
    ],
)
def test_a_self_billed_document_comes_from_the_customer(content: bytes, path: str, code: str) -> None:
    self_billed = changed(content, set_text(path, code))
    bill = document(self_billed)
    assert bill.sender.name == "Globex Retail SA"
    assert bill.receivers[0].name == "Acme Tools GmbH"
    assert ubl.peek(etree.fromstring(self_billed)) == GLOBEX.identifiers


def test_the_amount_is_the_payable_one_and_exact() -> None:
    amount = at(etree.fromstring(INVOICE), "cac:LegalMonetaryTotal/cbc:PayableAmount").text
    assert amount is not None
    assert document(INVOICE).payable == Decimal(amount)
    assert document(ORDER).payable == Decimal(amount)


def test_every_identifier_with_a_scheme_is_read_in_document_order_and_once() -> None:
    def add(root: etree._Element) -> None:
        party = at(root, "cac:BuyerCustomerParty/cac:Party")
        identification = etree.Element(f"{CAC}PartyIdentification")
        etree.SubElement(identification, f"{CBC}ID", schemeID="GLN").text = " 42 "
        party.insert(1, identification)
        nameless = etree.Element(f"{CAC}PartyIdentification")
        etree.SubElement(nameless, f"{CBC}ID").text = "no scheme"
        party.insert(2, nameless)
        legal = at(party, "cac:PartyLegalEntity")
        etree.SubElement(legal, f"{CBC}CompanyID", schemeID="0002").text = "552 100 554"
        at(party, "cac:PartyTaxScheme/cbc:CompanyID").set("schemeID", "9930")

    assert document(changed(ORDER, add)).sender.identifiers == (
        Identifier("0088", "7300020000008"),
        Identifier("GLN", "42"),
        Identifier("9930", "DE813674124"),
        Identifier("0002", "552 100 554"),
    )


def test_a_party_is_located() -> None:
    place = document(ORDER).sender.location
    assert place == Location(xpath="/Order/cac:BuyerCustomerParty/cac:Party", line=place.line)
    assert ORDER.splitlines()[(place.line or 0) - 1] == b"<cac:Party>"


def test_a_registered_name_stands_in_for_a_trading_name() -> None:
    content = changed(ORDER, drop("cac:BuyerCustomerParty/cac:Party/cac:PartyName"))
    assert document(content).sender.name == "Globex Retail SA"


def test_a_date_is_the_day_that_it_names_whatever_its_time_zone() -> None:
    assert document(changed(ORDER, set_text("cbc:IssueDate", "2026-11-23+14:00"))).issue_date == date(2026, 11, 23)


def test_a_comment_does_not_split_a_number() -> None:
    assert document(ORDER.replace(b"PO-1001", b"PO-<!-- x -->1001")).number == "PO-1001"


def test_a_number_is_read_composed_and_without_white_space_around() -> None:
    decomposed = "\n Ko\u0308ln\t7 "
    assert document(changed(ORDER, set_text("cbc:ID", decomposed))).number == "K\u00f6ln 7"


def test_a_document_that_breaks_the_schema_is_still_read_and_not_judged_by_our_rules() -> None:
    reading = read(changed(ORDER, drop("cbc:IssueDate"), set_text("cbc:ID", "")))
    assert reading.document is not None
    assert reading.document.number is None
    assert reading.document.issue_date is None
    assert reading.document.sender.identifiers == GLOBEX.identifiers
    assert reading.reached == "schema"
    assert {finding.stage for finding in reading.findings} == {"schema"}


@pytest.mark.parametrize("root", LAYOUTS)
def test_an_empty_document_yields_findings_and_hardly_a_document(root: str) -> None:
    reading = read(etree.tostring(etree.Element(root)))
    assert reading.document is not None
    assert reading.document.number is None
    assert reading.document.receivers == ()
    assert any(finding.refuses for finding in reading.findings)


def test_another_root_is_a_document_unknown() -> None:
    with pytest.raises(
        Rejection,
        match="ApplicationResponse, CreditNote, DespatchAdvice, Invoice, Order, OrderCancellation, OrderChange",
    ) as refusal:
        read(b"<Order/>")
    assert refusal.value.code == "document-unknown"


def test_what_is_not_xml_is_a_document_malformed() -> None:
    with pytest.raises(Rejection) as refusal:
        read(ORDER[:-1])
    assert refusal.value.code == "document-malformed"


def test_peeking_names_the_sender_that_a_tree_claims_and_nothing_where_there_is_none() -> None:
    assert ubl.peek(etree.fromstring(ORDER)) == GLOBEX.identifiers
    assert ubl.peek(etree.fromstring(changed(ORDER, drop("cac:BuyerCustomerParty")))) == ()
    assert ubl.peek(etree.fromstring("<Order/>")) == ()


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: layout.format)
def test_every_path_in_the_tables_leads_through_elements_of_the_schema(layout) -> None:
    schema = catalogue()[layout.format]
    main = {each.get("ref", "").partition(":")[2] for each in etree.parse(schema.path).iter("{*}element")}
    modules = [etree.parse(each) for each in (schema.base.parents[1] / "common").glob("UBL-Common*Components-2.1.xsd")]
    declared = {
        f"{{{module.getroot().get('targetNamespace')}}}{each.get('name')}"
        for module in modules
        for each in module.iter("{*}element")
        if each.get("name")
    }
    paths = list(layout.paths())
    common = {path[0] for path in (CURRENCY, PROFILE)}
    assert {path[0].partition("}")[2] for path in paths if path[0] not in common} <= main
    steps = {step for path in [*paths, *IDENTIFIERS, *NAMES] for step in path}
    assert steps <= declared
