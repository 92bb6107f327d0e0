"""The document in a PDF is a file inside it, judged as if it had come alone."""

from dataclasses import replace
from hashlib import sha256

import pytest

from edi_gateway.documents import cii, orderx
from edi_gateway.documents.rulesets import DEFAULT, Judging
from edi_gateway.documents.validate import claimed_sender, validate
from edi_gateway.errors import Rejection
from edi_gateway.model.document import Document, Reading
from edi_gateway.model.profile import Profile
from edi_gateway.model.transmission import Unverified
from tests.support import pdf_attacks as attacks
from tests.support.cii import INVOICE as CII
from tests.support.gateway import contract
from tests.support.orderx import BASIC as ORDER_X
from tests.support.pdf import page, signed_by, with_file
from tests.support.ubl import CREDIT_NOTE, INVOICE, ORDER


def read(pdf: bytes, judging: Judging = DEFAULT, media_type: str = "application/pdf") -> Reading:
    return validate(Unverified(None, media_type, pdf), judging)


def rules(reading: Reading) -> dict[str, str]:
    return {finding.rule: finding.severity for finding in reading.findings}


def test_a_contract_s_record_is_the_document_and_its_digest_is_told() -> None:
    record = contract()
    reading, alone = (
        read(with_file(page(), "contract.json", record)),
        validate(Unverified(None, "application/json", record)),
    )
    assert reading.document == alone.document
    assert reading.reached == "rules"
    assert [each.name for each in reading.ruleset] == ["gw-pdf", "contract-1.schema.json", "gw-contract"]
    (finding,) = reading.findings
    assert (finding.rule, finding.severity) == ("GW-PDF-013", "information")
    assert finding.actual == f"contract.json sha256:{sha256(record).hexdigest()}"


def test_a_broken_record_is_refused_at_its_own_place() -> None:
    reading = read(with_file(page(), "contract.json", contract().replace(b'"EUR"', b'"euro"')))
    assert [(each.rule, each.locations[0].pointer) for each in reading.findings if each.refuses] == [
        ("JSON-pattern", "/currency")
    ]


def test_a_pdf_is_known_by_its_first_octets_too() -> None:
    pdf = with_file(page(), "contract.json", contract())
    assert read(pdf, media_type="application/octet-stream").document is not None
    assert claimed_sender("application/pdf", pdf) == ()


def test_a_pdf_without_a_document_is_refused() -> None:
    reading = read(with_file(page(), "terms.txt", b"terms"))
    assert (reading.document, rules(reading)) == (None, {"GW-PDF-014": "error"})
    assert reading.reached == "wellformed"


def test_a_record_that_was_sent_before_may_name_the_pdf_by_its_digest() -> None:
    pdf, asked = signed_by(page(), "acme"), []
    document = validate(Unverified(None, "application/json", contract())).document
    assert document

    def record_of(digest: str) -> Document | None:
        asked.append(digest)
        return replace(document, format="pdf")

    reading = read(pdf, Judging(record_of=record_of))
    assert reading.document == replace(document, format="pdf")
    assert asked == [sha256(pdf).hexdigest()]


def test_two_documents_are_none() -> None:
    both = with_file(with_file(page(), "contract.json", contract()), "Factur-X.xml", INVOICE)
    assert rules(read(both)) == {"GW-PDF-015": "error"}


def test_one_file_that_is_described_twice_is_one() -> None:
    assert read(attacks.described_twice(page(), contract())).document


def test_what_is_not_agreed_on_is_refused_in_a_pdf_as_well() -> None:
    profile = Profile(version=1, types=("invoice",))
    with pytest.raises(Rejection) as refusal:
        read(with_file(page(), "contract.json", contract()), Judging(profile=profile))
    assert refusal.value.code == "document-not-permitted"


def test_a_file_that_is_not_what_its_name_says_is_malformed() -> None:
    with pytest.raises(Rejection) as refusal:
        read(with_file(page(), "factur-x.xml", b"%PDF-1.7"))
    assert refusal.value.code == "document-malformed"


@pytest.mark.parametrize(
    ("name", "content", "root"),
    [
        ("factur-x.xml", INVOICE, "Invoice"),
        ("ZUGFeRD-invoice.xml", b"<CrossIndustryDocument xmlns='urn:ferd'/>", "CrossIndustryDocument"),
        ("xrechnung.xml", CREDIT_NOTE, "CreditNote"),
        ("factur-x.xml", ORDER_X, "SCRDMCCBDACIOMessageStructure"),
        ("order-x.xml", ORDER, "Order"),
        ("order-x.xml", CII, "CrossIndustryInvoice"),
    ],
)
def test_a_file_that_holds_another_kind_of_document_than_its_name_promises_is_refused(
    name: str, content: bytes, root: str
) -> None:
    reading = read(with_file(page(), name, content))
    assert (reading.document, reading.reached) == (None, "wellformed")
    assert rules(reading) == {"GW-PDF-013": "information", "GW-PDF-019": "error"}
    (finding,) = (each for each in reading.findings if each.refuses)
    assert finding.expected == (orderx.ROOT if name == "order-x.xml" else cii.ROOT)
    assert (finding.actual or "").endswith(f"}}{root}")


@pytest.mark.parametrize(
    ("name", "content"),
    [("factur-x.xml", CII), ("ZUGFeRD-invoice.xml", CII), ("XRechnung.xml", CII), ("order-x.xml", ORDER_X)],
)
def test_a_file_that_holds_what_its_name_promises_is_read(name: str, content: bytes) -> None:
    reading = read(with_file(page(), name, content))
    assert reading.document == validate(Unverified(None, "application/xml", content)).document
    assert "GW-PDF-019" not in rules(reading)


def test_an_element_that_is_called_like_what_is_promised_is_not_it() -> None:
    strange = read(with_file(page(), "factur-x.xml", b"<CrossIndustryInvoice xmlns='urn:other'/>"))
    (finding,) = (each for each in strange.findings if each.refuses)
    assert (finding.rule, finding.actual) == ("GW-PDF-019", "{urn:other}CrossIndustryInvoice")


def test_how_a_record_belongs_to_the_pdf_is_said() -> None:
    loose = with_file(page(), "contract.json", contract(), relationship="/Unspecified")
    assert rules(read(loose)) == {"GW-PDF-013": "information", "GW-PDF-017": "warning"}


def test_a_pdf_that_is_not_signed_may_be_built_loosely() -> None:
    loose = attacks.with_hybrid_references(with_file(page(), "contract.json", contract()))
    found = read(loose)
    assert rules(found) == {"GW-PDF-004": "warning", "GW-PDF-013": "information"}
    assert found.document


def test_a_field_drawn_as_somebody_signs_passes_with_a_warning_where_that_was_agreed() -> None:
    by_globex = signed_by(with_file(page(), "contract.json", contract()), "globex")
    drawn = signed_by(attacks.with_field(by_globex, "Acme", (72, 600, 300, 740)), "acme")
    agreed = Judging(profile=Profile(levels={"GW-PDF-007": "warning", "GW-PDF-006": "warning"}))
    assert (read(drawn).document, rules(read(drawn))) == (None, {"GW-PDF-007": "error"})
    reading = read(drawn, agreed)
    assert reading.document is not None
    assert rules(reading)["GW-PDF-007"] == "warning"
    assert "GW-PDF-006" not in rules(reading)
    noted = signed_by(attacks.with_annotation(by_globex), "acme")
    assert rules(read(noted, agreed)) == {"GW-PDF-006": "error"}
