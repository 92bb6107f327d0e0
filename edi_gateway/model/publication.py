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
    """What a witness said of the publication of `size`: a line of its note, verified, with the line's end.

    `witness` is the name and the key id of the witness's key, `name+1234abcd`; `at` is when the gateway had it.
    """

    size: int
    witness: str
    line: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Timestamp:
    """What an authority (by the name that the gateway has for it) said of the publication of `size`: a token (DER).

    It is over the publication's note or, where it renews an older token of the same authority, over that token:
    `covers` is then `sha256:` and the hex digest of it. `expires_at` is when the authority's certificate ends.
    """

    size: int
    authority: str
    token: bytes
    covers: str | None
    gen_time: datetime
    expires_at: datetime
