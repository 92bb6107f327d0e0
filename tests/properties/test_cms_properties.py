"""Whatever is done to a signed document, what comes out is that document or a Rejection."""

from hypothesis import given, settings
from hypothesis import strategies as st

from edi_gateway.envelopes.cms import unwrap
from edi_gateway.errors import Rejection
from edi_gateway.model.transmission import Transmission
from tests.support import cms
from tests.support.cms import DOCUMENT, NOW, multipart, part, signed_data, signer_info

BODY = signed_data()
DETACHED = signed_data(None, signers=[signer_info(part())])
CONTENT_TYPE, MESSAGE = multipart(part(), DETACHED)


@st.composite
def mutated(draw: st.DrawFn, octets: bytes) -> bytes:
    """The octets with one to three spans exchanged, cut out or put in."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(octets)))
        end = min(len(octets), start + draw(st.integers(0, 8)))
        octets = octets[:start] + draw(st.binary(max_size=8)) + octets[end:]
    return octets


@settings(max_examples=150)
@given(st.binary(max_size=300))
def test_arbitrary_octets_are_refused(octets: bytes) -> None:
    for content_type in ("application/cms", "application/pkcs7-mime; smime-type=signed-data"):
        try:
            unwrap(Transmission(octets, content_type, NOW))
        except Rejection:
            continue
        raise AssertionError("arbitrary octets were read as SignedData")


@settings(max_examples=300)
@given(mutated(BODY))
def test_a_changed_signed_data_is_refused_or_says_the_same(octets: bytes) -> None:
    try:
        assert cms.verify_cms(octets).content == DOCUMENT
    except Rejection:
        return


@settings(max_examples=300)
@given(mutated(MESSAGE))
def test_a_changed_smime_message_is_refused_or_says_the_same(octets: bytes) -> None:
    try:
        content = cms.verify_smime(CONTENT_TYPE, octets).content
    except Rejection:
        return
    assert content == DOCUMENT


@settings(max_examples=200)
@given(mutated(CONTENT_TYPE.encode()).map(lambda octets: octets.decode("latin-1")))
def test_a_changed_content_type_is_refused_or_says_the_same(content_type: str) -> None:
    try:
        content = cms.verify_smime("multipart/" + content_type.removeprefix("multipart/"), MESSAGE).content
    except Rejection:
        return
    assert content == DOCUMENT


@settings(max_examples=100)
@given(mutated(cms.signed_data_in_ber()))
def test_a_changed_signed_data_in_ber_is_refused_or_says_the_same(octets: bytes) -> None:
    try:
        assert cms.verify_cms(octets).content == DOCUMENT
    except Rejection:
        return


@settings(max_examples=50)
@given(st.binary(max_size=200), st.integers(1, 64))
def test_any_content_in_any_segments_verifies_as_it_was_signed(content: bytes, segment: int) -> None:
    assert cms.verify_cms(cms.as_ber(signed_data(content), kept(content), segment)).content == content


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_any_content_in_smime_verifies_as_it_was_signed(content: bytes) -> None:
    octets = part(content, b"Content-Type: application/pdf")
    message = multipart(octets, signed_data(None, signers=[signer_info(octets)]))
    assert cms.verify_smime(*message).content == content


def kept(content: bytes) -> tuple[bytes, ...]:
    return cms.tlv(0xA0, *sorted(cms.honest_attributes(content))), cms.certificate()
