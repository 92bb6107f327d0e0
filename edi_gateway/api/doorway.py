"""What the doors share in one worker: the gateway, and the sequencer, run by the worker's own event loop."""

import asyncio
from collections.abc import Sequence

from fastapi import Request

from edi_gateway.api import metrics
from edi_gateway.errors import Fault
from edi_gateway.gateway import Gateway
from edi_gateway.ledger.sequencer import Sequencer
from edi_gateway.model.record import Recorded, Submission


class Doorway:
    """Commits run on the event loop, between requests: whatever was examined since the last commit shares the next.

    A thread for them would gain nothing while commits are short, and cost a hand-over for each.
    """

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self._loop = asyncio.get_running_loop()
        self._sequencer: Sequencer[Submission, Recorded] = Sequencer(
            self._record_batch, gateway.recorder.reload, self._wake, gateway.settings.max_waiting
        )

    def _wake(self) -> None:
        self._loop.call_soon(self._sequencer.run)

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
