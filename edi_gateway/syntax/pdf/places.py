"""Where the signatures of a PDF stand, by their byte ranges (ISO 32000-2 §12.8.1), without reading the rest of it.

A byte range has to lie open in the file: it tells which octets a signature is over, all but its own value. So those are
found, and verified, before anything looks at what the PDF is.
"""

import re
from typing import Final

from edi_gateway.errors import Rejection
from edi_gateway.model.pdf import Place

MAX_PLACES: Final = 32
"""More byte ranges than any contract has signatures."""
MAX_VALUE: Final = 2**18
"""Hexadecimal digits that a signature may have room for: a chain of large certificates, a timestamp, and much air."""

_BYTE_RANGE: Final = re.compile(
    rb"/ByteRange[\0\t\n\f\r ]*+\[[\0\t\n\f\r ]*+0" + rb"[\0\t\n\f\r ]++(\d{1,10})" * 3 + rb"[\0\t\n\f\r ]*+\]"
)
_VALUE: Final = re.compile(rb"<(?:[0-9A-Fa-f]{2})++>")


def places(octets: bytes) -> tuple[Place, ...]:
    """All signatures that begin with the file and leave out nothing but their own value, the shortest first.

    Raises Rejection("signature-profile") for more than `MAX_PLACES`, and for two that begin or end at the same octet.
    """
    found: dict[int, Place] = {}
    starting: dict[int, Place] = {}
    for number, match in enumerate(_BYTE_RANGE.finditer(octets)):
        if number == MAX_PLACES:
            raise Rejection("signature-profile", f"There are more than {MAX_PLACES} byte ranges in the PDF.")
        start, stop, rest = map(int, match.groups())
        place = Place(start, stop, stop + rest)
        # Looked at before the value itself, which is read once for each.
        if starting.setdefault(start, place) != place:
            raise Rejection("signature-profile", "Two signatures of the PDF begin at the same octet.")
        if not _fits(place, octets, match.end()):
            continue
        if found.setdefault(place.end, place) != place:
            raise Rejection("signature-profile", "Two signatures of the PDF end at the same octet.")
    return tuple(found[end] for end in sorted(found))


def _fits(place: Place, octets: bytes, told_by: int) -> bool:
    """Whether nothing is left out but a value in hexadecimal, and the byte range itself is covered."""
    return (
        told_by <= place.end <= len(octets)
        and place.stop - place.start <= MAX_VALUE + 2
        and bool(_VALUE.fullmatch(octets, place.start, place.stop))
    )
