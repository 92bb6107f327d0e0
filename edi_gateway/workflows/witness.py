"""Having a checkpoint cosigned by one witness."""

from collections.abc import Callable, Collection

from edi_gateway.errors import Fault
from edi_gateway.ledger import checkpoint, cosignature, note
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.note import Signature, Verifier
from edi_gateway.ledger.witnessing import Conflict, Request
from edi_gateway.workflows.witness_ports import Cosigner

MAX_TRIES = 3
"""Submissions of one checkpoint: a witness's latest size may change between two of them."""

Prove = Callable[[int, int], tuple[bytes, ...]]
"""The consistency proof from one size to another (`ledger.stored.consistency_proof`)."""


class Disputed(Fault):
    """A witness has cosigned a tree that this checkpoint does not grow from: one of the two has another past."""


class Overtaken(Fault):
    """A witness has cosigned a larger tree of this log already.

    Somebody else of us was faster, or this ledger was set back to an earlier state. `size` is what the witness names.
    """

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size


def submit(
    witness: Cosigner, verifiers: Collection[Verifier], signed: bytes, prove: Prove, known: int
) -> tuple[Signature, ...]:
    """Have a signed checkpoint cosigned; return the cosignatures by `verifiers`, each verified: one at least.

    `known` is the size that this witness cosigned last as far as we know, 0 if we don't. Raises Fault, Overtaken or
    Disputed, and Unproven where the answer is no cosignature of this checkpoint by a key that the witness is known by.
    """
    wanted = checkpoint.parse(note.text_of(signed))
    for _ in range(MAX_TRIES):
        answer = witness.add_checkpoint(_request(wanted, signed, prove, known))
        if not isinstance(answer, Conflict):
            return cosignature.verify(wanted, answer, verifiers)
        known = answer.size
    raise Fault(f"A witness named {MAX_TRIES} times another size than the one that it had named before.")


def _request(wanted: Checkpoint, signed: bytes, prove: Prove, known: int) -> Request:
    if known > wanted.size:
        message = f"A witness has cosigned {wanted.origin} at size {known}, which is more than {wanted.size}."
        raise Overtaken(message, known)
    return Request(known, prove(known, wanted.size) if known else (), signed)
