"""Several processes that serve from one address: forked, watched, replaced when they die, stopped together.

They are forked once all is imported and compiled, so that a worker starts in milliseconds and shares that memory. Each
holds the end of a pipe that closes with the supervisor, however that ends: none outlives it, and keeps its address.
"""

import gc
import logging
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Thread

LOOK_AROUND = 0.5
"""Seconds between two looks at who has died."""

_STOPPING = (signal.SIGTERM, signal.SIGINT)

log = logging.getLogger("edi_gateway.workers")

Work = Callable[[Callable[[], None]], bool]
"""Serves until SIGTERM; calls its argument once it does serve. Returns whether it ever did."""


@dataclass(frozen=True, slots=True)
class _Crew:
    """The workers by their process ids, the two ends of the pipe that tells them that the supervisor is there, and the
    end to read of the one that tells it to stop."""

    asked: int
    lifeline: tuple[int, int]
    workers: dict[int, Work] = field(default_factory=dict)


def supervise(works: Sequence[Work], ready: Callable[[], None], grace: float) -> bool:
    """Run each of `works` in a process of its own until SIGTERM or SIGINT; `ready` is called when all serve.

    Returns False when a worker could not start at first. One that dies later is replaced. After `grace` seconds,
    those that have not stopped are killed. Call it while this process has no threads.
    """
    asked, ask = os.pipe()
    for number in _STOPPING:
        # Nothing but a write: a handler may run while this very thread holds a lock, that of an Event among them.
        signal.signal(number, lambda *_: os.write(ask, b"1"))
    gc.freeze()
    crew = _Crew(asked, os.pipe())
    try:
        if not all(_start(work, crew) for work in works):
            return False
        if not _is_asked(crew, 0):
            ready()
        while not _is_asked(crew, LOOK_AROUND):
            for pid, work in _reap(crew.workers).items():
                log.error("worker %d died; it is replaced", pid)
                _start(work, crew)
        return True
    finally:
        _end(crew.workers, grace)


def _is_asked(crew: _Crew, seconds: float) -> bool:
    """Whether all is to stop; waits for it."""
    return select.select([crew.asked], [], [], seconds)[0] != []


def _start(work: Work, crew: _Crew) -> bool:
    """Fork a worker, and wait until it serves, is gone, or all is to stop. False where it is gone."""
    reader, writer = os.pipe()
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _work(work, writer, crew.lifeline)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
    crew.workers[pid] = work
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        # One that hangs while it starts must not keep the supervisor from being stopped.
        heard = select.select([reader, crew.asked], [], [])[0]
        return reader not in heard or pipe.read(1) != b""


def _work(work: Work, writer: int, lifeline: tuple[int, int]) -> None:
    """What a worker does, from fork to end: it must not return into the supervisor's code."""
    code = 1
    try:
        for number in _STOPPING:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
        os.close(lifeline[1])
        Thread(target=_end_with_supervisor, args=(lifeline[0],), daemon=True).start()
        code = 0 if work(lambda: _tell(writer)) else 1
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    except BaseException:
        log.exception("a worker failed")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _end_with_supervisor(lifeline: int) -> None:
    """Nothing is ever written: what is read is the end, once the supervisor is gone."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _tell(writer: int) -> None:
    os.write(writer, b"1")
    os.close(writer)


def _reap(workers: dict[int, Work]) -> dict[int, Work]:
    """The workers that have ended, and what they did; they are workers no more."""
    return {pid: workers.pop(pid) for pid in list(workers) if os.waitpid(pid, os.WNOHANG)[0]}


def _end(workers: dict[int, Work], grace: float) -> None:
    for pid in workers:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while workers and time.monotonic() < deadline:
        _reap(workers)
        time.sleep(0.02)
    for pid in workers:
        log.error("worker %d did not stop within %g seconds; it is killed", pid, grace)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
