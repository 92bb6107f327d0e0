from datetime import date
from decimal import Decimal

import pytest
from lxml import etree

from edi_gateway.demo.trade import ACME, GLOBEX
from edi_gateway.documents import cii
from edi_gateway.documents.cii_names import clark
from edi_gateway.errors import Rejection
from edi_gateway.model.document import Document, Finding, Reading, Reference, Ruleset
from edi_gateway.model.partner import Identifier
from tests.support.cii import CREDIT_NOTE, INVOICE, made
from tests.support.cii_changes import Change, at, attribute, changed, drop, text
from tests.support.ubl import verified

SUMMATION = "ram:SpecifiedTradeSettlementHeaderMonetarySummation"
SELLER = "//ram:SellerTradeParty"


def put(path: str, name: str, *content: etree._Element | str | None, **attributes: str) -> Change:
    """Another element behind the one at the path."""

    def change(root: etree._Element) -> None:
        new = made(name, *content, **attributes)
        assert new is not None
        at(root, path).addnext(new)

    return change


def read(content: bytes) -> Reading:
    return cii.read(verified(content))


def said(content: bytes) -> Document:
    reading = read(content)
    assert reading.findings == ()
    assert reading.document is not None
    return reading.document


def only(content: bytes) -> Finding:
    (finding,) = read(content).findings
    return finding


def test_an_invoice_says_what_it_says_in_ubl() -> None:
    document = said(INVOICE)
    assert (document.format, document.type) == ("cii-d22b-invoice", "invoice")
    assert (document.number, document.issue_date) == ("INV-1", date(2026, 11, 23))
    assert (document.currency, document.payable) == ("EUR", Decimal("5044.91"))
    assert set(ACME.identifiers) < set(document.sender.identifiers)
    assert set(GLOBEX.identifiers) < set(document.receivers[0].identifiers)
    assert document.sender.name == ACME.name
    assert document.references == (
        Reference("order", "PO-1001"),
        Reference("contract", "FC-2026-014"),
        Reference("despatch-advice", "DA-INV-1"),
    )
    assert document.profile is not None
    assert document.profile.startswith("urn:cen.eu:en16931:2017")


def test_it_is_judged_by_its_schema_and_the_gateway_s_own_rules() -> None:
    assert read(INVOICE).ruleset[:2] == (Ruleset("cii-d22b-invoice.xsd", "100.D22B"), Ruleset("gw-cii", "1"))


@pytest.mark.parametrize(
    ("code", "type"),
    [("380", "invoice"), ("384", "invoice"), ("326", "invoice"), ("381", "credit-note"), ("396", "credit-note")],
)
def test_the_type_code_tells_an_invoice_from_a_credit_note(code: str, type: str) -> None:
    assert said(changed(INVOICE, text("rsm:ExchangedDocument/ram:TypeCode", code))).type == type


def test_a_credit_note_names_the_invoice_that_it_corrects() -> None:
    document = said(CREDIT_NOTE)
    assert document.type == "credit-note"
    assert Reference("invoice", "INV-1") in document.references


def test_a_preceding_document_may_be_a_credit_note() -> None:
    kind = put("//ram:InvoiceReferencedDocument/ram:IssuerAssignedID", "ram:TypeCode", "381")
    document = read(changed(CREDIT_NOTE, kind)).document
    assert document is not None
    assert Reference("credit-note", "INV-1") in document.references


@pytest.mark.parametrize("code", ["389", "527", "261"])
def test_a_self_billed_document_comes_from_the_buyer(code: str) -> None:
    content = changed(INVOICE, text("rsm:ExchangedDocument/ram:TypeCode", code))
    document = said(content)
    assert set(GLOBEX.identifiers) < set(document.sender.identifiers)
    assert set(ACME.identifiers) < set(document.receivers[0].identifiers)
    assert cii.peek(etree.fromstring(content)) == document.sender.identifiers


