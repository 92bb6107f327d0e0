"""Group commit: takes all that waits, has it recorded in one go, and answers everybody.

The sequencer knows nothing of what it records, nor where it runs: whoever drives it calls `run` when `wake` asked for
it — an event loop between two requests, a thread, a process of its own. A batch is whatever arrived since the last
run began; there is no timer.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import InvalidStateError
from contextlib import suppress
from threading import Lock
from typing import Generic, Protocol, TypeVar

from edi_gateway.errors import Fault

MAX_BATCH = 256
"""Items recorded in one go, so that nobody waits behind an endless commit."""

S = TypeVar("S")
R = TypeVar("R")
R_contra = TypeVar("R_contra", contravariant=True)


class Answer(Protocol[R_contra]):
    """Where a result goes: `asyncio.Future` and `concurrent.futures.Future` are both that."""

    def done(self) -> bool: ...
    def set_result(self, result: R_contra, /) -> None: ...
    def set_exception(self, exception: BaseException, /) -> None: ...


class CommitUnknown(Fault):
    """The commit may or may not have taken effect: nothing more is recorded until the ledger has been read anew."""


class Unavailable(Fault):
    """Nothing was recorded, nor would anything else have been: it is of no use to try the items one by one."""


class Overloaded(Fault):
    """Too much is waiting already; refused before anything was taken on."""


class Sequencer(Generic[S, R]):
    """Serialises all that is recorded by one process.

    `record` makes a batch durable and returns a result for each item, in order: all of it, or none. A Fault among the
    results is that item's alone: it is as durable as the others, but can't be answered. It raises CommitUnknown when
    it can't tell, and Unavailable when no batch would fare better. `reload` reads the ledger's head back and verifies
    it; it raises when it can't. `wake` is called once whenever something begins to wait.
    """

    def __init__(
        self,
        record: Callable[[Sequence[S]], Sequence[R | Fault]],
        reload: Callable[[], None],
        wake: Callable[[], None],
        max_waiting: int,
    ) -> None:
        self._record = record
        self._reload = reload
        self._wake = wake
        self._max_waiting = max_waiting
        self._waiting: deque[tuple[S, Answer[R]]] = deque()
        self._lock = Lock()
        self._awake = False
        self._poisoned = False

    def submit(self, item: S, answer: Answer[R]) -> None:
        """Queue an item; `answer` gets its result, or a Fault. Raises Overloaded instead when the queue is full."""
        with self._lock:
            if len(self._waiting) >= self._max_waiting:
                raise Overloaded(f"{self._max_waiting} documents are waiting to be recorded.")
            self._waiting.append((item, answer))
            wake, self._awake = not self._awake, True
        if wake:
            self._wake()

    @property
    def waiting(self) -> int:
        """How many items the next run will find."""
        return len(self._waiting)

    def run(self) -> None:
        """Record all that waits now. Returns when the queue is empty."""
        while batch := self._take():
            self._settle(batch)

    def _take(self) -> list[tuple[S, Answer[R]]]:
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_BATCH))]
            self._awake = bool(batch)
        return batch

    def _settle(self, batch: list[tuple[S, Answer[R]]]) -> None:
        try:
            results = self.record_now([item for item, _ in batch])
        except (CommitUnknown, Unavailable) as error:
            _fail(batch, error)
        except Exception as error:
            # Surely rolled back. One bad item must not take the others down: halving finds it.
            if len(batch) == 1:
                _fail(batch, _fault_of(error))
                return
            middle = len(batch) // 2
            self._settle(batch[:middle])
            self._settle(batch[middle:])
        else:
            for (_, answer), result in zip(batch, results, strict=True):
                _give(answer, result)

    def record_now(self, items: Sequence[S]) -> Sequence[R | Fault]:
        """Record a batch here and now, past the queue. For callers that have nobody to share a commit with."""
        if self._poisoned:
            self._reload()
            self._poisoned = False
        try:
            return self._record(items)
        except CommitUnknown:
            self._poisoned = True
            raise


def _fault_of(error: Exception) -> Fault:
    if isinstance(error, Fault):
        return error
    fault = Fault(f"recording failed: {error!r}")
    fault.__cause__ = error
    return fault


def _fail(batch: list[tuple[S, Answer[R]]], fault: Fault) -> None:
    for _, answer in batch:
        _give(answer, fault)


def _give(answer: Answer[R], result: R | Fault) -> None:
    # Whoever asked may have gone away, even between the question and the answer; what was recorded stays recorded.
    with suppress(InvalidStateError):
        if answer.done():
            return
        if isinstance(result, Fault):
            answer.set_exception(result)
        else:
            answer.set_result(result)
