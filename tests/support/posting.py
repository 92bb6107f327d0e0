"""A gateway's sequencer, and answers of it that are receipts."""

from concurrent.futures import Future

from edi_gateway.gateway import Gateway
from edi_gateway.ledger.sequencer import Sequencer
from edi_gateway.model.record import Examined, Recorded, Submission
from edi_gateway.workflows.check import check_receipt


class Queue:
    """A gateway's sequencer, as a worker has it."""

    def __init__(self, gateway: Gateway) -> None:
        self.reloads = 0
        self._gateway = gateway
        self._sequencer: Sequencer[Submission, Recorded] = Sequencer(
            gateway.recorder.record, self._reload, lambda: None, 1000
        )

    def _reload(self) -> None:
        self.reloads += 1
        self._gateway.recorder.reload()

    def post(self, *batch: Examined) -> list[Recorded | BaseException]:
        answers: list[Future[Recorded]] = [Future() for _ in batch]
        for one, answer in zip(batch, answers, strict=True):
            self._sequencer.submit(one, answer)
        self._sequencer.run()
        return [answer.exception(0) or answer.result(0) for answer in answers]


def checked(gateway: Gateway, answer: Recorded | BaseException) -> Recorded:
    """An answer that is a receipt, and holds."""
    assert isinstance(answer, Recorded), answer
    check_receipt(answer.receipt, gateway.notary.verifier.vkey)
    return answer
