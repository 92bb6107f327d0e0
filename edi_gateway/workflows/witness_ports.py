"""What the workflows need of witnesses."""

from typing import Protocol

from edi_gateway.ledger.witnessing import Conflict, Request


class Cosigner(Protocol):
    """A witness that can be asked to cosign (c2sp.org/tlog-witness)."""

    def add_checkpoint(self, request: Request) -> bytes | Conflict:
        """Lines with cosignatures, which nobody has verified yet; or the size from which growth is to be proved.

        Raises Fault where there is no answer to be had, Disputed where the witness holds the proof to be wrong.
        """

    def latest(self, origin: str) -> bytes | None:
        """The newest checkpoint of a log that it cosigned, as it shows it to anybody: nothing of it is verified.

        None where it shows none. Raises Fault.
        """
