"""Where signatures of a PDF stand, as far as that can be told without much work for anybody's octets."""

import pytest

from edi_gateway.errors import Rejection
from edi_gateway.syntax.pdf.places import MAX_VALUE, places


def with_value(digits: int, *ends: int) -> bytes:
    """A file with a value of so many digits, and a byte range for each end, which counts from the last octet."""
    room = 80 * len(ends)
    start, stop = 9 + room, 9 + room + digits + 2
    size = stop + 100
    ranges = b"".join((b"/ByteRange [0 %d %d %d]" % (start, stop, size - end - stop)).ljust(80, b" ") for end in ends)
    return b"%PDF-1.7\n" + ranges + b"<" + b"0" * digits + b">" + b" " * 100


def test_a_signature_over_all_but_its_value_has_its_place() -> None:
    (place,) = places(with_value(64, 0))
    assert place.value(with_value(64, 0)) == bytes(32)


def test_two_signatures_may_not_share_a_value() -> None:
    with pytest.raises(Rejection) as refusal:
        places(with_value(64, 0, 1))
    assert refusal.value.code == "signature-profile"


def test_a_value_of_many_megabytes_is_none() -> None:
    assert len(places(with_value(MAX_VALUE, 0))) == 1
    assert places(with_value(MAX_VALUE + 2, 0)) == ()
