"""Octets that are no SignedData, and cost little to refuse."""

import pytest

from edi_gateway.errors import Rejection
from tests.support import cms
from tests.support.der import sequence, tlv


def nested(depth: int) -> bytes:
    return b"\x30\x80" * depth + b"\0\0" * depth


HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "one octet": b"\x30",
    "zeros": bytes(1000),
    "nested a hundred deep": nested(100),
    "nested a thousand deep": nested(1_000),
    "nested a hundred thousand deep": nested(100_000),
    "a length past the end": b"\x30\x82\xff\xff\x06",
    "a length of 2³¹": b"\x30\x84\x80\x00\x00\x00\x06\x01\x2a",
    "a length of 2⁶⁴": b"\x30\x88" + b"\xff" * 8,
    "a length of 126 octets": b"\x30\xfe" + b"\x01" * 126,
    "a reserved length": b"\x30\xff\x00",
    "an object identifier of a megabyte": sequence(tlv(0x06, b"\x2a" * 1_000_000)),
    "an object identifier that doesn't end": sequence(tlv(0x06, b"\xff" * 60)),
    "a million empty elements": sequence(b"\x05\x00" * 1_000_000),
    "a string of a million empty segments": b"\x24\x80" + b"\x04\x00" * 1_000_000 + b"\0\0",
    "the end of something that never began": b"\x00\x00",
    "a tag number of many octets": b"\x3f\xff\xff\x7f\x00",
}


@pytest.mark.parametrize("octets", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_octets_are_refused_after_little_work(octets: bytes) -> None:
    with pytest.raises(Rejection) as refusal:
        cms.verify_cms(octets)
    assert refusal.value.code == "not-cms"
    assert len(refusal.value.detail) < 300
