"""The process beside the workers: it publishes while they serve, is replaced when it dies, and leaves with them."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.integration.cli.test_serve import serving
from tests.support.shell import Shell

PATIENCE = 30.0


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDI_GATEWAY_PUBLISH_SECONDS", "0.1")


def _await(found: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _published(shell: Shell) -> int:
    with closing(sqlite3.connect(shell.folder / "data/gateway.db")) as database:
        return database.execute("SELECT coalesce(max(size), 0) FROM publications").fetchone()[0]


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_what_is_recorded_is_published_while_the_gateway_serves(trading: Shell) -> None:
    with serving(trading):
        _await(lambda: _published(trading) == 4)
        trading.ok("partner", "suspend", "acme")
        _await(lambda: _published(trading) == 5)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux: looks for children in /proc")
def test_a_publisher_that_is_killed_is_replaced(trading: Shell) -> None:
    with serving(trading, "--workers", "2") as (process, _):
        _await(lambda: _published(trading) == 4)
        before = _children(process.pid)
        os.kill(before[-1], signal.SIGKILL)
        _await(lambda: len(found := _children(process.pid)) == 3 and found != before)
        assert _children(process.pid)[:2] == before[:2]
        trading.ok("partner", "suspend", "acme")
        _await(lambda: _published(trading) == 5)
        process.terminate()
        _, log = process.communicate()
    assert f"worker {before[-1]} died; it is replaced" in log
    assert process.returncode == 0


def test_no_process_outlives_a_supervisor_that_is_killed(trading: Shell) -> None:
    with serving(trading, "--workers", "2") as (process, url):
        process.kill()
        # The pipes end once the last process that holds them has.
        process.communicate(timeout=PATIENCE)
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/healthz")
