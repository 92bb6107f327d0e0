"""Webhooks: what is posted, how it is signed, and which answers count."""

import base64
import hmac
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest

from edi_gateway.errors import Fault
from edi_gateway.transports.webhook import HttpWebhook, signature

SECRET = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
URL = "https://ops.example.com/hooks?token=hidden"
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def webhook(answer: Callable[[httpx.Request], httpx.Response]) -> HttpWebhook:
    return HttpWebhook("ops", URL, SECRET, frozenset({"key.revoked"}), 1.0, httpx.MockTransport(answer))


def test_the_body_is_posted_as_it_is_and_signed_with_id_and_time() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    assert webhook(answer).post("msg_1", AT, b'{"a":1}') == "HTTP status 204"
    (request,) = seen
    assert (request.method, str(request.url), request.content) == ("POST", URL, b'{"a":1}')
    assert request.headers["webhook-id"] == "msg_1"
    assert request.headers["webhook-timestamp"] == str(int(AT.timestamp()))
    signed = f"msg_1.{int(AT.timestamp())}.".encode() + b'{"a":1}'
    expected = base64.b64encode(hmac.digest(SECRET, signed, "sha256")).decode()
    assert request.headers["webhook-signature"] == f"v1,{expected}"


def test_another_body_time_or_id_has_another_signature() -> None:
    made = {
        signature(SECRET, *parts) for parts in [("1", "2", b"3"), ("1", "2", b"4"), ("1", "3", b"3"), ("2", "2", b"3")]
    }
    assert len(made) == 4


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 410, 429, 500, 503])
def test_only_success_counts_and_nothing_is_followed(status: int) -> None:
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(status, headers={"Location": "https://elsewhere.example.com/"})

    with pytest.raises(Fault, match=f"HTTP status {status}"):
        webhook(answer).post("msg_1", AT, b"{}")
    assert [str(url) for url in asked] == [URL]


@pytest.mark.parametrize("error", [httpx.ConnectError("hidden"), httpx.ReadTimeout("hidden")])
def test_what_goes_wrong_is_said_without_the_address(error: Exception) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(Fault) as caught:
        webhook(answer).post("msg_1", AT, b"{}")
    assert "hidden" not in str(caught.value)


def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 8192

    assert webhook(lambda _: httpx.Response(200, content=endless())).post("msg_1", AT, b"{}") == "HTTP status 200"
