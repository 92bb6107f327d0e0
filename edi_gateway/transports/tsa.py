"""Timestamp authorities over HTTP (RFC 3161 §3.4)."""

from time import monotonic

import httpx

from edi_gateway.errors import Fault, Unproven
from edi_gateway.timestamps.reply import MAX_REPLY, granted, request
from edi_gateway.timestamps.token import Roots, Token, check_token

_HEADERS = {
    "Content-Type": "application/timestamp-query",
    "Accept": "application/timestamp-reply",
    "Accept-Encoding": "identity",
}


class HttpAuthority:
    """Implements `workflows.ports.TimestampAuthority`. `timeout` in seconds, for each wait and for the whole answer.

    The transport need not be secured: an answer counts by its signature, under `roots`. `transport` replaces the
    network.
    """

    def __init__(
        self, name: str, url: str, roots: Roots, timeout: float, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.name = name
        self.roots = roots
        self._url = url
        self._timeout = timeout
        self._transport = transport

    def stamp(self, message: bytes) -> tuple[bytes, Token]:
        asked = request(message)
        try:
            token = granted(self._post(asked.octets))
            return token, check_token(token, message, self.roots, asked.nonce)
        except Unproven as error:
            raise Fault(f"The timestamp authority {self.name} gave no timestamp that holds: {error}") from error

    def _post(self, query: bytes) -> bytes:
        deadline = monotonic() + self._timeout
        try:
            with (
                httpx.Client(timeout=self._timeout, transport=self._transport) as http,
                http.stream("POST", self._url, content=query, headers=_HEADERS) as response,
            ):
                return self._read(response, deadline)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # Not the error's words: they may hold the URL, and that a password.
            kind = "did not answer in time" if isinstance(error, httpx.TimeoutException) else "can't be reached"
            raise Fault(f"The timestamp authority {self.name} {kind} ({type(error).__name__}).") from error

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        if response.status_code != httpx.codes.OK:
            raise Fault(f"The timestamp authority {self.name} answered with HTTP status {response.status_code}.")
        reply = bytearray()
        for piece in response.iter_raw():
            reply += piece
            if len(reply) > MAX_REPLY:
                raise Fault(f"The timestamp authority {self.name} answered with more than {MAX_REPLY} bytes.")
            if monotonic() > deadline:
                raise Fault(f"The timestamp authority {self.name} took longer than {self._timeout:g} seconds.")
        return bytes(reply)
