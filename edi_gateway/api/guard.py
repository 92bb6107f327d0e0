"""Around every answer: headers that keep browsers from guessing, and a problem where something unforeseen happened."""

import logging

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edi_gateway.api import problems
from edi_gateway.api.signed import ASKED_METHOD

log = logging.getLogger(__name__)

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_RAW = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]


class Guard:
    """Plain ASGI: it costs a microsecond or two, where a middleware of Starlette's would cost hundreds."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # RFC 9110 §9.3.2: whatever can be read with GET can be asked about with HEAD.
        head = scope["method"] == "HEAD"
        if head:
            scope = {**scope, "method": "GET", ASKED_METHOD: "HEAD"}
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                said = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *[pair for pair in _RAW if pair[0] not in said]]
            elif head:
                message = {**message, "body": b""}
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except ClientDisconnect:
            log.info("%s went away before its request was whole", (scope.get("client") or "-")[0])
        except Exception as error:
            log.exception("fault at %s", scope["path"])
            if started:
                raise
            await problems.fault(Request(scope), error)(scope, receive, guarded)
