"""What has been published of the ledger, and what others said of it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Publication:
    """A checkpoint given out for others to vouch for: `note` is the signed note verbatim, without cosignatures."""

    size: int
    root: bytes
    note: bytes
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Cosignature:
    """What a witness said of the publication of `size`: a line of its note, verified, without the line's end.

    `witness` is the name and the key id of the witness's key, `name+1234abcd`; `at` is when the gateway had it.
    """

    size: int
    witness: str
    line: str
    at: datetime
