"""Publishing: a checkpoint of the committed head, signed and kept, for others to vouch for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from edi_gateway.errors import Fault
from edi_gateway.ledger.proof import verify_consistency
from edi_gateway.ledger.stored import consistency_proof
from edi_gateway.ledger.tree import Head, check_head
from edi_gateway.model.publication import Publication
from edi_gateway.workflows.acknowledge import sign_head
from edi_gateway.workflows.notary import Notary
from edi_gateway.workflows.ports import Ledger, Publications


@dataclass(frozen=True)
class Publisher:
    """What publishing needs: the ledger, where publications are kept, who signs, and what time it is."""

    ledger: Ledger
    publications: Publications
    notary: Notary
    clock: Callable[[], datetime]

    def publish(self) -> bool:
        """Publish the head, if the ledger has grown since the last time. Safe to do on several hosts at once.

        (1) What was published before is read before the head, so that the head can only be further on.
        (2) The tree of the head must begin with the one published before: two checkpoints that contradict each other
            are never signed.
        (3) Only the committed head is signed.

        Raises Fault, or Unproven for a ledger that does not agree with what it published.
        """
        # (1)
        newest = self.publications.newest()
        head = self.ledger.head()
        check_head(head)
        if head.size == (newest.size if newest else 0):
            return False
        # (2)
        if newest:
            self._check_growth(newest, head)
        # (3)
        note = sign_head(self.notary, head)
        return self.publications.publish(Publication(head.size, head.root, note, self.clock()))

    def _check_growth(self, newest: Publication, head: Head) -> None:
        if head.size < newest.size:
            raise Fault(f"The ledger has {head.size} entries, but {newest.size} were published.")
        proof = consistency_proof(self.ledger, newest.size, head.size)
        verify_consistency(newest.size, head.size, newest.root, head.root, proof)
