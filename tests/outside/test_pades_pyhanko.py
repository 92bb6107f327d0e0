"""pyHanko's own validator, with a chain and all, accepts the PDFs that we sign, and sees in others what we see."""

from io import BytesIO

import pytest
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from edi_gateway.envelopes.unwrap import unwrap
from edi_gateway.errors import Rejection
from edi_gateway.model.transmission import Transmission
from edi_gateway.partners.enrolment import read_key
from edi_gateway.signatures.verify import verify
from tests.support import pdf_attacks as attacks
from tests.support.gateway import NOW, certificate
from tests.support.pdf import page, signed_by, with_text
from tests.support.pdf_archival import signed_with, with_proofs, with_timestamp

ONCE = signed_by(page(), "acme")


def opinion(pdf: bytes) -> PdfSignatureStatus:
    """Of the last signature that isn't a timestamp; `acme` and `globex` are trusted."""
    roots = [asn1_x509.Certificate.load(certificate(owner)) for owner in ("acme", "globex")]
    signature = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures[-1]
    return validate_pdf_signature(signature, ValidationContext(trust_roots=roots, moment=NOW))


def ours(pdf: bytes) -> bool:
    try:
        verify(unwrap(Transmission(pdf, "application/pdf", NOW)), [read_key(certificate("acme"), "acme", None, None)])
    except Rejection:
        return False
    return True


def test_what_we_sign_covers_the_whole_file_to_others_too() -> None:
    for pdf in (ONCE, signed_by(page(compressed=True), "globex", "acme")):
        found = opinion(pdf)
        assert (found.intact, found.valid, found.coverage) == (True, True, SignatureCoverageLevel.ENTIRE_FILE)
        assert ours(pdf)


@pytest.mark.parametrize("subfilter", ["ETSI.CAdES.detached", "adbe.pkcs7.detached"])
def test_what_others_sign_verifies_here(subfilter: str) -> None:
    assert ours(signed_with(page(), "acme", subfilter=subfilter))


@pytest.mark.parametrize("append", [with_timestamp, with_proofs], ids=["timestamp", "proofs"])
def test_both_let_pass_what_proves_a_signature_later(append) -> None:  # type: ignore[no-untyped-def] # one of two
    pdf = append(ONCE)
    assert opinion(pdf).docmdp_ok
    assert ours(pdf)


CHANGED = {
    "another text": with_text(ONCE, "10,000,000"),
    "a note": attacks.with_annotation(ONCE),
    "the other page": attacks.with_the_other_page(signed_by(attacks.with_two_pages_one_shown(), "acme")),
    "no cover": attacks.without_overlay(signed_by(attacks.with_overlay(), "acme")),
}


@pytest.mark.parametrize("change", CHANGED)
def test_both_refuse_what_was_changed_after_signing(change: str) -> None:
    assert not opinion(CHANGED[change]).docmdp_ok
    assert not ours(CHANGED[change])


def test_forms_that_were_filled_in_after_signing_are_refused_here_only() -> None:
    filled = attacks.filled_in(signed_by(attacks.with_form(), "acme"), "10,000,000")
    assert opinion(filled).docmdp_ok
    assert not ours(filled)
