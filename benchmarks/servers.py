"""Servers under test: real processes with real workers, started and stopped around a measurement."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PATIENCE = 30.0


@dataclass(frozen=True)
class Server:
    """A running server: its port, its process, and how long it took until it answered."""

    port: int
    pid: int
    seconds_to_ready: float

    def workers(self) -> list[int]:
        """The processes that serve: those that grew beyond a supervisor's size."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(child) for child in children if _cmdline(int(child)).find("resource_tracker") < 0] or [self.pid]

    def peak_memory(self) -> int:
        """The largest resident set that any worker has had, in bytes."""
        return max(_status(pid, "VmHWM") for pid in self.workers()) * 1024

    def cpu_seconds(self) -> float:
        """User and system time of all workers so far."""
        ticks = 0
        for pid in self.workers():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def _cmdline(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


def _status(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    return 0


@contextmanager
def running(application: str, workers: int, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Serve `application` (module:attribute, or `edi-gateway` for the command itself) until the block ends."""
    port = _free_port()
    if application == "edi-gateway":
        command = [sys.executable, "-m", "edi_gateway", "serve", "--port", str(port), "--workers", str(workers)]
    else:
        command = [sys.executable, "-m", "uvicorn", application, "--port", str(port), "--workers", str(workers)]
        command += ["--no-access-log", "--log-level", "warning", "--loop", "uvloop", "--http", "httptools"]
    start = time.perf_counter()
    process = subprocess.Popen(command, env=os.environ | dict(environment or {}), stdout=subprocess.DEVNULL)
    try:
        _await_answer(port, process, start)
        yield Server(port, process.pid, time.perf_counter() - start)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_PATIENCE)


def _free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


def _await_answer(port: int, process: subprocess.Popen[bytes], start: float) -> None:
    while time.perf_counter() - start < _PATIENCE:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with exit code {process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as opened:
                opened.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                if opened.recv(12).startswith(b"HTTP/1.1 "):
                    return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("the server did not answer in time")
