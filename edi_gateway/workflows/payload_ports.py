"""What the workflows need of the keys that payloads are encrypted with."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from edi_gateway.ledger.sequencer import Unavailable
from edi_gateway.model.trail import Step


class PayloadKeyUnavailable(Unavailable):
    """A payload key can't be had: what is stored under it can't be read, nor anything be stored under it."""


class PayloadKeyUnknown(PayloadKeyUnavailable):
    """The database knows no such payload key."""


class PayloadKey(NamedTuple):
    """A key that wraps data keys: where it is, and since when it is known (RFC 3339).

    `retired_at`: no data key is wrapped by it any more, or it was given up as lost.
    """

    id: str
    source: str
    added_at: str
    retired_at: str | None
    in_force: bool


class WrappedKey(NamedTuple):
    """A document's data key, wrapped (40 bytes)."""

    document: str
    wrapped: bytes


class PayloadKeys(Protocol):
    """Which payload keys there are, and the data keys that they wrap. Every method raises Fault."""

    def known(self) -> tuple[PayloadKey, ...]:
        """All, oldest first."""

    def put_in_force(self, id: str, source: str, step: Step) -> None:
        """From now on nothing is stored under any other; `step` of the trail says so. Raises Taken for one that is
        known already.
        """

    def wrapped_by(self, id: str, after: str, limit: int) -> list[WrappedKey]:
        """Data keys that a payload key wraps, by their documents' ids, those after one id."""

    def rewrap(self, old: str, new: str, wrapped: Sequence[WrappedKey]) -> None:
        """Replace what `old` wrapped, in one transaction. A document that was erased meanwhile is passed over."""

    def retire(self, id: str, at: datetime) -> None:
        """Note that it wraps nothing any more. Raises Misuse where it does, or is in force."""

    def give_up(self, id: str, step: Step) -> None:
        """Note that it is lost, whatever it wraps. Raises Misuse where it is in force, or retired."""


class Rewrapper(Protocol):
    """What opens payload keys."""

    def unwrap(self, payload_key: str, wrapped: bytes) -> bytes:
        """Raises PayloadKeyUnavailable, and Unproven for what that key did not wrap."""

    def wrap(self, payload_key: str, data_key: bytes) -> bytes:
        """Raises PayloadKeyUnavailable."""
