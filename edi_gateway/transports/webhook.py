"""Webhooks over HTTP, signed as Standard Webhooks has it: HMAC-SHA-256 over id, time and body."""

import hmac
from base64 import b64encode
from datetime import datetime

import httpx

from edi_gateway.errors import Fault


class HttpWebhook:
    """Implements `workflows.notify.Webhook`. `timeout` in seconds, for each wait. What the answer says beside its
    status is not read.

    Nothing is posted anywhere but to `url`: redirections are refusals. `transport` replaces the network.
    """

    def __init__(
        self,
        name: str,
        url: str,
        secret: bytes,
        events: frozenset[str],
        timeout: float,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.name = name
        self.events = events
        self._url = url
        self._secret = secret
        self._timeout = timeout
        self._transport = transport

    def post(self, id: str, at: datetime, body: bytes) -> str:
        stamp = str(int(at.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Webhook-Id": id,
            "Webhook-Timestamp": stamp,
            "Webhook-Signature": signature(self._secret, id, stamp, body),
        }
        try:
            with (
                httpx.Client(
                    timeout=self._timeout, transport=self._transport, follow_redirects=False, trust_env=False
                ) as http,
                http.stream("POST", self._url, content=body, headers=headers) as response,
            ):
                status = response.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # Not the error's words: they may hold the URL, and that a password.
            kind = "did not answer in time" if isinstance(error, httpx.TimeoutException) else "can't be reached"
            raise Fault(f"it {kind} ({type(error).__name__})") from error
        if not 200 <= status < 300:
            raise Fault(f"it answered with HTTP status {status}")
        return f"HTTP status {status}"


def signature(secret: bytes, id: str, stamp: str, body: bytes) -> str:
    """The header of that name: `v1,` and base64 of the HMAC."""
    message = b".".join((id.encode(), stamp.encode(), body))
    return "v1," + b64encode(hmac.digest(secret, message, "sha256")).decode()
