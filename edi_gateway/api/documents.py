"""The door for documents: reads a transmission, has it examined and recorded, and answers."""

import asyncio
import logging
from time import perf_counter
from typing import Any

from fastapi import APIRouter, Request, Response

from edi_gateway.api import metrics, problems
from edi_gateway.api.admission import FOR_SENDERS
from edi_gateway.api.body import read_body
from edi_gateway.api.doorway import Doorway
from edi_gateway.envelopes.unwrap import ENVELOPES
from edi_gateway.errors import Fault, Rejection, TooFast
from edi_gateway.model.record import Examined, Recorded
from edi_gateway.model.transmission import Transmission
from edi_gateway.syntax.pdf.inspection import Apart

PATH = "/v1/documents"

MAX_HEADER = 256
"""Characters of an Idempotency-Key."""

SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Headers that are not kept: they are credentials, and say nothing of the document."""

log = logging.getLogger(__name__)

router = APIRouter(tags=["documents"])


async def post_document(request: Request) -> Response:
    """Take in one signed document: 201 with a receipt, 200 with the first receipt again, or a problem."""
    try:
        return _answer(await _take_in(request, request.app.state.doorway))
    except Rejection as error:
        metrics.turned_away("limited" if isinstance(error, TooFast) else "unidentified", error.code)
        raise
    except Fault:
        metrics.turned_away("fault", "")
        raise


async def _take_in(request: Request, door: Doorway) -> Recorded:
    transmission = await _transmission(request, door)
    arrived = perf_counter()
    recorded = await _recorded(transmission, door)
    metrics.answered(recorded, perf_counter() - arrived)
    if isinstance(recorded.submission, Examined) and recorded.submission.code == "network-not-permitted":
        # The answer doesn't say which address was seen: what a proxy hides is nobody else's to know.
        log.info("refused %s of %s from %s", recorded.id, recorded.submission.party, transmission.peer or "-")
    return recorded


async def _recorded(transmission: Transmission, door: Doorway) -> Recorded:
    turn = door.turn(transmission.content_type, transmission.body)
    if turn is None:
        try:
            return await door.take_in(transmission)
        except Apart:
            turn = door.pdfs
    async with turn:
        return await door.record(await asyncio.to_thread(door.gateway.examine, transmission))


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


def _content(media_type: str, schema: str) -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


_BODY = {"type": "string", "format": "binary", "description": "The signed document."}
_PROBLEMS = {
    400: "Not even parseable as what it says it is.",
    401: "Unsigned, unknown signer, or the signature does not verify: nothing is recorded.",
    403: "The signer is known but suspended, or may not send this; recorded, with a receipt.",
    408: "The body took too long to arrive.",
    409: "Accepted before with other content; recorded, with a receipt.",
    413: "Too large; the limit is named.",
    415: "Not a content type that is read; those that are, are named.",
    422: "Signed by a known partner, but refused; recorded, with findings and a receipt.",
    429: "More in a minute than was agreed with the sender; nothing is recorded. Send it again after Retry-After.",
    503: "Our fault: send the same bytes again after Retry-After.",
}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    201: {"description": "Accepted and recorded: the receipt.", "content": _content("application/json", "Receipt")},
    200: {
        "description": "These bytes were accepted before: the first receipt, byte for byte.",
        "content": _content("application/json", "Receipt"),
    },
    **{
        status: {"description": description, "content": _content(problems.MEDIA_TYPE, "Problem")}
        for status, description in _PROBLEMS.items()
    },
}

router.add_api_route(
    PATH,
    post_document,
    methods=["POST"],
    dependencies=[FOR_SENDERS],
    response_class=Response,
    status_code=201,
    responses=_RESPONSES,
    openapi_extra={
        "parameters": [{"name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string"}}],
        "requestBody": {"required": True, "content": {media_type: {"schema": _BODY} for media_type in ENVELOPES}},
    },
)
