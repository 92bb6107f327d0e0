from datetime import UTC, datetime

import pytest
from lxml import etree

from edi_gateway.demo import documents
from edi_gateway.demo.trade import ACME, GLOBEX
from edi_gateway.documents.rulesets import DEFAULT, Judging
from edi_gateway.errors import Rejection
from edi_gateway.syntax.xml import DS
from edi_gateway.workflows.validation import Validation, looks_like, validation
from tests.support.gateway import signed
from tests.support.ubl import INVOICE, at, changed, set_text

CONTRACT = documents.contract("FC-1", GLOBEX, ACME)
WRONG = changed(INVOICE, set_text("cac:LegalMonetaryTotal/cbc:PayableAmount", "1.00"))
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def check(data: bytes, judging: Judging = DEFAULT) -> Validation:
    content_type, body = looks_like(data)
    return validation(body, content_type, judging, NOW)


@pytest.mark.parametrize("document", [INVOICE, CONTRACT], ids=["invoice", "contract"])
def test_a_document_without_a_signature_is_judged(document: bytes) -> None:
    found = check(document)
    assert (found.verdict, found.signed, found.reading.findings) == ("accepted", None, ())
    assert found.report["signature"] == "none"


@pytest.mark.parametrize("format", ["xmldsig", "cms", "smime"])
def test_what_is_signed_is_judged_and_its_signature_left_alone(format: str) -> None:
    for document, verdict in ((INVOICE, "accepted"), (WRONG, "rejected")):
        content_type, body = signed(document, "acme", format)
        entity = f"Content-Type: {content_type}\r\n\r\n".encode() + body if format == "smime" else body
        found = check(entity)
        assert (found.verdict, found.signed) == (verdict, format)
        assert found.report["signature"] == "notChecked"
        assert found.report["stages"][1] == {"name": "signature", "outcome": "skipped"}


@pytest.mark.parametrize("format", ["jws", "jws-flattened"])
def test_a_contract_in_a_jws_is_judged(format: str) -> None:
    found = check(signed(CONTRACT, "acme", format)[1])
    assert (found.verdict, found.signed) == ("accepted", "jws")


def test_a_signature_that_does_not_hold_is_not_noticed_and_said_not_to_be() -> None:
    body = signed(INVOICE, "acme")[1].replace(b"Freight service", b"Freight servant")
    assert check(body).report["signature"] == "notChecked"


def test_a_signature_in_the_wrong_place_breaks_the_schema() -> None:
    root = etree.fromstring(signed(INVOICE, "acme")[1])
    at(root, "cac:AccountingSupplierParty/cac:Party").append(at(root, f"{{{DS}}}Signature"))
    found = check(etree.tostring(root))
    assert [finding.rule for finding in found.reading.findings] == ["XSD-SCHEMAV_ELEMENT_CONTENT"]
    assert found.signed is None


def test_a_report_says_what_a_refusal_would() -> None:
    report = check(WRONG).report
    assert report["verdict"] == "rejected"
    assert report["summary"] == {"fatal": 1, "error": 0, "warning": 0}
    assert report["findings"][0]["rule"] == "BR-CO-16"
    assert {each["name"]: each["outcome"] for each in report["stages"]} == {
        "wellformed": "pass",
        "signature": "skipped",
        "schema": "pass",
        "rules": "fail",
        "link": "skipped",
    }
    assert "documentId" not in report


def test_the_schema_is_skipped_where_rules_alone_are_asked() -> None:
    report = check(INVOICE, Judging(ruleset="en16931", rules_only=True)).report
    assert {each["name"] for each in report["stages"] if each["outcome"] == "skipped"} == {
        "signature",
        "schema",
        "link",
    }


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"<Invoice", "GW-DOC-100"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "GW-DOC-100"),
        (b'{"a": 1,}', "GW-DOC-100"),
        (b"\x30\x03\x02\x01\x01", "GW-DOC-100"),
        (b"<Invoice/>", "GW-DOC-101"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_finding(data: bytes, rule: str) -> None:
    found = check(data)
    assert found.verdict == "rejected"
    assert [finding.rule for finding in found.reading.findings] == [rule]


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"Subject: hello\n\nworld", b"\n\n\n"])
def test_a_file_that_looks_like_nothing_that_is_read_is_refused(data: bytes) -> None:
    with pytest.raises(Rejection) as refusal:
        looks_like(data)
    assert refusal.value.code == "content-type-unknown"


def test_a_byte_order_mark_does_not_hide_what_a_file_is() -> None:
    assert check(b"\xef\xbb\xbf" + INVOICE).verdict == "accepted"


@pytest.mark.parametrize(
    ("data", "fault"),
    [(INVOICE.replace(b"</cac:InvoiceLine>", b"& </cac:InvoiceLine>", 1), b"& "), (CONTRACT[:-1] + b"\n,,}", b",,")],
    ids=["XML", "JSON"],
)
def test_where_it_cannot_be_read_any_further_is_a_place(data: bytes, fault: bytes) -> None:
    (finding,) = check(data).reading.findings
    (place,) = finding.locations
    assert finding.rule == "GW-DOC-100"
    assert place.line == data.count(b"\n", 0, data.index(fault)) + 1
    assert f"line {place.line}" in finding.message


def test_utf_16_is_xml_in_an_encoding_that_is_not_read() -> None:
    (finding,) = check(INVOICE.decode().encode("utf-16")).reading.findings
    assert "UTF-16" in finding.message
