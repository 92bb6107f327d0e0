"""Erasing documents and holding them, and what is answered for one that is no more. Each act is a ledger entry."""

import asyncio
import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from edi_gateway.api.admission import DocumentKeeper, Here
from edi_gateway.api.body import read_json
from edi_gateway.api.doorway import doorway_of
from edi_gateway.api.problems import Problem
from edi_gateway.api.schemas import ErasureIn, HoldIn
from edi_gateway.errors import Misuse
from edi_gateway.gateway import Gateway
from edi_gateway.model.caller import Caller
from edi_gateway.model.record import Act
from edi_gateway.workflows import dispose
from edi_gateway.workflows.dispose import Gone, Kept, NotOnHold, OnHold, Unknown

router = APIRouter(prefix="/v1/documents", tags=["documents"])

DocumentId = Annotated[str, Path(description="A UUIDv7, as in the Location of the receipt's answer.")]


def _recorded(status: int, model: str | None = None) -> dict[str, Any]:
    receipt = {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}}
    described: dict[str, Any] = {
        "status_code": status,
        "response_class": Response,
        "responses": {status: {"description": "Done and recorded: the receipt.", "content": receipt}},
    }
    if model:
        schema = {"$ref": f"#/components/schemas/{model}"}
        body = {"required": True, "content": {"application/json": {"schema": schema}}}
        described["openapi_extra"] = {"requestBody": body}
    return described


@router.post("/{id}/erasure", **_recorded(201, "ErasureIn"))
async def erase_document(id: DocumentId, request: Request, caller: DocumentKeeper, gateway: Here) -> Response:
    """Destroy a document, its statement and its salt, for good. Its place in the ledger stays."""
    asked = await read_json(request, gateway.settings.body_timeout, ErasureIn)
    try:
        act = dispose.erase(_kept(gateway, id, caller), asked.reason, asked.authority, gateway.office(caller.name))
    except Misuse as error:
        raise _refused(error) from error
    answer = await _record(request, act, 201)
    await asyncio.to_thread(gateway.ledger.wipe)
    return answer


@router.post("/{id}/hold", **_recorded(201, "HoldIn"))
async def hold_document(id: DocumentId, request: Request, caller: DocumentKeeper, gateway: Here) -> Response:
    """Forbid to erase a document."""
    asked = await read_json(request, gateway.settings.body_timeout, HoldIn)
    try:
        act = dispose.hold(_kept(gateway, id, caller), asked.reason, gateway.office(caller.name))
    except Misuse as error:
        raise _refused(error) from error
    return await _record(request, act, 201)


@router.delete("/{id}/hold", **_recorded(200))
async def release_document(id: DocumentId, request: Request, caller: DocumentKeeper, gateway: Here) -> Response:
    """Take a document's hold away."""
    try:
        act = dispose.release(_kept(gateway, id, caller), gateway.office(caller.name))
    except Misuse as error:
        raise _refused(error) from error
    return await _record(request, act, 200)


def checked(id: str) -> str:
    """What can't be an id is not looked for: databases differ in what text they take."""
    if len(id) != 36 or not id.isascii() or not id.isprintable():
        raise Problem("not-found")
    return id


def shown(id: str, caller: Caller) -> str:
    """The same for a document whose proofs are asked for: a guest sees those of one."""
    if caller.document not in (None, id):
        raise Problem("not-found")
    return checked(id)


def absent(gateway: Gateway, id: str, caller: Caller) -> Problem:
    """What to raise for a document that this caller can't be given: it was erased, or was never theirs to see."""
    erasure = gateway.archive.erasure(id, caller.partner)
    if erasure is None:
        return Problem("not-found")
    told = {
        "documentId": id,
        "erasure": {"index": erasure.index, "erasedBy": erasure.erased_by},
        "receipt": json.loads(gateway.recorder.receipt_again(erasure.erased_by)),
    }
    return Problem("document-erased", str(Gone(erasure)), also=told)


def _kept(gateway: Gateway, id: str, caller: Caller) -> Kept:
    try:
        return dispose.find(checked(id), gateway.archive, gateway.ledger)
    except (Gone, Unknown) as error:
        raise absent(gateway, id, caller) from error


def _refused(error: Misuse) -> Problem:
    code = {OnHold: "document-held", NotOnHold: "document-not-held"}.get(type(error), "body-invalid")
    return Problem(code, str(error))


async def _record(request: Request, act: Act, status: int) -> Response:
    recorded = await (await doorway_of(request)).record(act)
    return Response(recorded.receipt, status, media_type="application/json")
