"""A strict reader of DER (ITU-T X.690 §10) that hands out slices and never builds a tree.

Only what CMS and X.509 need: low tag numbers, minimal definite lengths, everything inside what surrounds it. What is
skipped is not looked into. Every function raises Rejection("not-cms") and nothing else, whatever the octets.
"""

from functools import lru_cache

from edi_gateway.errors import Rejection
from edi_gateway.model.transmission import AlgorithmIdentifier

INTEGER = 0x02
OCTET_STRING = 0x04
NULL = b"\x05\x00"
OID = 0x06
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
SET = 0x31

MAX_OID = 64
"""Octets of an object identifier; the longest in use has about 30."""
MAX_INTEGER = 64
"""Octets of an INTEGER. A certificate's serial number has at most 20 (RFC 5280 §4.1.2.2)."""


def context(number: int) -> int:
    """The tag of the constructed context-specific element `[number]`."""
    return 0xA0 | number


class Reader:
    """A cursor over the elements of `octets[start:end]`, one after the other.

    The tag asked for must be the tag that is there; `None` takes any.
    """

    __slots__ = ("_at", "_end", "_octets")

    def __init__(self, octets: bytes, start: int = 0, end: int | None = None) -> None:
        self._octets = octets
        self._at = start
        self._end = len(octets) if end is None else end

    def peek(self) -> int | None:
        """The next element's tag, or None at the end."""
        return self._octets[self._at] if self._at < self._end else None

    def enter(self, tag: int) -> "Reader":
        """Step over an element, and return a reader of what is in it."""
        start, end = self._step(tag)
        return Reader(self._octets, start, end)

    def value(self, tag: int) -> bytes:
        """The content octets of the next element."""
        start, end = self._step(tag)
        return self._octets[start:end]

    def element(self, tag: int | None = None) -> bytes:
        """The next element whole, with tag and length."""
        start = self._at
        return self._octets[start : self._step(tag)[1]]

    def skip(self, tag: int | None = None) -> None:
        self._step(tag)

    def optional(self, tag: int) -> "Reader | None":
        """What is in the next element if it has this tag; else None, and nothing is stepped over."""
        return self.enter(tag) if self.peek() == tag else None

    def oid(self) -> str:
        """An OBJECT IDENTIFIER in dotted form."""
        return dotted(self.value(OID))

    def integer(self) -> int:
        octets = self.value(INTEGER)
        if not 0 < len(octets) <= MAX_INTEGER:
            raise Rejection("not-cms", f"An INTEGER has 1 to {MAX_INTEGER} octets here, not {len(octets)}.")
        if len(octets) > 1 and (octets[0], octets[1] >> 7) in ((0, 0), (0xFF, 1)):
            raise Rejection("not-cms", "An INTEGER is not in its shortest form (X.690 §8.3.2).")
        return int.from_bytes(octets, "big", signed=True)

    def algorithm(self, tag: int = SEQUENCE) -> AlgorithmIdentifier:
        fields = self.enter(tag)
        oid = fields.oid()
        parameters = b"" if fields.peek() is None else fields.element()
        fields.finish()
        return AlgorithmIdentifier(oid, parameters)

    def finish(self) -> None:
        """Refuse whatever is left."""
        if self._at != self._end:
            raise Rejection("not-cms", f"{self._end - self._at} octets follow the last element, at offset {self._at}.")

    def _step(self, tag: int | None) -> tuple[int, int]:
        octets, at = self._octets, self._at
        if self._end - at < 2:
            raise Rejection("not-cms", f"An element is missing at offset {at}.")
        found, length, start = octets[at], octets[at + 1], at + 2
        if length > 0x7F:
            count = length & 0x7F
            length = int.from_bytes(octets[start : start + count], "big") if 0 < count <= 4 else 0
            # X.690 §10.1: definite, and in the fewest octets. An indefinite length (count 0) ends up here too.
            if length < 0x80 or length >> (8 * count - 8) == 0:
                raise Rejection("not-cms", f"The length at offset {at + 1} is not a minimal definite one.")
            start += count
        end = start + length
        if end > self._end:
            raise Rejection("not-cms", f"The element at offset {at} reaches past the end of what holds it.")
        if found & 0x1F == 0x1F or (tag is not None and found != tag):
            wanted = "another tag" if tag is None else f"tag 0x{tag:02x}"
            raise Rejection("not-cms", f"There is tag 0x{found:02x} at offset {at} where {wanted} is due.")
        self._at = end
        return start, end


@lru_cache(maxsize=512)
def dotted(octets: bytes) -> str:
    """The content octets of an OBJECT IDENTIFIER as a dotted string (X.690 §8.19)."""
    if not 0 < len(octets) <= MAX_OID or octets[-1] & 0x80:
        raise Rejection("not-cms", f"An OBJECT IDENTIFIER is cut off, empty, or longer than {MAX_OID} octets.")
    arcs: list[int] = []
    arc, fresh = 0, True
    for octet in octets:
        if fresh and octet == 0x80:
            raise Rejection("not-cms", "An OBJECT IDENTIFIER has an arc with a leading zero.")
        arc, fresh = arc << 7 | octet & 0x7F, octet < 0x80
        if fresh:
            arcs.append(arc)
            arc = 0
    root = min(arcs[0] // 40, 2)
    return ".".join(map(str, (root, arcs[0] - 40 * root, *arcs[1:])))


def header(tag: int, length: int) -> bytes:
    """Tag and shortest definite length of an element with `length` content octets."""
    if length < 0x80:
        return bytes((tag, length))
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets
