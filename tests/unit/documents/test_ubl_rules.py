from copy import deepcopy

import pytest
from lxml import etree

from edi_gateway.documents import ubl, xpath
from edi_gateway.documents.ubl import rules
from edi_gateway.model.document import Finding, Reading
from tests.support.ubl import CAC, CBC, INVOICE, ORDER, at, changed, drop, set_text, verified

_PARTY = "cac:BuyerCustomerParty/cac:Party"
_IDENTIFIERS = (
    f"{_PARTY}/cbc:EndpointID",
    f"{_PARTY}/cac:PartyIdentification",
    f"{_PARTY}/cac:PartyTaxScheme",
)


def read(content: bytes) -> Reading:
    reading = ubl.read(verified(content))
    assert reading.reached == "rules"
    return reading


def only(content: bytes) -> Finding:
    (finding,) = read(content).findings
    assert finding.severity == "error"
    assert finding.stage == "rules"
    assert finding.refuses
    return finding


@pytest.mark.parametrize("number", ["", " \n ", "x" * 201])
def test_a_number_must_be_there_and_short(number: str) -> None:
    finding = only(changed(ORDER, set_text("cbc:ID", number)))
    assert finding.rule == "GW-DOC-001"
    assert finding.locations[0].xpath == "/Order/cbc:ID"
    assert ORDER.splitlines()[(finding.locations[0].line or 0) - 1].startswith(b"<cbc:ID>")
    assert len(finding.actual or "") <= 80


@pytest.mark.parametrize(
    "number", ["INV-1\u200b", "\u00a0INV-1", "INV\u00a01", "INV\u00ad-1", "\u202eINV-1", "INV\u3000-1"]
)
def test_a_number_that_looks_like_another_is_refused(number: str) -> None:
    assert only(changed(INVOICE, set_text("cbc:ID", number))).rule == "GW-DOC-001"


@pytest.mark.parametrize("number", ["INV-1", " INV-1\n", "RE 2026/1", "Å-1", "請求-1"])
def test_a_number_of_visible_characters_is_read(number: str) -> None:
    reading = read(changed(INVOICE, set_text("cbc:ID", number)))
    assert reading.findings == ()
    assert reading.document is not None
    assert reading.document.number == number.strip()


def test_a_type_code_beside_a_no_break_space_bills_nobody_else() -> None:
    # Whoever else reads the document would not take it for a self-billed invoice, nor the customer for its sender.
    plain = read(changed(INVOICE, set_text("cbc:InvoiceTypeCode", "389"))).document
    other = read(changed(INVOICE, set_text("cbc:InvoiceTypeCode", "\u00a0389"))).document
    assert plain is not None
    assert other is not None
    assert plain.sender.identifiers == other.receivers[0].identifiers


def test_a_number_of_200_characters_is_kept_whole() -> None:
    reading = read(changed(ORDER, set_text("cbc:ID", "x" * 200)))
    assert reading.findings == ()
    assert reading.document is not None
    assert reading.document.number == "x" * 200


@pytest.mark.parametrize("day", ["-0044-03-15", "12026-11-23"])
def test_a_day_that_no_calendar_here_knows_is_refused(day: str) -> None:
    finding = only(changed(ORDER, set_text("cbc:IssueDate", day)))
    assert (finding.rule, finding.actual) == ("GW-DOC-002", day)


def test_a_sender_without_an_identifier_that_names_its_scheme_is_refused() -> None:
    assert only(changed(ORDER, *map(drop, _IDENTIFIERS))).rule == "GW-DOC-003"


def test_a_sender_without_a_party_is_refused_at_the_root() -> None:
    finding = only(changed(ORDER, drop(_PARTY)))
    assert finding.rule == "GW-DOC-003"
    assert finding.locations[0].xpath == "/Order"


def test_a_document_without_a_receiver_is_refused() -> None:
    finding = only(changed(ORDER, drop("cac:SellerSupplierParty/cac:Party")))
    assert finding.rule == "GW-DOC-004"


def test_an_amount_longer_than_any_sum_of_money_is_refused() -> None:
    path = "cac:LegalMonetaryTotal/cbc:PayableAmount"
    plain = changed(INVOICE, drop("cbc:CustomizationID"))
    finding = only(changed(plain, set_text(path, "1" * 41)))
    assert finding.rule == "GW-DOC-005"
    assert only(changed(plain, set_text(path, "1" * 40))).rule == "GW-SUM-009"


def test_a_missing_amount_is_nobodys_fault() -> None:
    assert read(changed(ORDER, drop("cac:AnticipatedMonetaryTotal"))).findings == ()


def test_a_reference_must_name_something_short() -> None:
    finding = only(changed(INVOICE, set_text("cac:OrderReference/cbc:ID", "x" * 201)))
    assert finding.rule == "GW-DOC-006"
    assert finding.locations[0].xpath == "/Invoice/cac:OrderReference/cbc:ID"


def test_the_tree_is_looked_through_once_however_many_references_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(rules, "Children", lambda root: made.append(root) or xpath.Children(root))
    wrong = etree.Element(f"{CAC}BillingReference")
    etree.SubElement(etree.SubElement(wrong, f"{CAC}InvoiceDocumentReference"), f"{CBC}ID")

    def many(root: etree._Element) -> None:
        for _ in range(9):
            at(root, "cac:OrderReference").addnext(deepcopy(wrong))

    found = [finding.rule for finding in read(changed(INVOICE, many)).findings]
    assert (found.count("GW-DOC-006"), len(made)) == (9, 1)


def test_every_rule_that_is_broken_is_named() -> None:
    content = changed(ORDER, set_text("cbc:ID", ""), drop(_PARTY), drop("cac:SellerSupplierParty/cac:Party"))
    assert [finding.rule for finding in read(content).findings] == ["GW-DOC-001", "GW-DOC-003", "GW-DOC-004"]
