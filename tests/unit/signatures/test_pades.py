"""A signature in a PDF is verified over the bytes, and what is returned is what it covers."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from edi_gateway.envelopes.carried import carried
from edi_gateway.envelopes.pdf import earlier
from edi_gateway.envelopes.unwrap import unwrap
from edi_gateway.errors import Rejection
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.transmission import Envelope, PdfSigned, Transmission
from edi_gateway.partners.enrolment import read_key
from edi_gateway.signatures.verify import verify
from edi_gateway.signing import pades
from edi_gateway.syntax.pdf.places import MAX_PLACES, places
from tests.support import pdf_attacks as attacks
from tests.support.certificates import certificate as made
from tests.support.certificates import der
from tests.support.gateway import NOW, certificate
from tests.support.pdf import page, signed_by
from tests.support.pdf_archival import signed_with, with_proofs, with_timestamp


def unwrapped(pdf: bytes) -> Envelope:
    return unwrap(Transmission(pdf, "application/pdf", NOW))


def key_of(owner: str = "acme") -> PartnerKey:
    return read_key(certificate(owner), owner, None, None)


ONCE = signed_by(page(), "acme")


def test_what_is_verified_is_the_pdf_with_zeros_for_its_signature() -> None:
    verified = verify(unwrapped(ONCE), [key_of()])
    (place,) = places(ONCE)
    assert (verified.format, verified.media_type, verified.algorithm) == ("pades", "application/pdf", "ecdsa-sha256")
    assert verified.source == ONCE
    assert len(verified.content) == len(ONCE)
    assert verified.content[place.start : place.stop].strip(b"<0>") == b""
    assert verified.content[: place.start] + verified.content[place.stop :] == place.covered(ONCE)


def test_the_last_signature_is_the_sender_s_and_the_others_stand_before_it() -> None:
    both = signed_by(page(), "globex", "acme")
    envelope = unwrapped(both)
    assert verify(envelope, [key_of("globex"), key_of("acme")]).key.partner == "acme"
    (first,) = earlier(both)
    assert first.key_names != envelope.key_names
    assert certificate("globex") in carried(first)


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 2048),
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["rsa", "p-384", "ed25519"],
)
def test_keys_of_all_kinds_sign(key: pades.SigningKey) -> None:
    signer = der(made(key))
    verified = verify(unwrapped(pades.sign(page(), key, signer)), [read_key(signer, "acme", None, None)])
    assert verified.key.spki == read_key(signer, "", None, None).spki


def test_the_digest_does_not_depend_on_how_the_signature_is_written() -> None:
    place = places(ONCE)[0]
    otherwise = ONCE[: place.start] + ONCE[place.start : place.stop].swapcase() + ONCE[place.stop :]
    assert otherwise != ONCE
    one, other = (verify(unwrapped(each), [key_of()]) for each in (ONCE, otherwise))
    assert hashlib.sha256(one.content).digest() == hashlib.sha256(other.content).digest()


@pytest.mark.parametrize("append", [with_timestamp, with_proofs], ids=["a timestamp", "proofs and a timestamp"])
def test_what_proves_a_signature_later_may_be_appended_and_is_left_out(append: Callable[[bytes], bytes]) -> None:
    archived = append(ONCE)
    assert len(archived) > len(ONCE)
    assert verify(unwrapped(archived), [key_of()]).content == verify(unwrapped(ONCE), [key_of()]).content


def test_what_else_was_appended_is_refused_even_under_a_timestamp() -> None:
    for changed in (attacks.with_annotation(ONCE), with_timestamp(attacks.with_annotation(ONCE))):
        with pytest.raises(Rejection, match="changed after it was signed"):
            verify(unwrapped(changed), [key_of()])


def test_another_s_key_does_not_verify() -> None:
    with pytest.raises(Rejection) as refusal:
        verify(unwrapped(ONCE), [key_of("globex")])
    assert refusal.value.code == "signature-invalid"


def test_any_other_octet_of_what_is_covered_does_not_verify() -> None:
    envelope = unwrapped(ONCE)
    assert isinstance(envelope.signed, PdfSigned)
    content = b"%" + envelope.signed.cms.content
    forged = replace(envelope, signed=replace(envelope.signed, cms=replace(envelope.signed.cms, content=content)))
    with pytest.raises(Rejection):
        verify(forged, [key_of()])


def test_the_time_that_the_signer_claims_is_told() -> None:
    claimed = verify(unwrapped(signed_with(page(), "acme", subfilter="adbe.pkcs7.detached")), [key_of()]).signed_at
    assert claimed is not None
    assert claimed <= datetime.now(UTC)
    # PAdES has it in the PDF, where nobody but a reader of PDFs sees it.
    assert verify(unwrapped(ONCE), [key_of()]).signed_at is None


def test_so_many_byte_ranges_are_no_contract() -> None:
    with pytest.raises(Rejection, match="byte ranges"):
        places(b"%PDF-1.7 " + b"/ByteRange [0 1 2 3] " * (MAX_PLACES + 1))


def test_two_signatures_that_end_alike_are_refused() -> None:
    # The values are at 9 and at 13; the byte ranges follow, of a width that doesn't depend on their numbers.
    ranges = b"<ab><cd> /ByteRange [0 009 013 %03d] /ByteRange [0 013 017 %03d]"
    size = len(b"%PDF-1.7 " + ranges % (0, 0))
    with pytest.raises(Rejection, match="end at the same octet"):
        places(b"%PDF-1.7 " + ranges % (size - 13, size - 17))
