"""A connection whose requests begin within bounds: what uvicorn leaves open, in size and in time.

Once the head of a request is there, its reader sets the bounds for the body.
"""

import asyncio
import re
from operator import itemgetter
from typing import Final

from httptools import HttpParserError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from edi_gateway.model.request import PEER, Peer

MAX_HEAD: Final = 64 * 2**10
"""Bytes of a request's line and headers, or of whatever else brings a request no further, besides one read's."""
HEAD_SECONDS: Final = 30
"""How long they may take to arrive; as long, a new connection may be silent."""

ONE_HOST: Final = "A request names one Host, which may have a port."

_HOST: Final = re.compile(rb"[\w.~!$&'()*+,;=%:\[\]-]*")
"""The octets of `uri-host [ ":" port ]` (RFC 9110 §7.2, RFC 3986 §3.2.2)."""
_NAME: Final = itemgetter(0)
_REFUSAL: Final = b"HTTP/1.1 %s\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """Closes the connection, with 431 or 408, where a request's head is too long or too slow; without one Host, 400."""

    _advanced = False
    _idle_bytes = 0
    _idle_since: float | None = None
    _watching: asyncio.TimerHandle | None = None
    _hosts_wrong = False
    _peer: Peer

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        # None where none was shown: it is only asked for with `tls_client_ca`, and verified before anything is read.
        shown = tls.getpeercert(binary_form=True) if tls else None
        self._peer = Peer(self.client[0] if self.client else "", shown)
        self._idle_since = self.loop.time()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watching:
            self._watching.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._advanced = False
        super().data_received(data)
        if self._advanced:
            self._idle_bytes, self._idle_since = 0, None
            return
        self._idle_bytes += len(data)
        if self._idle_since is None:
            self._idle_since = self.loop.time()
        if self._idle_bytes > MAX_HEAD:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_headers_complete(self) -> None:
        self._advanced = True
        names = [*map(_NAME, self.headers)]
        hosts = names.count(b"host")
        # RFC 9112 §3.2; only HTTP/1.0 knows requests without a Host.
        if hosts == 1:
            wrong = not _HOST.fullmatch(self.headers[names.index(b"host")][1])
        else:
            wrong = hosts > 1 or self.parser.get_http_version() != "1.0"
        if wrong:
            self._hosts_wrong = True
            raise HttpParserError  # the parser stops, and uvicorn answers
        self.scope[PEER] = self._peer  # type: ignore[typeddict-unknown-key] # whatever a server adds
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._advanced = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._advanced = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        super().send_400_response(ONE_HOST if self._hosts_wrong else msg)

    def _watch(self) -> None:
        """One timer for a connection, not for each of its requests: those are many."""
        now = self.loop.time()
        if self._answering:
            self._idle_since = None
        if self._idle_since is not None and now - self._idle_since >= HEAD_SECONDS:
            self._refuse(b"408 Request Timeout")
        else:
            self._watching = self.loop.call_later(HEAD_SECONDS / 4, self._watch)

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _refuse(self, status: bytes) -> None:
        if not self.transport.is_closing():
            if not self._answering:
                self.transport.write(_REFUSAL % status)
            self.transport.close()
