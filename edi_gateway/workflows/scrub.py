"""The audit that never ends: a slice of the ledger at a time, from the first entry to the head and round again."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from edi_gateway.errors import Misuse, Unproven
from edi_gateway.model.moment import timestamp
from edi_gateway.workflows.ports import InspectableLedger, State
from edi_gateway.workflows.verify import Verification, given_from
from edi_gateway.workflows.verify_heads import Given, Source
from edi_gateway.workflows.verify_state import from_state, to_state

Signed = Callable[[int, int], object]
"""Holds what is kept of signatures against the trees with more entries than the first number, and at most as many as
the second. Raises Unproven, Fault."""


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """What the rounds have come to. `position`: entries looked at in this round; `size`, `ended_at`: of the last whole
    round. `failure` says what does not hold, and `index` where; None while all does. `failures` counts such findings.
    """

    position: int = 0
    size: int = 0
    ended_at: str | None = None
    failure: str | None = None
    index: int | None = None
    failures: int = 0

    @property
    def verified(self) -> int:
        """Entries that held when they were looked at last, with none before them that did not."""
        return self.position if self.failure else max(self.position, self.size)


def scrubbed(status: State) -> Scrubbed:
    """What the rounds have come to, as it is kept for others to see. Raises Fault."""
    found = status.read()
    try:
        return Scrubbed(**json.loads(found)) if found else Scrubbed()
    except (ValueError, TypeError):
        # It is only ever a report: the next slice writes another.
        return Scrubbed()


class Scrubber:
    """Looks at `limit` entries whenever it is run, and with `signed` at the signatures of their trees.

    `progress` is kept to go on with, `status` for others to see."""

    def __init__(
        self,
        ledger: InspectableLedger,
        origin: str,
        sources: Mapping[str, Source],
        signed: Signed,
        kept: tuple[State, State],
        limit: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._ledger = ledger
        self._origin = origin
        self._sources = sources
        self._signed = signed
        self._progress, self._status = kept
        self._limit = limit
        self._clock = clock
        self._verification: Verification | None = None
        self._given: tuple[Given, ...] = ()

    def run(self) -> None:
        """Look at the next slice. Raises Unproven for what does not hold, once that is written down; and Fault.

        What does not hold is looked at again the next time: a round goes no further until it is mended.
        """
        status = scrubbed(self._status)
        try:
            ended = self._slice()
        except Unproven as error:
            at = self._verification.at if self._verification else status.position
            self._verification = None
            new = status.failure != str(error)
            failed = replace(status, failure=str(error), index=at, failures=status.failures + new)
            self._write(failed)
            raise
        position = self._verification.position if self._verification else 0
        status = replace(status, position=position, failure=None, index=None)
        if ended:
            self._verification = None
            self._progress.remove()
            status = replace(status, position=0, size=position, ended_at=timestamp(self._clock()))
        self._write(status)

    def _slice(self) -> bool:
        """Tell whether that was the last of its round."""
        verification = self._going_on()
        start = verification.position
        with self._ledger.inspecting() as inspection:
            more = verification.take(inspection, self._limit, self._given)
            if not more:
                verification.end(inspection, self._given)
        # That of the empty tree, too.
        self._signed(start if start else -1, verification.position)
        if more:
            self._progress.write(to_state(verification))
        return not more

    def _going_on(self) -> Verification:
        if self._verification is None:
            self._verification = self._begun() or Verification(self._origin, full=True)
            self._given = given_from(self._sources, self._verification.position)
        return self._verification

    def _begun(self) -> Verification | None:
        state = self._progress.read()
        try:
            return from_state(state, self._origin, True, self._ledger) if state else None
        except (Misuse, Unproven):
            # Whatever is the matter, a round from the first entry on finds it, and says where.
            self._progress.remove()
            return None

    def _write(self, status: Scrubbed) -> None:
        self._status.write(json.dumps(asdict(status)).encode())
