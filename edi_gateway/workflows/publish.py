"""Publishing: a checkpoint of the committed head, signed and kept, for others to vouch for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from edi_gateway.errors import Fault
from edi_gateway.ledger import cosignature
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.proof import verify_consistency
from edi_gateway.ledger.proven import Memory, Proven
from edi_gateway.ledger.stored import consistency_proof
from edi_gateway.model.publication import Publication
from edi_gateway.workflows.acknowledge import sign_head
from edi_gateway.workflows.notary import Notary
from edi_gateway.workflows.ports import Ledger, Publications


@dataclass(frozen=True)
class Publisher:
    """What publishing needs: the ledger, where publications are kept, who signs, and what time it is.

    `mldsa_key` is the ledger's second key, for signatures that a quantum computer could not forge.
    """

    ledger: Ledger
    publications: Publications
    notary: Notary
    memory: Memory
    clock: Callable[[], datetime]
    mldsa_key: MLDSA44PrivateKey | None = field(default=None, repr=False)

    def publish(self) -> bool:
        """Publish the head, if the ledger has grown since the last time. Safe to do on several hosts at once.

        (1) What was published before is read before the head, so that the head can only be further on.
        (2) The tree of the head must begin with the one published before: two checkpoints that contradict each other
            are never signed.
        (3) Only the committed head is signed, once it is proved.

        Raises Fault, or Unproven for a ledger that does not agree with what it published.
        """
        # (1)
        newest = self.publications.newest()
        head = self.memory.newest()
        if head.size == (newest.size if newest else 0):
            return False
        # (2)
        if newest:
            self._check_growth(newest, head)
        # (3)
        now = self.clock()
        return self.publications.publish(Publication(head.size, head.root, self._sign(head, now), now))

    def _check_growth(self, newest: Publication, head: Proven) -> None:
        if head.size < newest.size:
            raise Fault(f"The ledger has {head.size} entries, but {newest.size} were published.")
        proof = consistency_proof(self.ledger, newest.size, head.size)
        verify_consistency(newest.size, head.size, newest.root, head.root, proof)

    def _sign(self, head: Proven, now: datetime) -> bytes:
        """With the second key as a cosignature under the ledger's own name (c2sp.org/tlog-cosignature)."""
        note = sign_head(self.notary, head)
        if self.mldsa_key is None:
            return note
        name = self.notary.origin
        signed = Checkpoint(name, head.size, head.root)
        line = cosignature.cosign(name, self.mldsa_key, signed, int(now.timestamp())).line.encode()
        cosignature.verify(signed, line, [cosignature.cosigner(name, self.mldsa_key.public_key())])
        return note + line
