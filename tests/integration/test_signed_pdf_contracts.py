"""Contracts signed as PDFs, while the record that names them came on its own."""

from hashlib import sha256

from edi_gateway.gateway import Gateway
from edi_gateway.model.record import Recorded
from edi_gateway.model.transmission import Transmission
from edi_gateway.workflows.check_evidence import Trust, check_evidence
from edi_gateway.workflows.verify import verify_ledger
from tests.support.contracts import only, post, record, sign, statement
from tests.support.evidence import gathered
from tests.support.gateway import NOW, ORIGIN
from tests.support.pdf import page, signed_by, with_text


def naming(pdf: bytes) -> dict[str, object]:
    return {"pdfDigest": {"sha-256": sha256(pdf).hexdigest()}}


def post_pdf(gateway: Gateway, pdf: bytes) -> Recorded:
    headers = {"content-type": "application/pdf"}
    return gateway.record(gateway.examine(Transmission(pdf, "application/pdf", NOW, headers)))


def rules(recorded: Recorded) -> set[str]:
    return {finding.rule for finding in recorded.submission.reading.findings if finding.refuses}


def test_a_pdf_that_a_record_names_is_its_signers_word_for_the_contract(gateway: Gateway) -> None:
    pdf = signed_by(page(), "globex")
    (offer,) = sign(gateway, "acme", **naming(pdf))
    assert only(gateway).current.state == "offered"
    copy = post_pdf(gateway, pdf)
    assert copy.submission.code is None
    assert statement(copy)["document"] == {
        "format": "pdf-contract",
        "type": "contract",
        "number": "FC-1#1.pdf",
        "contract": {
            "pdf": f"sha256:{sha256(pdf).hexdigest()}",
            "signs": statement(offer)["document"]["contract"]["terms"],
        },
    }
    assert (statement(copy)["sender"], statement(copy)["receiver"]) == ("globex", "acme")
    contract = only(gateway)
    assert contract.applies
    assert [(one.party, one.document) for one in contract.current.signatures] == [
        ("acme", offer.id),
        ("globex", copy.id),
    ]
    verify_ledger(gateway.ledger, ORIGIN, full=True)


def test_a_record_may_name_the_pdf_as_an_earlier_signer_had_it(sqlite_gateway: Gateway) -> None:
    first = signed_by(page(), "acme")
    sign(sqlite_gateway, "acme", **naming(first))
    assert post_pdf(sqlite_gateway, signed_by(first, "globex")).submission.code is None
    assert only(sqlite_gateway).applies


def test_what_was_changed_between_two_signatures_is_not_what_the_record_names(sqlite_gateway: Gateway) -> None:
    first = signed_by(page(), "acme")
    sign(sqlite_gateway, "acme", **naming(first))
    changed = signed_by(with_text(first, "Twice the price."), "globex")
    assert rules(post_pdf(sqlite_gateway, changed)) == {"GW-PDF-006"}
    assert only(sqlite_gateway).current.state == "offered"


def test_the_original_that_nobody_has_signed_is_not_asked_for(sqlite_gateway: Gateway) -> None:
    """What a first signer appends with the signature may be more than that: nobody has compared it."""
    sign(sqlite_gateway, "acme", **naming(page()))
    assert rules(post_pdf(sqlite_gateway, signed_by(page(), "globex"))) == {"GW-PDF-014"}


def test_a_pdf_that_no_record_names_is_refused(sqlite_gateway: Gateway) -> None:
    sign(sqlite_gateway, "acme", **naming(signed_by(page("Another."), "globex")))
    assert rules(post_pdf(sqlite_gateway, signed_by(page(), "globex"))) == {"GW-PDF-014"}


def test_the_sender_of_the_record_may_sign_the_pdf_as_well(sqlite_gateway: Gateway) -> None:
    pdf = signed_by(page(), "acme")
    sign(sqlite_gateway, "acme", **naming(pdf))
    assert post_pdf(sqlite_gateway, pdf).submission.code is None
    assert not only(sqlite_gateway).applies
    assert post(sqlite_gateway, record("globex", **naming(pdf)), "globex").submission.code is None
    assert only(sqlite_gateway).applies


def test_its_evidence_is_checked_offline(sqlite_gateway: Gateway) -> None:
    pdf = signed_by(page(), "globex")
    sign(sqlite_gateway, "acme", **naming(pdf))
    packed = gathered(sqlite_gateway, post_pdf(sqlite_gateway, pdf).id)
    assert check_evidence(packed, Trust(sqlite_gateway.notary.vkey)).receipt.trusted


def test_a_pdf_that_two_records_name_signs_neither(sqlite_gateway: Gateway) -> None:
    pdf = signed_by(page(), "globex")
    for id in ("FC-1", "FC-2"):
        sign(sqlite_gateway, "acme", contract_id=id, **naming(pdf))
    assert rules(post_pdf(sqlite_gateway, pdf)) == {"GW-PDF-014"}


def test_a_pdf_that_was_sent_signs_no_record_that_comes_later(sqlite_gateway: Gateway) -> None:
    pdf = signed_by(page(), "globex")
    sign(sqlite_gateway, "acme", **naming(pdf))
    assert post_pdf(sqlite_gateway, pdf).submission.code is None
    sign(sqlite_gateway, "acme", contract_id="FC-EVIL", title="Something else", **naming(pdf))
    assert not only(sqlite_gateway, "FC-EVIL").applies
    assert post_pdf(sqlite_gateway, pdf).repeated
    assert not only(sqlite_gateway, "FC-EVIL").applies
