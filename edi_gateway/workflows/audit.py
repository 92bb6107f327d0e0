"""What officers, operators and partners ask of the record. `party` is the partner who asks; None sees everything.

Not found and not yours are the same answer, so that nobody learns of others' documents by asking.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from edi_gateway.model.partner import KeyState, PartnerKey
from edi_gateway.model.query import DocumentQuery, DocumentRecord
from edi_gateway.partners.keyring import Directory
from edi_gateway.workflows.ports import Archive
from edi_gateway.workflows.record import Recorder
from edi_gateway.workflows.upgrade import Level, Upgrades

MAX_PAGE = 200


@dataclass(frozen=True, slots=True)
class Page:
    """Documents, newest first. `next` is what the next page's query has as `before`; None at the end."""

    documents: tuple[DocumentRecord, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Content:
    """A body exactly as received, and the Content-Type that came with it."""

    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Upgraded:
    """`receipt` is None while those who are to vouch for it have not yet."""

    receipt: bytes | None


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """Something recorded of a key: its entry in the ledger, and what the statement says.

    `affected` counts the documents that had been accepted when a revocation was recorded, since it applies. A renewal
    has the digest of its `certificate`, if any, and its window.
    """

    index: int
    type: str
    fingerprint: str
    recorded_at: str
    by: str | None
    reason: str | None
    applies_from: str | None
    affected: int | None
    certificate: str | None
    since: str | None
    until: str | None


@dataclass(frozen=True, slots=True)
class KeyHistory:
    """A key, where it stands at the moment asked for, and how it came there, oldest first."""

    key: PartnerKey
    state: KeyState
    events: tuple[KeyEvent, ...]


def find(archive: Archive, query: DocumentQuery) -> Page:
    """A page of the documents that the query means. Raises Fault."""
    # One more than wanted tells whether there is another page.
    found = archive.find(replace(query, limit=query.limit + 1))
    page = tuple(found[: query.limit])
    return Page(page, page[-1].id if len(found) > query.limit else None)


def document(archive: Archive, id: str, party: str | None = None) -> DocumentRecord | None:
    """One document's record. Raises Fault."""
    return archive.document(id, party)


def report(archive: Archive, id: str) -> dict[str, Any] | None:
    """What validation said of a document that may be seen. Raises Fault, and Unproven for a tampered store."""
    found = archive.report(id)
    return dict(json.loads(found)) if found else None


def content(archive: Archive, id: str, party: str | None = None) -> Content | None:
    """What arrived. Raises Fault."""
    payload = archive.payload(id) if archive.document(id, party) else None
    if payload is None:
        return None
    return Content(payload.body, json.loads(payload.headers).get("content-type", "application/octet-stream"))


def receipt(archive: Archive, recorder: Recorder, id: str, party: str | None = None) -> bytes | None:
    """The receipt that was given first, byte for byte. Raises Fault, and Unproven for a tampered store."""
    record = archive.document(id, party)
    return recorder.receipt_again(record.index) if record else None


def cose_receipt(archive: Archive, recorder: Recorder, id: str, party: str | None = None) -> bytes | None:
    """The receipt in the form of RFC 9942, in the tree as it is now. Raises likewise."""
    record = archive.document(id, party)
    return recorder.cose_receipt(record.index) if record else None


def upgraded(archive: Archive, upgrades: Upgrades, id: str, level: Level, party: str | None = None) -> Upgraded | None:
    """The receipt at a level that others vouch for. Raises NotOffered, Fault, and Unproven for a tampered store."""
    record = archive.document(id, party)
    return Upgraded(upgrades.receipt(record.index, level)) if record else None


def key_histories(archive: Archive, directory: Directory, partner: str, at: datetime) -> list[KeyHistory]:
    """A partner's keys, oldest first. Raises Fault."""
    events = [_key_event(event.index, event.type, json.loads(event.statement)) for event in archive.key_events(partner)]
    histories = [_history(key, at, events) for key in directory.keys_of.get(partner, ())]
    return sorted(histories, key=lambda history: history.events[0].index if history.events else -1)


def _history(key: PartnerKey, at: datetime, events: Sequence[KeyEvent]) -> KeyHistory:
    return KeyHistory(key, key.state_at(at), tuple(event for event in events if event.fingerprint == key.fingerprint))


def _key_event(index: int, type: str, statement: Mapping[str, Any]) -> KeyEvent:
    rest = (statement.get(name) for name in ("by", "reason", "appliesFrom", "affected"))
    term = (statement["key"].get(name) for name in ("certificate", "from", "until"))
    return KeyEvent(index, type, statement["key"]["fingerprint"], statement["recordedAt"], *rest, *term)