def test_every_identifier_with_a_scheme_identifies_and_a_vat_number_under_both_names() -> None:
    content = changed(
        INVOICE,
        drop(f"{SELLER}/ram:SpecifiedLegalOrganization"),
        put(f"{SELLER}/ram:GlobalID", "ram:GlobalID", "123", schemeID="0060"),
        put(
            f"{SELLER}/ram:Name",
            "ram:SpecifiedLegalOrganization",
            made("ram:ID", "HRB 1", schemeID="0002"),
            made("ram:TradingBusinessName", "Acme"),
        ),
        put(
            f"{SELLER}/ram:SpecifiedTaxRegistration",
            "ram:SpecifiedTaxRegistration",
            made("ram:ID", "1/2", schemeID="FC"),
        ),
    )
    seller = said(content).sender
    assert seller.name == "Acme"
    assert seller.identifiers == (
        Identifier("0088", ACME.gln),
        Identifier("0060", "123"),
        Identifier("VA", ACME.vat),
        Identifier("VAT", ACME.vat),
        Identifier("FC", "1/2"),
        Identifier("0002", "HRB 1"),
    )


def test_other_documents_are_read_by_their_places_and_a_tender_by_its_type() -> None:
    def additional(number: str, kind: str) -> Change:
        return put(
            "//ram:ContractReferencedDocument",
            "ram:AdditionalReferencedDocument",
            made("ram:IssuerAssignedID", number),
            made("ram:TypeCode", kind),
        )

    references = said(changed(INVOICE, additional("LOT-1", "50"), additional("METER-1", "130"))).references
    assert Reference("originator", "LOT-1") in references
    assert "METER-1" not in [each.number for each in references]


@pytest.mark.parametrize(
    ("format", "written", "day"),
    [
        ("102", "20261123", date(2026, 11, 23)),
        ("102", " 20261123 ", date(2026, 11, 23)),
        ("102", "20261131", None),
        ("203", "202611231200", None),
        ("102", "2026-11-23", None),
    ],
)
def test_the_issue_date_is_read_in_the_one_format_for_days(format: str, written: str, day: date | None) -> None:
    path = "rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString"
    content = changed(INVOICE, text(path, written), attribute(path, "format", format))
    reading = read(content)
    assert reading.document is not None
    assert reading.document.issue_date == day
    assert ("GW-DOC-002" in [finding.rule for finding in reading.findings]) == (day is None)


def test_an_issue_date_may_be_a_date_and_time() -> None:
    content = changed(
        INVOICE,
        put(
            "rsm:ExchangedDocument/ram:IssueDateTime", "ram:IssueDateTime", made("udt:DateTime", "2026-11-23T10:00:00Z")
        ),
        drop("rsm:ExchangedDocument/ram:IssueDateTime"),
    )
    document = read(content).document
    assert document is not None
    assert document.issue_date == date(2026, 11, 23)


def test_what_the_schema_lets_pass_and_no_gateway_could_file_is_refused_where_it_stands() -> None:
    finding = only(changed(INVOICE, text("rsm:ExchangedDocument/ram:ID", "x" * 201)))
    assert finding.rule == "GW-DOC-001"
    assert finding.locations[0].xpath == "/CrossIndustryInvoice/ExchangedDocument/ram:ID"
    parts = ("ram:GlobalID", "ram:URIUniversalCommunication", "ram:SpecifiedTaxRegistration")
    found = read(changed(INVOICE, *(drop(f"{SELLER}/{part}") for part in parts))).findings
    (finding,) = (each for each in found if each.rule == "GW-DOC-003")
    assert (finding.locations[0].xpath or "").endswith("/ram:ApplicableHeaderTradeAgreement/ram:SellerTradeParty")


def test_a_fault_of_the_schema_is_told_once_and_by_its_usual_name() -> None:
    finding = only(changed(INVOICE, put(f"{SELLER}/ram:Name", "ram:Nickname", "Acme")))
    assert finding.rule == "XSD-SCHEMAV_ELEMENT_CONTENT"
    assert (finding.locations[0].xpath or "").endswith("/ram:SellerTradeParty/ram:Nickname")
    assert finding.actual == "ram:Nickname"
    assert "ram:RoleCode" in (finding.expected or "")
    assert read(changed(INVOICE, drop("rsm:ExchangedDocument"))).reached == "schema"


def test_another_root_is_another_document() -> None:
    with pytest.raises(Rejection) as refusal:
        cii.read(verified(b"<Invoice/>"))
    assert refusal.value.code == "document-unknown"
    with pytest.raises(Rejection) as refusal:
        cii.read(verified(INVOICE[:-9]))
    assert refusal.value.code == "document-malformed"
    assert cii.peek(etree.fromstring("<Invoice/>")) == ()
    assert cii.peek(etree.Element(clark("rsm:CrossIndustryInvoice"))) == ()
