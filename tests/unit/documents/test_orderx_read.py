from datetime import date
from decimal import Decimal

import pytest
from lxml import etree

from edi_gateway.demo.trade import ACME, GLOBEX
from edi_gateway.documents import orderx
from edi_gateway.documents.rulesets import Judging
from edi_gateway.documents.validate import claimed_sender, validate
from edi_gateway.errors import Misuse, Rejection
from edi_gateway.model.document import Document, Finding, Reading, Reference, Ruleset
from edi_gateway.model.partner import Identifier
from edi_gateway.model.profile import Profile
from tests.support.orderx import BASIC, EXTENDED, changed, drop, put, text
from tests.support.ubl import verified

GUIDELINE = "//ram:GuidelineSpecifiedDocumentContextParameter/ram:ID"
TYPE = "//rsm:ExchangedDocument/ram:TypeCode"


def read(content: bytes) -> Reading:
    return validate(verified(content))


def said(content: bytes) -> Document:
    reading = read(content)
    assert reading.findings == ()
    assert reading.document is not None
    return reading.document


def only(content: bytes) -> Finding:
    (finding,) = read(content).findings
    return finding


def test_an_order_says_what_it_says_in_ubl() -> None:
    document = said(BASIC)
    assert (document.format, document.type) == ("order-x-1.0-basic", "order")
    assert (document.number, document.issue_date) == ("PO-1003", date(2026, 11, 22))
    assert (document.currency, document.payable) == ("EUR", None)
    assert document.profile == "urn:order-x.eu:1p0:basic"
    (receiver,) = document.receivers
    assert (document.sender.name, receiver.name) == ("Globex Retail SA", "Acme Tools GmbH")
    assert document.sender.identifiers == (Identifier("0088", GLOBEX.gln),)
    assert receiver.identifiers == (Identifier("0088", ACME.gln),)


def test_what_is_to_be_paid_is_what_is_due_else_the_grand_total() -> None:
    assert said(EXTENDED).payable == Decimal("200.00")
    assert said(changed(EXTENDED, drop("//ram:DuePayableAmount"))).payable == Decimal("220.15")


def test_references_have_the_words_that_they_have_in_ubl() -> None:
    assert said(EXTENDED).references == (
        Reference("order", "PO-1000"),
        Reference("order-change", "OC-1"),
        Reference("contract", "FC-2026-014"),
        Reference("quotation", "Q-7"),
        Reference("originator", "T-1"),
    )


@pytest.mark.parametrize(("code", "type"), [("220", "order"), ("230", "order-change"), ("231", "order-response")])
def test_the_type_code_says_what_it_is_and_who_sends_it(code: str, type: str) -> None:
    content = changed(BASIC, text(TYPE, code))
    document = said(content)
    assert document.type == type
    assert document.sender.name == ("Acme Tools GmbH" if code == "231" else "Globex Retail SA")
    assert claimed_sender("application/xml", content) == document.sender.identifiers


def test_a_document_of_another_type_is_refused() -> None:
    finding = only(changed(BASIC, text(TYPE, "380")))
    assert (finding.rule, finding.severity, finding.actual) == ("GW-ORDER-001", "error", "380")
    assert finding.expected == "220 (order), 230 (order-change), 231 (order-response)"
    assert finding.locations[0].xpath == "/SCRDMCCBDACIOMessageStructure/ExchangedDocument/ram:TypeCode"


@pytest.mark.parametrize("profile", ["basic", "comfort", "extended"])
def test_the_guideline_chooses_the_schema_and_the_verdict_names_it(profile: str) -> None:
    reading = read(changed(BASIC, text(GUIDELINE, f"urn:order-x.eu:1p0:{profile}")))
    assert reading.ruleset == (
        Ruleset(f"order-x-1.0-{profile}.xsd", "100.D20B"),
        Ruleset("gw-order-x", "1"),
        Ruleset("gw-sums", "1"),
    )
    assert reading.findings == ()


def test_a_smaller_profile_refuses_what_only_a_larger_one_has() -> None:
    content = changed(EXTENDED, text(GUIDELINE, "urn:order-x.eu:1p0:basic"))
    reading = read(content)
    assert reading.reached == "schema"
    assert {finding.rule for finding in reading.findings} == {"XSD-SCHEMAV_ELEMENT_CONTENT"}
    assert reading.document is not None
    assert reading.document.number == "PO-1003"


def test_a_guideline_that_is_not_order_x_s_own_is_judged_by_the_widest_profile() -> None:
    assert said(changed(EXTENDED, text(GUIDELINE, "urn:example.com:orders"))).format == "order-x-1.0-extended"


def test_an_enveloped_signature_under_the_root_is_left_out_by_the_verifier_and_not_missed() -> None:
    tree = etree.fromstring(BASIC)
    assert orderx.read(verified(BASIC, format="xmldsig", tree=tree)).findings == ()


