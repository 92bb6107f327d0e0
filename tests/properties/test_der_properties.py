"""The reader of DER against asn1crypto's, and BER brought to DER against what it was made from."""

from asn1crypto import core, parser
from hypothesis import given, settings
from hypothesis import strategies as st

from edi_gateway.errors import Rejection
from edi_gateway.syntax import ber
from edi_gateway.syntax.der import MAX_OID, OID, Reader
from tests.support.cms import as_ber
from tests.support.der import sequence, set_of, tlv

primitives = st.builds(tlv, st.sampled_from([0x02, 0x04, 0x05, 0x06, 0x0C, 0x17, 0x80]), st.binary(max_size=200))
elements = st.recursive(
    primitives,
    lambda inner: st.builds(
        lambda tag, members: tlv(tag, *members),
        st.sampled_from([0x30, 0x31, 0xA0, 0xA3]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(elements | st.binary(max_size=40))
def test_an_element_is_the_same_for_asn1crypto(octets: bytes) -> None:
    try:
        reader = Reader(octets)
        element = reader.element()
        reader.finish()
    except Rejection:
        return
    _, _, _, header, content, trailer = parser.parse(octets, strict=True)
    assert (header + content, trailer) == (element, b"")
    assert Reader(octets).value(octets[0]) == content


@settings(max_examples=200)
@given(st.binary(min_size=1, max_size=30))
def test_an_object_identifier_is_the_same_for_asn1crypto(octets: bytes) -> None:
    element = tlv(OID, octets)
    try:
        dotted = Reader(element).oid()
    except Rejection:
        return
    assert len(octets) <= MAX_OID
    assert core.ObjectIdentifier(dotted).dump() == element


@settings(max_examples=100)
@given(st.integers(-(2**500), 2**500))
def test_an_integer_is_the_same_for_asn1crypto(number: int) -> None:
    assert Reader(core.Integer(number).dump()).integer() == number


@settings(max_examples=200)
@given(elements, st.integers(1, 50))
def test_ber_comes_back_to_the_der_it_was_made_from(element: bytes, segment: int) -> None:
    assert ber.to_der(as_ber(element, segment=segment)) == element


@settings(max_examples=100)
@given(elements)
def test_der_is_left_as_it_is(element: bytes) -> None:
    assert ber.to_der(element) == element


@settings(max_examples=300)
@given(st.binary(max_size=60) | st.lists(st.sampled_from([0x30, 0x24, 0xA0, 0x04, 0x80, 0, 1, 2])).map(bytes))
def test_arbitrary_octets_are_refused_or_become_one_element_of_der(octets: bytes) -> None:
    try:
        plain = ber.to_der(octets)
    except Rejection:
        return
    reader = Reader(plain)
    reader.skip()
    reader.finish()
    assert ber.to_der(plain) == plain
    assert len(plain) <= 2 * len(octets)


@settings(max_examples=50)
@given(st.lists(primitives, max_size=5))
def test_the_order_of_a_set_is_kept(members: list[bytes]) -> None:
    wrapped = sequence(set_of(*members))
    assert ber.to_der(as_ber(wrapped, kept=members)) == wrapped
