"""A signature's place in a PDF (ISO 32000-2 §12.8.1)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A signature over all octets before `end`, but for its own value.

    That is `<`, hexadecimal and `>`, from `start` to `stop`.
    """

    start: int
    stop: int
    end: int

    @property
    def byte_range(self) -> tuple[int, int, int, int]:
        return 0, self.start, self.stop, self.end - self.stop

    def value(self, octets: bytes) -> bytes:
        """What stands in its place, zeros at the end included."""
        return bytes.fromhex(octets[self.start + 1 : self.stop - 1].decode("ascii"))

    def covered(self, octets: bytes) -> bytes:
        """What the signature is over."""
        return octets[: self.start] + octets[self.stop : self.end]

    def blanked(self, octets: bytes) -> bytes:
        """The same as a PDF: with zeros where the value stands."""
        zeros = b"0" * (self.stop - self.start - 2)
        return b"".join((octets[: self.start], b"<", zeros, b">", octets[self.stop : self.end]))
