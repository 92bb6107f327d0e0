"""PDFs with one fault each: what nobody signed meets a Rejection, what its sender signed a recorded refusal."""

from collections.abc import Callable

import pytest

from edi_gateway.errors import Rejection
from edi_gateway.gateway import Gateway
from edi_gateway.model.record import Examined
from edi_gateway.model.transmission import Transmission
from tests.support import pdf_attacks as attacks
from tests.support import pdf_disguises as disguises
from tests.support.gateway import NOW, contract
from tests.support.pdf import page, signed_by, with_file, with_script, with_text
from tests.support.pdf_archival import signed_with

RECORD = contract()


def with_record(pdf: bytes) -> bytes:
    return with_file(pdf, "contract.json", RECORD)


CONTRACT = with_record(page())
SIGNED = signed_by(CONTRACT, "acme")
BY_GLOBEX = signed_by(CONTRACT, "globex")


def examined(gateway: Gateway, body: bytes) -> Examined:
    return gateway.examine(Transmission(body, "application/pdf", NOW, {"content-type": "application/pdf"}))


UNSIGNED: dict[str, tuple[Callable[[], bytes], str]] = {
    # Universal signature forgery: what makes the signature is missing.
    "no signature at all": (lambda: CONTRACT, "unsigned"),
    "no byte range": (lambda: attacks.with_byte_range(SIGNED, b""), "unsigned"),
    "a byte range of nothing": (lambda: attacks.with_byte_range(SIGNED, b"/ByteRange [0 0 0 0]"), "unsigned"),
    "a byte range that begins later": (lambda: SIGNED.replace(b"/ByteRange [0 ", b"/ByteRange [9 "), "unsigned"),
    "a byte range past the end": (lambda: SIGNED.replace(b"/ByteRange [0 ", b"/ByteRange [0 9"), "unsigned"),
    "no value": (lambda: SIGNED.replace(b"/Contents <3", b"/Contents (3"), "unsigned"),
    "a value of zeros": (lambda: attacks.with_value(SIGNED, b""), "not-cms"),
    "something behind the value": (
        lambda: attacks.with_value(SIGNED, attacks.value(SIGNED).rstrip(b"\0") + b"\0\0x"),
        "signature-profile",
    ),
    # Signature wrapping: what is signed is moved, and something else takes its place.
    "the byte ranges moved apart": (lambda: attacks.moved_apart(SIGNED, b" /Evil 1 "), "unsigned"),
    "the signature of another PDF": (lambda: attacks.transplanted(SIGNED, "acme"), "signature-invalid"),
    # Incremental saving attacks: something is appended after signing.
    "another text appended": (lambda: with_text(SIGNED, "10,000,000"), "signature-invalid"),
    "a note appended": (lambda: attacks.with_annotation(SIGNED), "signature-invalid"),
    "a file appended": (lambda: with_file(SIGNED, "contract.json", contract(version=2)), "signature-invalid"),
    "a form filled in": (
        lambda: attacks.filled_in(signed_by(attacks.with_form(), "acme"), "10,000,000"),
        "signature-invalid",
    ),
    "a visible field appended": (
        lambda: attacks.with_field(SIGNED, "Over", (72, 600, 300, 740)),
        "signature-invalid",
    ),
    "objects behind the end": (lambda: attacks.with_objects_behind_the_end(SIGNED), "signature-invalid"),
    "octets behind the end": (lambda: SIGNED + b"%\n", "signature-invalid"),
    "somebody unknown signed last": (lambda: signed_by(SIGNED, "mallory"), "unknown-signer"),
    "no PDF": (lambda: b"\n" + SIGNED, "not-pdf"),
}


@pytest.mark.parametrize("fault", UNSIGNED)
def test_a_pdf_that_nobody_signed_as_it_is_identifies_nobody(trading: Gateway, fault: str) -> None:
    make, code = UNSIGNED[fault]
    with pytest.raises(Rejection) as refusal:
        examined(trading, make())
    assert refusal.value.code == code


SENT: dict[str, tuple[Callable[[], bytes], str]] = {
    # Shadow attacks: the sender has prepared what somebody else signs, changes it, and signs.
    "what was hidden comes to light": (
        lambda: attacks.without_overlay(signed_by(with_record(attacks.with_overlay()), "globex")),
        "GW-PDF-006",
    ),
    "a value replaced": (
        lambda: attacks.filled_in(signed_by(with_record(attacks.with_form()), "globex"), "10,000,000"),
        "GW-PDF-006",
    ),
    "a page replaced": (
        lambda: attacks.with_the_other_page(signed_by(with_record(attacks.with_two_pages_one_shown()), "globex")),
        "GW-PDF-006",
    ),
    "another text after the first signature": (lambda: with_text(BY_GLOBEX, "10,000,000"), "GW-PDF-006"),
    "a note after the first signature": (lambda: attacks.with_annotation(BY_GLOBEX), "GW-PDF-006"),
    "another record after the first signature": (
        lambda: with_file(signed_by(page(), "globex"), "contract.json", RECORD),
        "GW-PDF-006",
    ),
    "a visible field after the first signature": (
        lambda: attacks.with_field(BY_GLOBEX, "Over", (72, 600, 300, 740)),
        "GW-PDF-007",
    ),
    "an earlier signature of other bytes": (
        lambda: attacks.with_value(BY_GLOBEX, attacks.value(signed_by(page(), "globex")).rstrip(b"\0")),
        "GW-PDF-010",
    ),
    "a script": (lambda: with_script(CONTRACT), "GW-PDF-003"),
    "a launch action": (lambda: attacks.with_action(CONTRACT, "/Launch"), "GW-PDF-003"),
    "a launch action that looks like structure": (
        lambda: disguises.with_disguised_action(CONTRACT, by_reference=False),
        "GW-PDF-003",
    ),
    "an action whose kind stands elsewhere": (
        lambda: disguises.with_disguised_action(CONTRACT, by_reference=True),
        "GW-PDF-003",
    ),
    "the fields of who signed before taken away": (
        lambda: disguises.without_fields(BY_GLOBEX, "10,000,000"),
        "GW-PDF-009",
    ),
    "another file under the record's name": (
        lambda: disguises.listed_under(CONTRACT, "contract.json", "notes.txt", b"{}"),
        "GW-PDF-015",
    ),
    "an XFA form": (lambda: with_record(attacks.with_xfa()), "GW-PDF-003"),
    "no document in it": (page, "GW-PDF-014"),
    "two documents in it": (lambda: with_file(CONTRACT, "factur-x.xml", b"<a/>"), "GW-PDF-015"),
    "a file of two names": (lambda: attacks.with_two_names(page(), RECORD), "GW-PDF-015"),
    "a file of two contents": (lambda: attacks.with_two_contents(page(), RECORD), "GW-PDF-015"),
    "a file whose bytes are elsewhere": (lambda: attacks.with_external_bytes(page()), "GW-PDF-015"),
}


@pytest.mark.parametrize("fault", SENT)
def test_a_pdf_that_its_sender_signed_with_a_fault_is_refused_and_recorded(trading: Gateway, fault: str) -> None:
    make, rule = SENT[fault]
    found = examined(trading, signed_by(make(), "acme"))
    assert rule in {finding.rule for finding in found.reading.findings if finding.refuses}
    assert (found.code, found.verdict) == ("document-invalid", "rejected")


def test_a_signature_that_stands_in_no_field_is_none(trading: Gateway) -> None:
    found = examined(trading, attacks.signed_in_no_field(CONTRACT, "acme"))
    assert [finding.rule for finding in found.reading.findings if finding.refuses] == ["GW-PDF-009"]


def test_a_signature_over_sha_1_is_authentic_and_barred(trading: Gateway) -> None:
    found = examined(trading, signed_with(CONTRACT, "acme", subfilter="ETSI.CAdES.detached", digest="sha1"))
    assert found.code == "algorithm-barred"


def test_an_encrypted_pdf_is_refused_whatever_it_says(trading: Gateway) -> None:
    found = examined(trading, attacks.signed_in_no_field(attacks.encrypted(CONTRACT), "acme"))
    assert "GW-PDF-002" in {finding.rule for finding in found.reading.findings}
    assert (found.code, found.reading.document) == ("document-invalid", None)


def test_a_pdf_with_two_cross_references_is_not_read_if_it_is_signed(trading: Gateway) -> None:
    found = examined(trading, attacks.signed_in_no_field(attacks.with_hybrid_references(CONTRACT), "acme"))
    assert "GW-PDF-005" in {finding.rule for finding in found.reading.findings}
    assert found.code == "document-invalid"


def test_the_vectors_are_honest_but_for_their_fault(trading: Gateway) -> None:
    for body in (SIGNED, signed_by(BY_GLOBEX, "acme"), signed_by(attacks.with_field(BY_GLOBEX, "Unseen"), "acme")):
        assert examined(trading, body).code is None
