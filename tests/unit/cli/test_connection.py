"""How long and how slow the head of a request may be."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import uvicorn
from uvicorn.server import ServerState

from edi_gateway.cli import connection

_REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
_Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]]


async def _app(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def _said(talk: _Talk) -> bytes:
    """All that the server answers to what is said to it, until it closes the connection."""

    async def conversation() -> bytes:
        config = uvicorn.Config(_app, http=connection.BoundedProtocol, lifespan="off", log_config=None, ws="none")
        config.load()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: connection.BoundedProtocol(config, ServerState(), {}), host="127.0.0.1", port=0
        )
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
            try:
                return await asyncio.wait_for(talk(reader, writer), 20)
            finally:
                writer.close()

    return asyncio.run(conversation())


async def _all(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


def test_one_request_after_the_other_is_answered():
    async def talk(reader, writer):
        for _ in range(3):
            writer.write(_REQUEST + b"Content-Length: 4\r\n\r\nbody")
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        return b"done"

    assert _said(talk) == b"done"


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHosts: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nhOST: localhost\r\n\r\n",
        b"GET / HTTP/1.0\r\nHost: localhost\r\nHost: gateway\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: http://localhost/\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody",
    ],
)
def test_a_request_names_one_host(request_):
    # RFC 9112 §3.2
    async def talk(reader, writer):
        writer.write(request_)
        return await _all(reader)

    answer = _said(talk)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.endswith(b"\r\n\r\n" + connection.ONE_HOST.encode())


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: [2001:db8::1]:8443\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-Forwarded-Host: gw.example.com\r\nHost: gw_1.example.com:8443\r\n\r\n",
    ],
)
def test_hosts_that_are_named_rightly_are_answered(head):
    async def talk(reader, writer):
        writer.write(head)
        return await reader.readuntil(b"ok")

    assert _said(talk).startswith(b"HTTP/1.1 200 ")


def test_what_is_wrong_otherwise_is_not_said_to_be_the_host():
    async def talk(reader, writer):
        writer.write(b"nonsense\r\n\r\n")
        return await _all(reader)

    assert connection.ONE_HOST.encode() not in _said(talk)


@pytest.mark.parametrize("line", [b"X-Long: " + b"x" * 1000, b"X-Many: x\r\n" * 100])
def test_headers_without_end_are_refused(line):
    async def talk(reader, writer):
        answer = asyncio.create_task(_all(reader))
        writer.write(_REQUEST)
        while not answer.done():
            writer.write(line)
            await asyncio.sleep(0)
        return await answer

    # Whoever goes on sending may see the connection reset instead of the answer.
    assert _said(talk).split(b"\r\n")[0] in (b"HTTP/1.1 431 Request Header Fields Too Large", b"")


def test_headers_that_come_a_byte_at_a_time_are_given_up(monkeypatch):
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.2)

    async def talk(reader, writer):
        answer = asyncio.create_task(_all(reader))
        writer.write(_REQUEST)
        while not answer.done():
            writer.write(b"x")
            await asyncio.sleep(0.02)
        return await answer

    assert _said(talk).split(b"\r\n")[0] in (b"HTTP/1.1 408 Request Timeout", b"")


def test_a_silent_connection_is_closed(monkeypatch):
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.2)

    async def talk(reader, writer):
        return await _all(reader)

    assert _said(talk).startswith(b"HTTP/1.1 408 ")


def test_headers_that_never_end_are_given_up(monkeypatch):
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.2)

    async def talk(reader, writer):
        writer.write(_REQUEST)
        return await _all(reader)

    assert _said(talk).startswith(b"HTTP/1.1 408 ")


def test_an_answer_that_takes_long_is_waited_for(monkeypatch):
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.1)

    async def talk(reader, writer):
        writer.write(_REQUEST + b"Content-Length: 2\r\n\r\n1")
        await asyncio.sleep(0.5)
        writer.write(b"2")
        return await reader.readuntil(b"ok")

    assert _said(talk).startswith(b"HTTP/1.1 200 ")