@pytest.mark.parametrize(
    ("content", "rule", "actual"),
    [
        (changed(BASIC, text("//rsm:ExchangedDocument/ram:ID", "PO\u200b1")), "GW-DOC-001", "PO\u200b1"),
        (changed(BASIC, text("//udt:DateTimeString", "20261322")), "GW-DOC-002", None),
        (changed(BASIC, drop("//ram:BuyerTradeParty/ram:GlobalID")), "GW-DOC-003", None),
        (changed(BASIC, drop("//ram:SellerTradeParty/ram:GlobalID")), "GW-DOC-004", None),
        (changed(EXTENDED, text("//ram:QuotationReferencedDocument/ram:IssuerAssignedID", " ")), "GW-DOC-006", None),
    ],
)
def test_what_could_not_be_filed_is_refused_as_in_ubl(content: bytes, rule: str, actual: str | None) -> None:
    finding = only(content)
    assert (finding.rule, finding.actual) == (rule, actual)


@pytest.mark.parametrize(
    ("content", "rule", "xpath"),
    [
        (changed(BASIC, drop("//ram:BuyerTradeParty/ram:Name")), "GW-ORDER-002", "ram:BuyerTradeParty"),
        (
            changed(BASIC, put("//ram:SellerTradeParty/ram:GlobalID", "<ram:GlobalID>1</ram:GlobalID>")),
            "GW-ORDER-004",
            "ram:SellerTradeParty/ram:GlobalID[2]",
        ),
        (
            changed(EXTENDED, text("//ram:SpecifiedTradeAllowanceCharge[1]/ram:ReasonCode", "FC")),
            "GW-ORDER-005",
            "ram:SpecifiedTradeAllowanceCharge[1]/ram:ReasonCode",
        ),
        (
            changed(EXTENDED, text("//ram:SpecifiedTradeAllowanceCharge[1]/ram:ReasonCode", "105")),
            "GW-ORDER-005",
            "ram:SpecifiedTradeAllowanceCharge[1]/ram:ReasonCode",
        ),
        (
            changed(EXTENDED, text("//ram:SpecifiedTradeAllowanceCharge[2]/ram:ReasonCode", "95")),
            "GW-ORDER-006",
            "ram:SpecifiedTradeAllowanceCharge[2]/ram:ReasonCode",
        ),
    ],
)
def test_what_the_profile_asks_for_beyond_its_schema_is_missed(content: bytes, rule: str, xpath: str) -> None:
    finding = only(content)
    assert finding.rule == rule
    assert (finding.locations[0].xpath or "").endswith(xpath)


def test_the_comfort_profile_asks_for_units_that_the_basic_schema_asks_for_itself() -> None:
    def unitless(root: etree._Element) -> None:
        for quantity in root.iter("{*}RequestedQuantity"):
            del quantity.attrib["unitCode"]

    assert only(changed(BASIC, unitless)).rule == "XSD-SCHEMAV_CVC_COMPLEX_TYPE_4"
    comfort = changed(BASIC, unitless, text(GUIDELINE, "urn:order-x.eu:1p0:comfort"))
    assert only(comfort).rule == "GW-ORDER-004"


def test_a_partner_with_whom_only_ubl_was_agreed_may_not_send_it() -> None:
    agreed = Judging(profile=Profile(formats=("ubl-2.1-order",)))
    with pytest.raises(Rejection, match=r"order-x-1\.0-basic") as refused:
        validate(verified(BASIC), agreed)
    assert refused.value.code == "document-not-permitted"


def test_what_a_profile_asks_for_can_be_graded_down_for_a_partner_but_not_what_the_document_is() -> None:
    lenient = Judging(profile=Profile(levels={"GW-ORDER-002": "warning", "GW-ORDER-001": "warning"}))
    nameless = changed(BASIC, drop("//ram:SellerTradeParty/ram:Name"))
    assert [each.severity for each in validate(verified(nameless), lenient).findings] == ["warning"]
    assert [each.severity for each in validate(verified(changed(BASIC, text(TYPE, "380"))), lenient).findings] == [
        "error"
    ]


def test_rules_for_invoices_are_not_for_orders() -> None:
    with pytest.raises(Misuse):
        validate(verified(BASIC), Judging(ruleset="en16931"))


def test_another_root_is_not_read() -> None:
    with pytest.raises(Rejection):
        orderx.read(verified(b"<Order/>"))
    assert orderx.peek(etree.fromstring("<Order/>")) == ()
    with pytest.raises(Rejection):
        orderx.particulars(etree.fromstring("<Order/>"))


def test_without_parties_nobody_is_claimed_to_be_the_sender() -> None:
    content = changed(BASIC, drop("//ram:BuyerTradeParty"))
    assert claimed_sender("application/xml", content) == ()
    assert read(content).reached == "schema"


def test_vat_numbers_identify_under_both_names() -> None:
    registration = '<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">FR1</ram:ID></ram:SpecifiedTaxRegistration>'
    content = changed(BASIC, put("//ram:BuyerTradeParty/ram:PostalTradeAddress", registration))
    assert {Identifier("VA", "FR1"), Identifier("VAT", "FR1")} <= set(said(content).sender.identifiers)
