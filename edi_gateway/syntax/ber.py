"""BER to DER, as far as signing software writes BER: indefinite lengths and strings in segments (X.690 §8.1.3, §8.7).

Streaming signers don't know the size of the content when they begin, and some never write anything else. The octets of
primitive values are kept; the order of sets is kept too, as signatures depend on it.
"""

from collections.abc import Callable

from edi_gateway.errors import Rejection
from edi_gateway.syntax import der

MAX_DEPTH = 64
_CONSTRUCTED = 0x20
_CONSTRUCTED_OCTET_STRING = der.OCTET_STRING | _CONSTRUCTED
_CONSTRUCTED_ALLOWED = (der.SEQUENCE, der.SET, _CONSTRUCTED_OCTET_STRING)
_INDEFINITE = -1

_Write = Callable[[int, int, int], tuple[int, int]]


def to_der(octets: bytes) -> bytes:
    """The one element that `octets` hold, with definite minimal lengths and whole octet strings.

    Raises Rejection("not-cms") if they don't hold exactly one, nest deeper than 64, or hold more elements than content
    of their size needs. Time and space grow linearly.
    """
    normaliser = _Normaliser(octets)
    end, _ = normaliser.element(0, len(octets), 0)
    if end != len(octets):
        raise Rejection("not-cms", f"{len(octets) - end} octets follow the outermost element.")
    return b"".join(normaliser.pieces)


class _Normaliser:
    """One pass over the input that leaves the output in `pieces`, each header put in once its length is known."""

    def __init__(self, octets: bytes) -> None:
        self.pieces: list[bytes] = []
        self._octets = octets
        # Segments of streamed content have a kilobyte or so; attributes and certificates make up the first term.
        self._elements_left = 10_000 + len(octets) // 64

    def element(self, at: int, limit: int, depth: int) -> tuple[int, int]:
        """Write the element at `at`; return where it ends in the input, and its length in the output."""
        tag, start, length = self._header(at, limit, depth)
        if not tag & _CONSTRUCTED:
            end = start + length
            self.pieces += (der.header(tag, length), self._octets[start:end])
            return end, len(self.pieces[-2]) + length
        slot = len(self.pieces)
        self.pieces.append(b"")
        if tag == _CONSTRUCTED_OCTET_STRING:
            tag = der.OCTET_STRING
            end, size = self._members(start, length, limit, depth, self._segment)
        else:
            end, size = self._members(start, length, limit, depth, self.element)
        self.pieces[slot] = der.header(tag, size)
        return end, len(self.pieces[slot]) + size

    def _segment(self, at: int, limit: int, depth: int) -> tuple[int, int]:
        """Write one segment of an octet string, without a header of its own."""
        tag, start, length = self._header(at, limit, depth)
        if tag == _CONSTRUCTED_OCTET_STRING:
            return self._members(start, length, limit, depth, self._segment)
        if tag != der.OCTET_STRING:
            raise Rejection("not-cms", f"An octet string has a segment with tag 0x{tag:02x}, at offset {at}.")
        self.pieces.append(self._octets[start : start + length])
        return start + length, length

    def _members(self, at: int, length: int, limit: int, depth: int, write: _Write) -> tuple[int, int]:
        """Write what is inside a constructed element; return its end in the input and its size in the output."""
        end = limit if length == _INDEFINITE else at + length
        size = 0
        while at < end:
            if length == _INDEFINITE and self._octets[at : at + 2] == b"\0\0":
                return at + 2, size
            at, written = write(at, end, depth + 1)
            size += written
        if length == _INDEFINITE:
            raise Rejection("not-cms", "An element of indefinite length has no end.")
        return at, size

    def _header(self, at: int, limit: int, depth: int) -> tuple[int, int, int]:
        """(tag, offset of the content, its length or `_INDEFINITE`) of the element at `at`, within bounds."""
        self._elements_left -= 1
        if depth > MAX_DEPTH or self._elements_left < 0:
            raise Rejection("not-cms", f"There are too many elements, or more than {MAX_DEPTH} inside each other.")
        if limit - at < 2:
            raise Rejection("not-cms", f"An element is cut off at offset {at}.")
        tag, length, start = self._octets[at], self._octets[at + 1], at + 2
        # Universal 0 ends an indefinite length and is nothing else; 31 announces a tag number that CMS doesn't use.
        wrong = tag in (0x00, 0x20) or tag & 0x1F == 0x1F
        if wrong or (tag & 0xE0 == _CONSTRUCTED and tag not in _CONSTRUCTED_ALLOWED):
            raise Rejection("not-cms", f"Tag 0x{tag:02x} at offset {at} doesn't belong into CMS.")
        if length == 0x80 and tag & _CONSTRUCTED:
            return tag, start, _INDEFINITE
        if length >= 0x80:
            count = length & 0x7F
            if not 0 < count <= 8 or limit - start < count:
                raise Rejection("not-cms", f"The length at offset {at + 1} is not one.")
            length = int.from_bytes(self._octets[start : start + count], "big")
            start += count
        if length > limit - start:
            raise Rejection("not-cms", f"The element at offset {at} reaches past the end of what holds it.")
        return tag, start, length
