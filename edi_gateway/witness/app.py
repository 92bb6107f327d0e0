"""A witness over HTTP (c2sp.org/tlog-witness): submission and monitoring under one prefix."""

import asyncio
import logging
import time
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from edi_gateway.errors import Fault
from edi_gateway.ledger.witnessing import CONFLICT, MAX_REQUEST, Refused
from edi_gateway.witness.cosigning import Witness

BODY_TIMEOUT = 10.0
"""Seconds in which a request has to arrive."""

RETRY_AFTER = "5"
"""Seconds."""

log = logging.getLogger("edi_gateway.witness")


class _TooLarge(Exception):
    """The body exceeds MAX_REQUEST."""


def create_app(witness: Witness, clock: Callable[[], float] = time.time) -> Starlette:
    """The application; `clock` gives POSIX seconds."""

    async def add_checkpoint(request: Request) -> Response:
        try:
            body = await _read(request)
            lines = await run_in_threadpool(witness.add_checkpoint, body, int(clock()))
        except Refused as refused:
            return _refusal(refused)
        except Fault as fault:
            return _fault(fault)
        except _TooLarge:
            return PlainTextResponse(f"A request has at most {MAX_REQUEST} bytes.\n", 413)
        except (TimeoutError, ClientDisconnect):
            return PlainTextResponse("The request did not arrive in time.\n", 408)
        return PlainTextResponse(lines)

    async def checkpoint(request: Request) -> Response:
        try:
            latest = await run_in_threadpool(witness.latest, request.path_params["name"])
        except LookupError:
            return PlainTextResponse("This log is not known here.\n", 404)
        except Fault as fault:
            return _fault(fault)
        if latest is None:
            return PlainTextResponse("Nothing of this log has been cosigned yet.\n", 404)
        return PlainTextResponse(latest.note, headers={"Cache-Control": "no-cache"})

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{name}/checkpoint", checkpoint, methods=["GET"]),
        ]
    )


async def _read(request: Request) -> bytes:
    body = bytearray()
    async with asyncio.timeout(BODY_TIMEOUT):
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_REQUEST:
                raise _TooLarge
    return bytes(body)


def _refusal(refused: Refused) -> Response:
    if refused.status == CONFLICT:
        # As a header, since a media type of text would get a charset, and clients compare the whole.
        return Response(f"{refused.size}\n", CONFLICT, headers={"Content-Type": "text/x.tlog.size"})
    return PlainTextResponse(f"{refused}\n", refused.status)


def _fault(fault: Fault) -> Response:
    log.error("%s", fault)
    return PlainTextResponse("This witness can't answer now.\n", 503, headers={"Retry-After": RETRY_AFTER})
