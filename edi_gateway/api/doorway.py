"""What the doors share in one worker: the gateway, and the sequencer, run by the worker's own event loop."""

import asyncio
from collections import deque
from collections.abc import Sequence

from fastapi import Request

from edi_gateway.access.limits import Limiter
from edi_gateway.api import metrics
from edi_gateway.errors import Fault
from edi_gateway.gateway import Gateway
from edi_gateway.ledger.sequencer import Sequencer
from edi_gateway.model.record import Examined, Recorded, Submission
from edi_gateway.model.transmission import Transmission
from edi_gateway.syntax.pdf.inspection import AT_ONCE, may_hold

QUIET_TURNS = 4
"""Turns of the loop between a request's last octets and its submission: reading, starting, gathering, examining."""

THREAD_ABOVE = 100_000
"""Bytes. Smaller documents are examined on the event loop: their steps are too short for a thread to gain anything."""

LARGE_AT_ONCE = 4
"""Large documents that one worker examines and records at a time: each may take many times its size in memory."""

TOGETHER = 16
"""Small documents that are examined side by side: more of them would no longer fit into a processor's caches."""

GATHERED = 64
"""Submissions for which a commit waits no longer: the first of them has waited for the examining of all."""


class Doorway:
    """Commits run on the event loop, between requests: whatever was examined since the last commit shares the next.

    Small documents are examined `TOGETHER` at a time. A commit begins when the loop has turned `QUIET_TURNS` times
    without anything new to record: what arrived while the last one was under way is examined first, and shares it. No
    timer is involved, and a request alone waits for nothing but the turns. A thread for commits would cost a hand-over
    for each.
    """

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.large = asyncio.Semaphore(LARGE_AT_ONCE)
        # PDFs wait for each other, and for nobody else: each may take its program for seconds.
        self.pdfs = asyncio.Semaphore(AT_ONCE)
        self.by_credential = Limiter(gateway.settings.reads_per_minute)
        self.by_address = Limiter(gateway.settings.address_reads_per_minute)
        self._loop = asyncio.get_running_loop()
        self._arrived: deque[tuple[Transmission, asyncio.Future[Recorded]]] = deque()
        self._sequencer: Sequencer[Submission, Recorded] = Sequencer(
            self._record_batch, gateway.recorder.reload, self._wake, gateway.settings.max_waiting
        )

    async def take_in(self, transmission: Transmission) -> Recorded:
        """Examine a small document, beside others that have arrived, and record it. Raises Rejection and Fault."""
        answer: asyncio.Future[Recorded] = self._loop.create_future()
        self._arrived.append((transmission, answer))
        if len(self._arrived) == 1:
            # Not now: whatever else has arrived in this turn of the loop comes along.
            self._loop.call_soon(self._examine)
        return await answer

    def _examine(self) -> None:
        group = [self._arrived.popleft() for _ in range(min(len(self._arrived), TOGETHER))]
        if self._arrived:
            self._loop.call_soon(self._examine)
        for (_, answer), examined in zip(group, self._examined([one for one, _ in group]), strict=True):
            try:
                if isinstance(examined, Exception):
                    raise examined
                self._sequencer.submit(examined, answer)
            except Exception as error:
                if not answer.done():  # whoever asked may have gone away
                    answer.set_exception(error)

    def _examined(self, group: Sequence[Transmission]) -> Sequence[Examined | Exception]:
        try:
            return self.gateway.examine_together(group)
        except Exception as error:
            # Nobody may be left without an answer, whatever it was.
            return [error] * len(group)

    def turn(self, content_type: str, body: bytes) -> asyncio.Semaphore | None:
        """Where a body waits until a thread may take it; None for one that the event loop takes itself.

        That must not wait for a PDF's program: where one was overlooked, it is met with `Apart`, and waits with PDFs.
        """
        if may_hold(content_type, body):
            return self.pdfs
        return self.large if len(body) > THREAD_ABOVE else None

    def _wake(self) -> None:
        self._loop.call_soon(self._gather, 0, QUIET_TURNS)

    def _gather(self, before: int, turns: int) -> None:
        waiting = self._sequencer.waiting
        turns = QUIET_TURNS if waiting > before else turns - 1
        if turns and waiting < GATHERED:
            self._loop.call_soon(self._gather, waiting, turns)
        else:
            self._sequencer.run()

    def _record_batch(self, batch: Sequence[Submission]) -> Sequence[Recorded | Fault]:
        metrics.BATCH_SIZE.observe(len(batch))
        return self.gateway.recorder.record(batch)

    async def record(self, submission: Submission) -> Recorded:
        """Raises Fault."""
        answer: asyncio.Future[Recorded] = self._loop.create_future()
        self._sequencer.submit(submission, answer)
        return await answer


async def doorway_of(request: Request) -> Doorway:
    """The doorway of the worker that answers this request. A coroutine only so that no thread is taken for it."""
    doorway: Doorway = request.app.state.doorway
    return doorway


async def gateway_of(request: Request) -> Gateway:
    """The gateway behind it."""
    return (await doorway_of(request)).gateway
