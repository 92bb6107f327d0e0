"""A load generator: posts prepared bodies over keep-alive HTTP/1.1 and times every answer.

Open loop: a request's latency counts from the moment at which it was due, whether or not a connection was free, so that
a server that stalls can't hide behind a client that waits for it.
"""

import asyncio
import re
import statistics
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass
class Load:
    """What a run measured. Latencies in seconds, in the order of the answers."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, percent: int) -> float:
        return statistics.quantiles(self.latencies, n=100, method="inclusive")[percent - 1]


class _Connection(asyncio.Protocol):
    """One keep-alive connection with one request under way at a time."""

    def __init__(self, run: "_Run") -> None:
        self._run = run
        self._received = b""
        self._due = 0.0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name

    def send(self, request: bytes, due: float) -> None:
        self._due = due
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        length = _LENGTH.search(self._received, 0, end + 2) if end >= 0 else None
        if length is None or len(self._received) < end + 4 + int(length[1]):
            return
        status = int(self._received[9:12])
        self._received = b""
        self._run.answered(self, status, self._due)

    def connection_lost(self, exc: Exception | None) -> None:
        self._run.lost(exc)


class _Run:
    def __init__(self, requests: Sequence[bytes], total: int) -> None:
        self.load = Load()
        self._requests = iter(requests)
        self._waiting: deque[tuple[bytes, float]] = deque()
        self._free: deque[_Connection] = deque()
        self._left = total
        self._closed_loop = False
        self.finished = asyncio.get_running_loop().create_future()

    async def closed(self, connections: list[_Connection]) -> None:
        """Every connection sends its next request as soon as it has its answer: finds the peak."""
        self._closed_loop = True
        for connection in connections:
            self._next(connection)
        await self.finished

    async def open(self, connections: list[_Connection], rate: float) -> None:
        """A request is due every 1/rate seconds."""
        self._free = deque(connections)
        start = time.perf_counter()
        for number, request in enumerate(self._requests):
            due = start + number / rate
            if (pause := due - time.perf_counter()) > 0:
                await asyncio.sleep(pause)
            if self._free:
                self._free.popleft().send(request, due)
            else:
                self._waiting.append((request, due))
        await self.finished

    def _next(self, connection: _Connection) -> None:
        request = next(self._requests, None)
        if request is not None:
            connection.send(request, time.perf_counter())

    def answered(self, connection: _Connection, status: int, due: float) -> None:
        self.load.latencies.append(time.perf_counter() - due)
        self.load.statuses[status] += 1
        self._left -= 1
        if self._left == 0:
            self.finished.set_result(None)
        elif self._closed_loop:
            self._next(connection)
        elif self._waiting:
            connection.send(*self._waiting.popleft())
        else:
            self._free.append(connection)

    def lost(self, error: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_exception(error or ConnectionError("the server closed a connection"))


def request_bytes(body: bytes, content_type: str, path: str = "/v1/documents") -> bytes:
    """One HTTP/1.1 request, ready to be sent."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


async def post(port: int, requests: Sequence[bytes], connections: int, rate: float | None = None) -> Load:
    """Send the requests to 127.0.0.1:port: at `rate` a second, or as fast as they are answered."""
    loop = asyncio.get_running_loop()
    run = _Run(requests, len(requests))
    opened = [
        (await loop.create_connection(lambda: _Connection(run), "127.0.0.1", port))[1] for _ in range(connections)
    ]
    start = time.perf_counter()
    await (run.closed(opened) if rate is None else run.open(opened, rate))
    run.load.seconds = time.perf_counter() - start
    for connection in opened:
        connection.transport.abort()
    return run.load
