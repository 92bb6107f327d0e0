"""The supervisor forks, so it runs in a process of its own here; what it does is read from what its workers say."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

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


def _start(body: str, grace: float = 30) -> subprocess.Popen[str]:
    program = _PROGRAM.format(body=body, grace=grace)
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _lines(process: subprocess.Popen[str]) -> Iterator[list[str]]:
    assert process.stdout
    return (line.split() for line in process.stdout)


def _until_ready(lines: Iterator[list[str]]) -> set[int]:
    """Reads until all is ready: two workers and the supervisor have spoken, in any order."""
    heard = [next(lines) for _ in range(3)]
    assert ["ready"] in heard
    return {int(words[1]) for words in heard if words[0] == "serving"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_being_asked_to_stop_stops_all_workers(number: signal.Signals) -> None:
    with _start("return serve(tell)") as process:
        lines = _lines(process)
        workers = _until_ready(lines)
        assert len(workers) == 2
        process.send_signal(number)
        assert {int(words[1]) for words in lines if words[0] == "stopped"} == workers
    assert process.returncode == 0


def test_being_asked_to_stop_again_and_again_does_not_get_stuck() -> None:
    with _start("return serve(tell)") as process:
        workers = _until_ready(_lines(process))
        for _ in range(200):
            process.send_signal(signal.SIGTERM)
        out, _ = process.communicate()
    assert process.returncode == 0
    assert out.count("stopped") == len(workers)


def test_a_worker_that_dies_is_replaced() -> None:
    with _start("return serve(tell)") as process:
        lines = _lines(process)
        workers = _until_ready(lines)
        os.kill(min(workers), signal.SIGKILL)
        replacement = int(next(lines)[1])
        assert replacement not in workers
        process.terminate()
        stopped = {int(words[1]) for words in lines if words[0] == "stopped"}
        assert process.stderr
        assert f"worker {min(workers)} died" in process.stderr.read()
    assert stopped == {max(workers), replacement}


@pytest.mark.parametrize("body", ["return False", "raise ValueError('broken')", "sys.exit(3)"])
def test_workers_that_cannot_start_end_the_supervisor(body: str) -> None:
    with _start(body) as process:
        out, _ = process.communicate()
    assert (process.returncode, out) == (1, "")


def test_a_worker_that_does_not_stop_is_killed() -> None:
    body = "signal.signal(signal.SIGTERM, signal.SIG_IGN); tell(); say('serving', os.getpid()); signal.pause()"
    with _start(body, grace=0.1) as process:
        workers = _until_ready(_lines(process))
        process.terminate()
        _, errors = process.communicate()
    assert process.returncode == 0
    assert all(f"worker {pid} did not stop" in errors for pid in workers)
