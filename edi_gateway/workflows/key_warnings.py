"""Warning in good time of partners' keys that end, and of old ones that are still in use though there is a new one.

A warning is given once for each band of days before the end, and once for each old key beside each new one. What was
said is remembered, so that neither a restart nor the next round says it again.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from edi_gateway.model.moment import timestamp
from edi_gateway.model.partner import PartnerKey
from edi_gateway.partners.keyring import Directory
from edi_gateway.workflows.key_archive import KeyArchive
from edi_gateway.workflows.key_life import ending
from edi_gateway.workflows.ports import DirectorySource, State

BANDS = (60, 30, 14, 7, 1)
"""Days before a key's end at which it is warned of."""

RECENT = 50
"""Of a partner's newest documents so many are looked at for the keys that verified them."""

log = logging.getLogger("edi_gateway.keys")


def band(key: PartnerKey, at: datetime) -> int | None:
    """The narrowest band that the key's end is within; None for a key that ends later, or has ended."""
    if key.ends_at is None or key.ends_at <= at:
        return None
    return min((days for days in BANDS if key.ends_at - at <= timedelta(days=days)), default=None)


def counts(directory: Directory, at: datetime) -> Mapping[int, int]:
    """How many keys end within each band's days: one that ends tomorrow is in all of them."""
    return {days: len(ending(directory, at, timedelta(days=days))) for days in BANDS}


@dataclass(frozen=True, slots=True)
class StillUsed:
    """A key that verified a document received at `received_at`, after a newer one of its partner's was recorded."""

    old: PartnerKey
    new: PartnerKey
    received_at: str


def still_used(archive: KeyArchive, directory: Directory, at: datetime) -> list[StillUsed]:
    """The older of each partner's valid keys that its newest documents are signed with all the same. Raises Fault."""
    found = []
    for partner, keys in sorted(directory.keys_of.items()):
        valid = [key for key in keys if key.purpose == "document-signature" and key.valid_at(at)]
        if len(valid) > 1:
            found += _older_in_use(archive, partner, sorted(valid, key=_active_since))
    return found


def _older_in_use(archive: KeyArchive, partner: str, keys: list[PartnerKey]) -> list[StillUsed]:
    newest = keys[-1]
    since = _active_since(newest)
    last = {one.key: one.received_at for one in reversed(archive.last_signed(partner, RECENT)) if one.index > since}
    return [StillUsed(key, newest, last[key.fingerprint]) for key in keys[:-1] if key.fingerprint in last]


def _active_since(key: PartnerKey) -> int:
    """The entry by which it became active."""
    return max((step.index for step in key.steps if step.type in ("key.added", "key.activated")), default=-1)


class KeyWarnings:
    """Says in the log what has to be said, when it is run. `told` is what was said before."""

    def __init__(
        self, directory: DirectorySource, archive: KeyArchive, told: State, clock: Callable[[], datetime]
    ) -> None:
        self._directory = directory
        self._archive = archive
        self._told = told
        self._clock = clock

    def run(self) -> None:
        """One event for each thing that is new. Raises Fault."""
        directory, now = self._directory.refreshed(), self._clock()
        before, said = self._before(), {}
        for key in ending(directory, now, timedelta(days=BANDS[0])):
            days = band(key, now)
            said[key.fingerprint] = str(days)
            if before.get(key.fingerprint) != str(days):
                until = timestamp(key.ends_at) if key.ends_at else ""
                log.warning("key-ending partner=%s key=%s ends=%s days=%s", key.partner, key.fingerprint, until, days)
        for one in still_used(self._archive, directory, now):
            pair = f"{one.old.fingerprint} {one.new.fingerprint}"
            said[pair] = one.received_at
            if pair not in before:
                log.warning(
                    "key-still-used partner=%s key=%s new-key=%s last-used=%s",
                    one.old.partner,
                    one.old.fingerprint,
                    one.new.fingerprint,
                    one.received_at,
                )
        if said != before:
            self._told.write(json.dumps(said).encode())

    def _before(self) -> dict[str, str]:
        found = self._told.read()
        try:
            return dict(json.loads(found)) if found else {}
        except (ValueError, TypeError):
            # At worst, something is said twice.
            return {}
