import pytest

from edi_gateway.errors import Rejection
from edi_gateway.model.transmission import AlgorithmIdentifier
from edi_gateway.syntax import ber
from edi_gateway.syntax.der import INTEGER, OCTET_STRING, OID, SEQUENCE, SET, Reader, header


def test_a_sequence_is_read_member_by_member() -> None:
    reader = Reader(bytes.fromhex("300a 0201 05 0403 616263 a100"))
    members = reader.enter(SEQUENCE)
    reader.finish()
    assert (members.integer(), members.value(OCTET_STRING)) == (5, b"abc")
    assert members.optional(0xA0) is None
    assert members.optional(0xA1) is not None
    assert members.peek() is None
    members.finish()


def test_an_algorithm_is_its_identifier_and_the_der_of_its_parameters() -> None:
    with_null = bytes.fromhex("300d 0609 60864801 6503040201 0500")
    assert Reader(with_null).algorithm() == AlgorithmIdentifier("2.16.840.1.101.3.4.2.1", b"\x05\x00")


@pytest.mark.parametrize(
    ("octets", "dotted"),
    [("06 01 00", "0.0"), ("06 01 27", "0.39"), ("06 01 2a", "1.2"), ("06 03 883703", "2.999.3"), ("06 01 50", "2.0")],
)
def test_an_object_identifier_is_dotted(octets: str, dotted: str) -> None:
    assert Reader(bytes.fromhex(octets)).oid() == dotted


MALFORMED = {
    "nothing": b"",
    "half a header": b"\x04",
    "a length past the end": b"\x04\x02a",
    "an indefinite length": b"\x24\x80\x00\x00",
    "a long form for a short length": b"\x04\x81\x01a",
    "a leading zero in the length": b"\x04\x82\x00\x80" + b"a" * 128,
    "a length cut off": b"\x04\x84\x01",
    "a length of five octets": b"\x04\x85\x00\x00\x00\x00\x01a",
    "a tag of several octets": b"\x1f\x81\x01\x00",
}


@pytest.mark.parametrize("octets", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_not_der_is_refused(octets: bytes) -> None:
    with pytest.raises(Rejection) as refusal:
        Reader(octets).element()
    assert refusal.value.code == "not-cms"


@pytest.mark.parametrize("octets", ["0200", "0202007f", "0202ff80", "0241" + "01" * 65])
def test_an_integer_is_minimal_and_bounded(octets: str) -> None:
    with pytest.raises(Rejection):
        Reader(bytes.fromhex(octets)).integer()


@pytest.mark.parametrize("octets", ["0600", "060180", "0603 2a8001", "06028001", "0641" + "2a" * 65])
def test_an_object_identifier_is_minimal_and_bounded(octets: str) -> None:
    with pytest.raises(Rejection):
        Reader(bytes.fromhex(octets)).oid()


def test_another_tag_is_refused_by_both_names() -> None:
    with pytest.raises(Rejection, match="0x02 at offset 0 where tag 0x31"):
        Reader(b"\x02\x01\x00").enter(SET)


def test_what_is_left_over_is_refused() -> None:
    reader = Reader(b"\x02\x01\x00\x00")
    reader.skip(INTEGER)
    with pytest.raises(Rejection, match="1 octets follow"):
        reader.finish()


@pytest.mark.parametrize(
    ("length", "octets"), [(0, "0400"), (127, "047f"), (128, "048180"), (255, "0481ff"), (65_536, "0483010000")]
)
def test_a_header_has_the_shortest_length(length: int, octets: str) -> None:
    assert header(OCTET_STRING, length) == bytes.fromhex(octets)


BER = {
    "an indefinite sequence": ("3080 0500 0000", "3002 0500"),
    "a long length": ("308102 0500", "3002 0500"),
    "a string in segments": ("2480 0401 61 0402 6263 0000", "0403 616263"),
    "segments inside a segment": ("2480 2480 0401 61 0000 2403 0401 62 0000", "0402 6162"),
    "a string of no segments": ("2480 0000", "0400"),
    "indefinite inside definite": ("3006 a080 0500 0000", "3004 a002 0500"),
}


@pytest.mark.parametrize(("octets", "expected"), BER.values(), ids=BER.keys())
def test_ber_becomes_der(octets: str, expected: str) -> None:
    assert ber.to_der(bytes.fromhex(octets)) == bytes.fromhex(expected)


NOT_BER = {
    "an indefinite length that doesn't end": "3080 0500",
    "an end inside a definite length": "3002 0000",
    "a primitive of indefinite length": "0480 0000",
    "a segment of another type": "2480 0c01 61 0000",
    "a constructed bit string": "2380 0302 0061 0000",
    "octets behind the end": "3080 0000 00",
    "half an end": "3080 00",
    "an end with a length": "3080 0001 00",
}


@pytest.mark.parametrize("octets", NOT_BER.values(), ids=NOT_BER.keys())
def test_what_is_not_ber_is_refused(octets: str) -> None:
    with pytest.raises(Rejection) as refusal:
        ber.to_der(bytes.fromhex(octets))
    assert refusal.value.code == "not-cms"


def test_sixty_four_levels_are_read_and_no_more() -> None:
    def nested(depth: int) -> bytes:
        return b"\x30\x80" * depth + b"\0\0" * depth

    assert ber.to_der(nested(ber.MAX_DEPTH + 1)).startswith(b"\x30\x81")
    with pytest.raises(Rejection, match="inside each other"):
        ber.to_der(nested(ber.MAX_DEPTH + 2))


def test_the_tag_of_an_identifier_is_its_own() -> None:
    assert Reader(b"\x06\x01\x2a").peek() == OID
