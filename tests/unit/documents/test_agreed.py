"""Judging by what was agreed with the sender: which documents, by which rule sets, how severely, and how exactly."""

import re

import pytest

from edi_gateway.documents import explain
from edi_gateway.documents.cii import layout as cii
from edi_gateway.documents.grading import gradable, graded
from edi_gateway.documents.rulesets import Judging
from edi_gateway.documents.validate import formats, validate
from edi_gateway.errors import Rejection
from edi_gateway.model.document import Finding, Reading
from edi_gateway.model.transmission import Unverified
from tests.support import orderx
from tests.support.cii import INVOICE as CII_INVOICE
from tests.support.gateway import contract
from tests.support.profiles import profile
from tests.support.ubl import BY_FORMAT, INVOICE, ORDER, at, changed, drop, set_text, verified

PLAIN = changed(INVOICE, drop("cbc:CustomizationID"))
PAYABLE = "cac:LegalMonetaryTotal/cbc:PayableAmount"


def judged(content: bytes, **members: object) -> Reading:
    return validate(verified(content), Judging(profile=profile(**members)))


def severities(reading: Reading) -> dict[str, str]:
    return {finding.rule: finding.severity for finding in reading.findings}


def names(reading: Reading) -> list[str]:
    return [each.name for each in reading.ruleset]


def off_by(amount: str) -> bytes:
    """A plain invoice whose payable amount is more than it should be."""

    def change(root) -> None:
        element = at(root, PAYABLE)
        whole, _, cents = element.text.partition(".")
        element.text = f"{whole}.{int(cents) + int(amount):02}"

    return changed(PLAIN, change)


def test_a_type_or_a_format_that_was_not_agreed_on_is_refused_before_the_schema_is_asked() -> None:
    broken = changed(ORDER, drop("cbc:ID"))
    for members in ({"types": ["invoice"]}, {"formats": ["ubl-2.1-invoice", "contract-1"]}):
        with pytest.raises(Rejection, match=r"ubl-2\.1-order ") as refused:
            judged(broken, **members)
        assert refused.value.code == "document-not-permitted"
    with pytest.raises(Rejection, match="contract-1 "):
        validate(Unverified(None, "application/json", b"not JSON"), Judging(profile=profile(types=["order"])))
    assert judged(ORDER, types=["order"], formats=["ubl-2.1-order"]).findings == ()
    assert validate(Unverified(None, "application/json", contract()), Judging(profile=profile(types=["contract"])))


def test_every_format_that_is_read_can_be_ruled_out() -> None:
    samples = {**BY_FORMAT, **orderx.BY_FORMAT, cii.FORMAT: CII_INVOICE, "contract-1": contract()}
    assert set(samples) == set(formats())
    for format, sample in samples.items():
        content = Unverified(None, "application/octet-stream", sample)
        assert validate(content, Judging(profile=profile(formats=[format]))).document
        with pytest.raises(Rejection, match=re.escape(format)):
            validate(content, Judging(profile=profile(formats=[other for other in samples if other != format])))


def test_a_rule_set_is_asked_of_what_does_not_claim_it() -> None:
    broken = changed(PLAIN, drop("cbc:DueDate"), drop("cac:PaymentMeans"), set_text("cbc:InvoiceTypeCode", "999"))
    assert "en16931" not in names(judged(broken))
    agreed = judged(broken, ruleSets=["en16931"])
    assert names(agreed) == ["ubl-2.1-invoice.xsd", "gw-ubl", "en16931"]
    assert severities(agreed)["BR-CL-01"] == "fatal"
    assert names(judged(INVOICE, ruleSets=["en16931"])).count("en16931") == 1
    assert "en16931" not in names(judged(ORDER, ruleSets=["en16931"]))


def test_a_single_rule_is_graded_as_agreed_and_the_others_are_not() -> None:
    broken = changed(INVOICE, set_text(PAYABLE, "1.00"), set_text("cbc:InvoiceTypeCode", "999"))
    assert severities(judged(broken)) == {"BR-CL-01": "fatal", "BR-CO-16": "fatal"}
    assert severities(judged(broken, levels={"BR-CO-16": "information"})) == {
        "BR-CL-01": "fatal",
        "BR-CO-16": "information",
    }
    assert severities(judged(off_by("10"))) == {"GW-SUM-009": "error"}
    assert severities(judged(off_by("10"), levels={"GW-SUM-009": "warning"})) == {"GW-SUM-009": "warning"}


def test_what_a_document_needs_to_be_filed_and_trusted_is_not_graded() -> None:
    for rule in (
        "GW-DOC-001",
        "GW-PARTY-001",
        "GW-SIG-002",
        "GW-SIGNER-001",
        "GW-LINK-001",
        "GW-PDF-006",
        "XSD-SCHEMAV_ELEMENT",
    ):
        assert rule not in gradable()
        finding = Finding(rule, "error", "rules", "x")
        assert graded([finding], {rule: "information"}) == (finding,)
    assert {"BR-CO-15", "GW-SUM-001", "GW-SUM-011", "GW-PDF-007"} <= gradable() < set(explain.rules())


def test_sums_may_be_off_by_as_much_as_was_agreed() -> None:
    assert severities(judged(off_by("5"))) == {}
    assert severities(judged(off_by("6"))) == {"GW-SUM-009": "error"}
    assert severities(judged(off_by("6"), tolerances={"total": "0.06"})) == {}
    assert severities(judged(off_by("1"), tolerances={"total": "0"})) == {"GW-SUM-009": "error"}


@pytest.mark.parametrize(
    ("path", "text", "rule", "tolerance"),
    [
        ("cac:InvoiceLine/cbc:InvoicedQuantity", "10.001", "GW-SUM-001", "line"),
        ("cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:Percent", "20", "GW-SUM-007", "tax"),
    ],
)
def test_lines_and_taxes_have_tolerances_of_their_own(path: str, text: str, rule: str, tolerance: str) -> None:
    broken = changed(PLAIN, set_text(path, text))
    assert rule in severities(judged(broken))
    assert rule not in severities(judged(broken, tolerances={tolerance: "1000"}))
