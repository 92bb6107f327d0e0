"""What comes between an order and its payment: who sends it, and which documents it names."""

import pytest

from edi_gateway.demo.trade import ACME, GLOBEX
from edi_gateway.documents import ubl
from edi_gateway.model.document import Document, Reference
from tests.support.ubl import BY_FORMAT, changed, drop, set_text, verified
from tests.support.ubl_family import (
    APPLICATION_RESPONSE,
    DESPATCH_ADVICE,
    ORDER_CANCELLATION,
    ORDER_CHANGE,
    ORDER_RESPONSE_SIMPLE,
    RECEIPT_ADVICE,
    REMITTANCE_ADVICE,
)

FROM_BUYER = (ORDER_CHANGE, ORDER_CANCELLATION, RECEIPT_ADVICE, APPLICATION_RESPONSE, REMITTANCE_ADVICE)
FROM_SELLER = (ORDER_RESPONSE_SIMPLE, DESPATCH_ADVICE)


def document(content: bytes) -> Document:
    reading = ubl.read(verified(content))
    assert reading.findings == ()
    assert reading.document is not None
    return reading.document


@pytest.mark.parametrize(
    ("contents", "sender", "receiver"),
    [(FROM_BUYER, GLOBEX, ACME), (FROM_SELLER, ACME, GLOBEX)],
    ids=["buyer", "seller"],
)
def test_a_document_goes_from_the_party_whose_it_is_to_the_other(contents, sender, receiver) -> None:
    for content in contents:
        read = document(content)
        assert (read.sender.name, read.sender.identifiers) == (sender.name, sender.identifiers[:1])
        (to,) = read.receivers
        assert (to.name, to.identifiers) == (receiver.name, receiver.identifiers[:1])


@pytest.mark.parametrize("format", BY_FORMAT)
def test_a_type_is_its_format_without_the_family(format: str) -> None:
    assert format == f"ubl-2.1-{document(BY_FORMAT[format]).type}"


@pytest.mark.parametrize(
    "content", [ORDER_CHANGE, ORDER_CANCELLATION, ORDER_RESPONSE_SIMPLE, DESPATCH_ADVICE, RECEIPT_ADVICE]
)
def test_what_follows_an_order_names_it(content: bytes) -> None:
    assert Reference("order", "PO-1001") in document(content).references


def test_a_remittance_advice_names_what_is_paid_and_how_much() -> None:
    advice = document(REMITTANCE_ADVICE)
    assert str(advice.payable) == "90.00"
    assert set(advice.references) == {
        Reference("payment-order", "PAY-7"),
        Reference("invoice", "INV-1"),
        Reference("credit-note", "CN-1"),
    }


@pytest.mark.parametrize(
    ("code", "type"), [("380", "invoice"), ("381", "credit-note"), ("220", "order"), ("632", "receipt-advice")]
)
def test_an_application_response_says_by_code_what_it_answers(code: str, type: str) -> None:
    path = "cac:DocumentResponse/cac:DocumentReference/cbc:DocumentTypeCode"
    answer = document(changed(APPLICATION_RESPONSE, set_text(path, code)))
    assert answer.references == (Reference(type, "INV-1"),)


def test_an_application_response_to_anything_else_names_a_document() -> None:
    path = "cac:DocumentResponse/cac:DocumentReference/cbc:DocumentTypeCode"
    for change in (set_text(path, "ZZZ"), drop(path)):
        assert document(changed(APPLICATION_RESPONSE, change)).references == (Reference("document", "INV-1"),)


def test_an_order_change_without_a_number_is_known_by_its_order_and_its_place() -> None:
    assert document(ORDER_CHANGE).number == "OC-1"
    unnumbered = changed(ORDER_CHANGE, drop("cbc:ID"), set_text("cbc:SequenceNumberID", "2"))
    assert document(unnumbered).number == "PO-1001/2"


@pytest.mark.parametrize("sequence", ["", "1" * 200, "1\u200b"])
def test_an_order_change_that_nothing_tells_from_another_is_refused(sequence: str) -> None:
    (finding,) = ubl.read(
        verified(changed(ORDER_CHANGE, drop("cbc:ID"), set_text("cbc:SequenceNumberID", sequence)))
    ).findings
    assert (finding.rule, finding.locations[0].xpath) == ("GW-DOC-001", "/OrderChange")


def test_an_empty_number_is_no_missing_one() -> None:
    (finding,) = ubl.read(verified(changed(ORDER_CHANGE, set_text("cbc:ID", "")))).findings
    assert (finding.rule, finding.locations[0].xpath) == ("GW-DOC-001", "/OrderChange/cbc:ID")
