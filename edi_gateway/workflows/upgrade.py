"""Receipts that others vouch for, too: the same statement, proved under a checkpoint that was published since."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from edi_gateway.errors import Misuse, Unproven
from edi_gateway.ledger.stored import inclusion_proof
from edi_gateway.model.publication import Publication
from edi_gateway.workflows.acknowledge import receipt
from edi_gateway.workflows.check import check_receipt, check_witnesses
from edi_gateway.workflows.ports import Publications, Timestamps
from edi_gateway.workflows.record import Recorder
from edi_gateway.workflows.timestamp import stamped_from
from edi_gateway.workflows.witnessed import Witnessed, cosigned_note

Level = Literal["witnessed", "timestamped"]


class NotOffered(Misuse):
    """This gateway has nobody to ask for receipts of this level."""


@dataclass(frozen=True)
class Upgrades:
    """Where receipts of higher levels come from. `timestamps` is None where no authority is asked for them."""

    recorder: Recorder
    publications: Publications
    witnessed: Witnessed | None
    timestamps: Timestamps | None
    clock: Callable[[], datetime]

    def receipt(self, index: int, level: Level) -> bytes | None:
        """The receipt of an entry at a level; None while there is no publication of that level with the entry.

        Its checkpoint carries the cosignatures of all witnesses that signed it so far. Raises NotOffered, LookupError
        for an entry that isn't there, Fault, and Unproven for a store that was tampered with.
        """
        published = self._publication(index + 1, level)
        if published is None:
            return None
        ledger = self.recorder.ledger
        entry, head = ledger.entry(index), self.recorder.memory.at(published.size)
        if head.root != published.root:
            raise Unproven(f"the tree of {head.size} entries is not the one that was published")
        path = inclusion_proof(ledger, index, head.size)
        note = cosigned_note(self.publications, published)
        given = receipt(self.recorder.notary, entry, path, head, note)
        checked = check_receipt(given, None)
        if level == "witnessed" and self.witnessed:
            check_witnesses(checked, self.witnessed.policy)
        return given

    def _publication(self, size: int, level: Level) -> Publication | None:
        if level == "witnessed":
            if self.witnessed is None or self.witnessed.policy.quorum is None:
                raise NotOffered("This gateway submits its checkpoints to no witnesses.")
            return self.witnessed.first_from(size)
        if self.timestamps is None:
            raise NotOffered("This gateway has its checkpoints stamped by no timestamp authority.")
        found = stamped_from(self.timestamps, size, self.clock())
        return self.publications.at(found) if found is not None else None
