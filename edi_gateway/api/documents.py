"""The door for documents: reads a transmission, has it examined and recorded, and answers."""

import asyncio

from fastapi import APIRouter, Request, Response

from edi_gateway.api import problems
from edi_gateway.api.body import read_body
from edi_gateway.api.doorway import Doorway
from edi_gateway.errors import Rejection
from edi_gateway.model.record import Examined, Recorded
from edi_gateway.model.transmission import Transmission

THREAD_ABOVE = 100_000
"""Bytes. Smaller documents are examined on the event loop: their steps are too short for a thread to gain anything."""

MAX_HEADER = 256
"""Characters of an Idempotency-Key."""

SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Headers that are not kept: they are credentials, and say nothing of the document."""

router = APIRouter(tags=["documents"])


async def post_document(request: Request) -> Response:
    """Take in one signed document: 201 with a receipt, 200 with the first receipt again, or a problem."""
    door: Doorway = request.app.state.doorway
    transmission = await _transmission(request, door)
    if len(transmission.body) > THREAD_ABOVE:
        examined = await asyncio.to_thread(door.gateway.examine, transmission)
    else:
        examined = door.gateway.examine(transmission)
    return _answer(await door.record(examined))


async def _transmission(request: Request, door: Doorway) -> Transmission:
    settings = door.gateway.settings
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        if name not in SECRET_HEADERS:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if headers.get("content-encoding", "identity") != "identity":
        raise Rejection("content-type-unknown", "A Content-Encoding is not accepted: send the body as it is.")
    if len(headers.get("idempotency-key", "")) > MAX_HEADER:
        raise Rejection("header-invalid", f"An Idempotency-Key has at most {MAX_HEADER} characters.")
    body = await read_body(request, settings.max_body_bytes, settings.body_timeout)
    return Transmission(
        body=body,
        content_type=headers.get("content-type", ""),
        received_at=door.gateway.clock(),
        headers=headers,
        peer=request.client.host if request.client else "",
    )


def _answer(recorded: Recorded) -> Response:
    if isinstance(recorded.submission, Examined) and recorded.submission.code:
        return problems.refusal(recorded)
    headers = {"Location": f"/v1/documents/{recorded.id}"}
    return Response(recorded.receipt, 200 if recorded.repeated else 201, headers, "application/json")


router.add_api_route("/v1/documents", post_document, methods=["POST"], response_class=Response, status_code=201)
