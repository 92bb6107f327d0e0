"""Questions to the archive, and what it knows of one document."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class DocumentQuery:
    """Which documents, newest first. `since` is included, `until` is not; `before` is the id that a page ended with.

    `party` restricts to what one partner may see: what it sent, and what was accepted for it. `text` is looked for in
    the number.
    """

    sender: str | None = None
    receiver: str | None = None
    party: str | None = None
    type: str | None = None
    number: str | None = None
    verdict: str | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """What the archive keeps of a transmission, to be searched and listed. Times and amounts as stored."""

    id: str
    index: int
    verdict: str
    code: str | None
    sender: str
    receiver: str | None
    format: str | None
    type: str | None
    number: str | None
    issue_date: str | None
    currency: str | None
    payable: str | None
    received_at: str
    document_digest: str


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """A document that was accepted on the word of a key. The moment as stored.

    `erased_by` is the entry that says why there is nothing of it but this: which key signed it, and whether it was
    accepted, is erased as well.
    """

    id: str
    index: int
    received_at: str
    type: str | None
    number: str | None
    receiver: str | None
    erased_by: int | None = None


@dataclass(frozen=True, slots=True)
class KeyUse:
    """Which key verified an accepted document, by its fingerprint; the moment as stored."""

    index: int
    received_at: str
    key: str


class Payload(NamedTuple):
    """A transmission's body and headers (canonical JSON), exactly as received."""

    body: bytes
    headers: bytes


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of the ledger with its statement (canonical JSON), without what proves it."""

    index: int
    id: str
    type: str
    statement: bytes


@dataclass(frozen=True, slots=True)
class Erasure:
    """That a document is no more: its id, its entry's index, and the index of the entry that says why."""

    id: str
    index: int
    erased_by: int


@dataclass(frozen=True, slots=True)
class Hold:
    """That a document was put on hold, or released, and the index of the entry that says why."""

    index: int
    document: str
    held: bool
