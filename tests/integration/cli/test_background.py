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

from tests.support.programs import PATIENCE
from tests.support.servers import serving
from tests.support.shell import Shell


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDI_GATEWAY_PUBLISH_SECONDS", "0.1")


def _await(what: str, found: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < deadline, f"there was no end of waiting until {what}"
        time.sleep(0.02)


def _published(shell: Shell) -> int:
    with closing(sqlite3.connect(shell.folder / "data/gateway.db")) as database:
        return database.execute("SELECT coalesce(max(size), 0) FROM publications").fetchone()[0]


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_what_is_recorded_is_published_while_the_gateway_serves(trading: Shell) -> None:
    with serving(trading.folder):
        _await("all was published", lambda: _published(trading) == 4)
        trading.ok("partner", "suspend", "acme")
        _await("more was published", lambda: _published(trading) == 5)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux: looks for children in /proc")
def test_a_publisher_that_is_killed_is_replaced(trading: Shell) -> None:
    with serving(trading.folder, "--workers", "2") as (server, _):
        _await("all was published", lambda: _published(trading) == 4)
        before = _children(server.pid)
        os.kill(before[-1], signal.SIGKILL)
        _await("it was replaced", lambda: len(found := _children(server.pid)) == 3 and found != before)
        assert _children(server.pid)[:2] == before[:2]
        trading.ok("partner", "suspend", "acme")
        _await("more was published", lambda: _published(trading) == 5)
        assert server.end() == 0
        assert f"worker {before[-1]} died; it is replaced" in server.log


def test_no_process_outlives_a_supervisor_that_is_killed(trading: Shell) -> None:
    with serving(trading.folder, "--workers", "2") as (server, url):
        server.send(signal.SIGKILL)
        # What they say has an end once the last process that could say something has.
        server.ended()
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/healthz")
