"""Whether what was published, and what others said of it, is kept as it was."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from edi_gateway.errors import Unproven
from edi_gateway.ledger import cosignature
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.note import Verifier
from edi_gateway.model.publication import Cosignature, Publication, Timestamp
from edi_gateway.timestamps.token import Roots
from edi_gateway.workflows.acknowledge import open_head
from edi_gateway.workflows.notary import Notary
from edi_gateway.workflows.ports import Publications, Timestamps
from edi_gateway.workflows.timestamp import check_stored
from edi_gateway.workflows.witnessed import key_name


@dataclass(frozen=True, slots=True)
class Published:
    """Publications, and whom to believe what stands beside them: witnesses' keys, and authorities' roots by name.

    What is kept of others than these is not looked at: nobody here could tell whether it holds.
    """

    publications: Publications
    timestamps: Timestamps
    notary: Notary
    witnesses: Collection[Verifier]
    roots: Mapping[str, Roots]

    def checkpoints(self) -> Iterator[Checkpoint]:
        """What was published, from the smallest size on, each checked. Raises Unproven at the first that is wrong.

        One that was deleted is missed where what others said of it was left: nothing else names it.
        """
        orphaned = self.publications.orphaned()
        if orphaned is not None:
            raise Unproven(f"what was published at size {orphaned} is gone: others vouched for it")
        for one in self.publications.ascending():
            yield self._checked(one)

    def _checked(self, one: Publication) -> Checkpoint:
        try:
            found = open_head(self.notary, one.note)
            if (found.size, found.root) != (one.size, one.root):
                raise Unproven("its note is of another tree")
            for kept in self.publications.cosignatures(one.size):
                self._check_cosignature(found, kept)
            self._check_timestamps(one)
        except Unproven as error:
            raise Unproven(f"what was published at size {one.size} does not hold: {error}") from error
        return found

    def _check_cosignature(self, found: Checkpoint, kept: Cosignature) -> None:
        known = [one for one in self.witnesses if key_name(one) == kept.witness]
        if known:
            cosignature.verify(found, kept.line.encode(), known)

    def _check_timestamps(self, one: Publication) -> None:
        by_authority: dict[str, list[Timestamp]] = {}
        for stamped in self.timestamps.of(one.size):
            by_authority.setdefault(stamped.authority, []).append(stamped)
        for authority, stamped_by in by_authority.items():
            if authority in self.roots:
                check_stored(one, stamped_by, self.roots[authority])
