"""Telling others, by webhook, of keys that end, that were revoked, or that are used though there is a newer one.

What is to be told is written down first, then delivered by whichever host comes first, and tried again later where that
fails. Whoever is told may be told twice: a notice keeps its id.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from edi_gateway.errors import Fault
from edi_gateway.model.moment import parse_timestamp, timestamp
from edi_gateway.model.notice import Delivery, Notice
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.query import SignedDocument
from edi_gateway.partners.keyring import Directory
from edi_gateway.syntax.json import canonical
from edi_gateway.workflows.key_archive import KeyArchive
from edi_gateway.workflows.key_life import affected, ending
from edi_gateway.workflows.key_warnings import BANDS, band, still_used
from edi_gateway.workflows.ports import DirectorySource

RECENT: Final = timedelta(days=7)
"""Revocations recorded before are no news to a webhook that is set later."""

MAX_LISTED: Final = 1_000
"""Documents that a notice lists; it counts them all."""

BACKOFF: Final = tuple(timedelta(seconds=each) for each in (10, 30, 120, 600, 1_800, 7_200, 21_600, 43_200, 86_400))
"""Between two attempts; after the last of them it is given up."""

ROUND: Final = 100
"""Deliveries that are tried in one round."""

log = logging.getLogger("edi_gateway.webhooks")


class Notices(Protocol):
    """What is to be told, and what became of it. Every method raises Fault."""

    def add(self, notice: Notice, body: bytes, webhooks: Iterable[str]) -> None:
        """To be delivered at once; what is there already stays as it is."""

    def due(self, webhooks: Collection[str], at: datetime, limit: int) -> list[Delivery]:
        """What is to be tried now with these webhooks, oldest first."""

    def claim(self, one: Delivery, due_at: datetime | None) -> bool:
        """Take the next attempt upon oneself; after it fails the next is `due_at`. False where somebody else did."""

    def settle(self, one: Delivery, outcome: str, delivered_at: datetime | None) -> None:
        """How the attempt went that was claimed."""


class Webhook(Protocol):
    """An address to which notices are posted."""

    @property
    def name(self) -> str: ...

    @property
    def events(self) -> frozenset[str]:
        """Which types of notices it is told."""

    def post(self, id: str, at: datetime, body: bytes) -> str:
        """What was answered, in a few words. Raises Fault where that isn't 2xx."""


def body_of(notice: Notice) -> bytes:
    """What is posted: `type`, `timestamp` and `data`, as JSON."""
    return canonical({"type": notice.type, "timestamp": timestamp(notice.at), "data": dict(notice.data)})


def warnings(directory: Directory, archive: KeyArchive, at: datetime) -> Iterator[Notice]:
    """Of keys that end soon, and of older ones still in use: one in each band of days, one for each pair of keys."""
    for key in ending(directory, at, timedelta(days=BANDS[0])):
        days, ends = band(key, at), timestamp(key.ends_at or at)
        facts = {"partner": key.partner, "key": key.fingerprint, "endsAt": ends, "days": days}
        yield Notice(_id("key.expiring", key.fingerprint, ends, str(days)), "key.expiring", at, facts)
    for one in still_used(archive, directory, at):
        facts = {
            "partner": one.old.partner,
            "key": one.old.fingerprint,
            "newKey": one.new.fingerprint,
            "lastUsed": one.received_at,
        }
        named = _id("key.retired-but-used", one.old.fingerprint, one.new.fingerprint)
        yield Notice(named, "key.retired-but-used", at, facts)


def revocations(directory: Directory, archive: KeyArchive, at: datetime) -> Iterator[Notice]:
    """Of keys whose revocation was recorded a short while ago, with the documents that it puts in doubt."""
    for keys in directory.keys_of.values():
        for key in keys:
            if any(step.type == "key.revoked" for step in key.steps):
                yield from _revocations(key, archive, at)


def _revocations(key: PartnerKey, archive: KeyArchive, at: datetime) -> Iterator[Notice]:
    for event in archive.key_events(key.partner):
        told = json.loads(event.statement)
        if event.type != "key.revoked" or told["key"]["fingerprint"] != key.fingerprint:
            continue
        recorded_at = parse_timestamp(told["recordedAt"])
        if at - recorded_at <= RECENT:
            since = parse_timestamp(told["appliesFrom"])
            facts = {"partner": key.partner, "key": key.fingerprint, "entry": event.index} | {
                name: told[name] for name in ("appliesFrom", "reason", "by") if name in told
            }
            facts |= _listed(affected(key, archive, since))
            yield Notice(_id("key.revoked", str(event.index), told["id"]), "key.revoked", recorded_at, facts)


def _listed(found: Sequence[SignedDocument]) -> dict[str, Any]:
    return {
        "affected": len(found),
        "receivers": sorted({one.receiver for one in found if one.receiver}),
        "documents": [_document(one) for one in found[:MAX_LISTED]],
    }


def _document(one: SignedDocument) -> dict[str, Any]:
    facts = {
        "id": one.id,
        "receivedAt": one.received_at,
        "type": one.type,
        "number": one.number,
        "receiver": one.receiver,
        "erasedBy": one.erased_by,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _id(*parts: str) -> str:
    """The same for the same thing, wherever it is noticed."""
    return "msg_" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


class Notifier:
    """Writes down what is to be told, and delivers it. Does nothing where there are no webhooks."""

    def __init__(
        self,
        webhooks: Sequence[Webhook],
        notices: Notices,
        directory: DirectorySource,
        archive: KeyArchive,
        clock: Callable[[], datetime],
    ) -> None:
        self._webhooks = {one.name: one for one in webhooks}
        self._notices = notices
        self._directory = directory
        self._archive = archive
        self._clock = clock
        self._seen: Directory | None = None

    def warn(self) -> None:
        """Write down what there is to warn of. Raises Fault."""
        if self._webhooks:
            self._note(warnings(self._directory.refreshed(), self._archive, self._clock()))

    def run(self) -> list[Delivery]:
        """Write down revocations that are new, then try all that is due; what was tried. Raises Fault."""
        if not self._webhooks:
            return []
        directory = self._directory.refreshed()
        if directory is not self._seen:
            self._note(revocations(directory, self._archive, self._clock()))
            self._seen = directory
        return [one for one in self._notices.due(self._webhooks.keys(), self._clock(), ROUND) if self._deliver(one)]

    def _note(self, notices: Iterable[Notice]) -> None:
        for notice in notices:
            told = [one.name for one in self._webhooks.values() if notice.type in one.events]
            if told:
                self._notices.add(notice, body_of(notice), told)

    def _deliver(self, one: Delivery) -> bool:
        """One attempt, unless somebody else makes it."""
        webhook, now = self._webhooks[one.webhook], self._clock()
        after = now + BACKOFF[one.attempts] if one.attempts < len(BACKOFF) else None
        if not self._notices.claim(one, after):
            return False
        try:
            said = webhook.post(one.notice, now, one.body)
        except Fault as error:
            log.warning("webhook %s was not told of %s: %s", one.webhook, one.type, error)
            self._notices.settle(one, str(error), None)
        else:
            self._notices.settle(one, said, now)
        return True
