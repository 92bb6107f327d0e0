"""The supervisor forks, so it runs in a process of its own here; what it does is read from what its workers say."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from tests.support.programs import Program, running

_PROGRAM = """
import os, signal, sys, time
from edi_gateway.cli.workers import supervise

def work(tell):
    {body}

def say(*words):
    # One write is one line, whoever else writes.
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

def serve(tell):
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    tell()
    say("serving", os.getpid())
    while not stopped:
        time.sleep(0.02)
    say("stopped", os.getpid())
    return True

sys.exit(0 if supervise([work, work], lambda: say("ready"), {grace}) else 1)
"""


def _start(body: str, grace: float = 30) -> AbstractContextManager[Program]:
    return running([sys.executable, "-c", _PROGRAM.format(body=body, grace=grace)])


def _words(program: Program) -> Iterator[list[str]]:
    return (line.split() for line in program.lines())


def _until_ready(lines: Iterator[list[str]]) -> set[int]:
    """Reads until all is ready: two workers and the supervisor have spoken, in any order."""
    heard = [next(lines) for _ in range(3)]
    assert ["ready"] in heard
    return {int(words[1]) for words in heard if words[0] == "serving"}


def _stopped(lines: Iterator[list[str]]) -> set[int]:
    return {int(words[1]) for words in lines if words[0] == "stopped"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_being_asked_to_stop_stops_all_workers(number: signal.Signals) -> None:
    with _start("return serve(tell)") as supervisor:
        lines = _words(supervisor)
        workers = _until_ready(lines)
        assert len(workers) == 2
        supervisor.send(number)
        assert _stopped(lines) == workers
        assert supervisor.ended() == 0


def test_being_asked_to_stop_again_and_again_does_not_get_stuck() -> None:
    with _start("return serve(tell)") as supervisor:
        lines = _words(supervisor)
        workers = _until_ready(lines)
        for _ in range(200):
            supervisor.send(signal.SIGTERM)
        assert _stopped(lines) == workers
        assert supervisor.ended() == 0


def test_a_worker_that_dies_is_replaced() -> None:
    with _start("return serve(tell)") as supervisor:
        lines = _words(supervisor)
        workers = _until_ready(lines)
        os.kill(min(workers), signal.SIGKILL)
        replacement = int(next(lines)[1])
        assert replacement not in workers
        supervisor.send(signal.SIGTERM)
        assert _stopped(lines) == {max(workers), replacement}
        assert f"worker {min(workers)} died" in supervisor.log


def test_a_worker_that_hangs_while_it_starts_does_not_keep_the_supervisor_from_being_stopped() -> None:
    with _start("say('starting'); signal.pause()") as supervisor:
        assert supervisor.line() == "starting\n"
        assert supervisor.end() == 0
        assert supervisor.rest() == ""


@pytest.mark.parametrize("body", ["return False", "raise ValueError('broken')", "sys.exit(3)"])
def test_workers_that_cannot_start_end_the_supervisor(body: str) -> None:
    with _start(body) as supervisor:
        assert supervisor.rest() == ""
        assert supervisor.ended() == 1


def test_a_worker_that_does_not_stop_is_killed() -> None:
    body = "signal.signal(signal.SIGTERM, signal.SIG_IGN); tell(); say('serving', os.getpid()); signal.pause()"
    with _start(body, grace=0.1) as supervisor:
        workers = _until_ready(_words(supervisor))
        assert supervisor.end() == 0
        assert all(f"worker {pid} did not stop" in supervisor.log for pid in workers)
