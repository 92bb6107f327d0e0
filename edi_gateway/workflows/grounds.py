"""Why a root vouches for a key, kept for as long as nothing changes: partners send the same certificates each time.

Only what doesn't depend on the moment is kept. Whether certificates are valid then, and what CRLs and OCSP responses
say of them then, is judged at every look-up.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.transmission import KeyName
from edi_gateway.partners.keyring import Directory
from edi_gateway.trust.revocation import Told, standing_at

MAX_KEPT = 2048
MAX_SIZE = 16_384
"""Octets of all that a signature says of its signer: what is larger isn't kept. What is unlike others isn't lost, but
looked for anew, and what leads to no root is never kept: whoever makes up certificates gains little."""

Said = tuple[Sequence[KeyName], tuple[bytes, ...]]
"""All that a signature says of its signer: the names of its key, and the certificates that it brings."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A key that is vouched for, and what is told of each certificate below the root.

    The path holds within `valid`, both moments included. Of what is kept on revocations, `told` is the newest for all
    moments from `since` on, and before `until`: then the next one counts that is kept already.
    """

    key: PartnerKey
    valid: tuple[datetime, datetime]
    told: tuple[Told, ...]
    since: datetime | None
    until: datetime | None

    def key_at(self, at: datetime) -> PartnerKey | None:
        """The key, with what was known of its certificates at that moment; None: look for it anew."""
        if not self.valid[0] <= at <= self.valid[1]:
            return None
        if (self.since and at < self.since) or (self.until and at >= self.until):
            return None
        known = self.key.vouched
        assert known
        standings = tuple([standing_at(one, at, known.root.grace) for one in self.told])
        return (
            self.key if standings == known.standings else replace(self.key, vouched=replace(known, standings=standings))
        )


class Grounds:
    """Those of one directory: with the next one, which has other keys, roots, grants or revocations, all are gone.

    Used by several threads at once.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._directory: Directory | None = None
        self._kept: OrderedDict[Said, Ground] = OrderedDict()

    def find(self, directory: Directory, said: Said) -> Ground | None:
        with self._lock:
            found = self._kept.get(said) if directory is self._directory else None
            if found:
                self._kept.move_to_end(said)
        return found

    def keep(self, directory: Directory, said: Said, ground: Ground) -> None:
        names, certificates = said
        if sum(map(len, certificates)) + sum(len(name.value) for name in names) > MAX_SIZE:
            return
        with self._lock:
            if directory is not self._directory:
                self._directory = directory
                self._kept.clear()
            self._kept[said] = ground
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
