"""Whatever is given as a PDF: it is read, or refused, and never anything else."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from edi_gateway.documents.rulesets import DEFAULT
from edi_gateway.documents.validate import validate
from edi_gateway.errors import Rejection
from edi_gateway.model.transmission import Unverified
from edi_gateway.syntax.pdf.inspection import inspect
from edi_gateway.syntax.pdf.places import places
from tests.support.gateway import contract
from tests.support.pdf import page, signed_by, with_file

WHOLE = signed_by(with_file(page(), "contract.json", contract()), "globex", "acme")
COMPRESSED = with_file(page(compressed=True), "contract.json", contract())
_TOKENS = sorted(
    set(re.findall(rb"/[A-Za-z]+|obj|endobj|stream|endstream|xref|trailer|startxref|\d+ \d+ R|<<|>>", WHOLE))
)


def refused_or_read(octets: bytes) -> None:
    assert _refusal(octets) in (None, "document-malformed", "pdf-limits", "document-unknown")


def _refusal(octets: bytes) -> str | None:
    try:
        validate(Unverified("pades", "application/pdf", octets), DEFAULT)
    except Rejection as refusal:
        return refusal.code
    return None


@given(st.binary(max_size=400))
def test_any_octets_after_the_first_five_are_read_or_refused(octets: bytes) -> None:
    refused_or_read(b"%PDF-" + octets)


@given(st.lists(st.sampled_from(_TOKENS), max_size=60))
def test_any_pieces_of_a_pdf_are_read_or_refused(pieces: list[bytes]) -> None:
    refused_or_read(b"%PDF-1.7\n" + b" ".join(pieces))


@settings(max_examples=60)
@given(st.sampled_from([WHOLE, COMPRESSED]), st.data())
def test_a_pdf_that_was_damaged_anywhere_is_read_or_refused(pdf: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(5, len(pdf) - 1))
    until = data.draw(st.integers(at, min(len(pdf), at + 40)))
    refused_or_read(pdf[:at] + data.draw(st.binary(max_size=40)) + pdf[until:])


@settings(max_examples=60)
@given(st.data())
def test_no_damage_to_what_is_signed_leaves_a_signature_that_holds(data: st.DataObject) -> None:
    place = places(WHOLE)[-1]
    at = data.draw(st.integers(5, place.end - 1).filter(lambda at: not place.start <= at < place.stop))
    octet = data.draw(st.integers(0, 255).filter(lambda octet: octet != WHOLE[at]))
    damaged = WHOLE[:at] + bytes([octet]) + WHOLE[at + 1 :]
    try:
        found = inspect(damaged).signatures
    except Rejection:
        return
    assert not any(each.holds and each.byte_range == place.byte_range for each in found)


@given(st.binary(max_size=30), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_a_signature_s_place_leaves_out_nothing_but_its_value(text: bytes, start: int, stop: int, rest: int) -> None:
    octets = b"%PDF-<abcd>" + b"/ByteRange [0 %d %d %d]" % (start, stop, rest) + text
    for place in places(octets):
        value = octets[place.start : place.stop]
        assert re.fullmatch(rb"<[0-9A-Fa-f]+>", value)
        assert place.covered(octets) == octets[: place.end].replace(value, b"", 1)
        assert len(place.blanked(octets)) == place.end
