"""Tokens and sessions: which there are, ending them, and letting a guest see one document's proofs."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from edi_gateway.access import Holder, NoToken, issue_token, list_tokens, revoke_token, token_id
from edi_gateway.api.access_schemas import GuestIn, GuestOut, TokenList, TrailFilter, TrailPage, step_out, token_out
from edi_gateway.api.admission import GuestInviter, Here, TokenReader, TokenRevoker, TrailReader
from edi_gateway.api.body import read_json
from edi_gateway.api.custody import DocumentId, absent, checked
from edi_gateway.api.problems import Problem
from edi_gateway.errors import Misuse
from edi_gateway.model.caller import Role
from edi_gateway.model.moment import timestamp
from edi_gateway.model.trail import Actor

router = APIRouter(tags=["access"])

TokenId = Annotated[str, Path(description="As the list of tokens names it.", max_length=64)]

_INVITATION: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/GuestIn"}}},
    }
}


@router.get("/v1/tokens")
def read_tokens(_: TokenReader, gateway: Here) -> TokenList:
    """All tokens and sessions that were ever made, oldest first; never what opens something."""
    now = gateway.clock()
    return TokenList(tokens=[token_out(one, one.state(now)) for one in list_tokens(gateway)])


@router.delete("/v1/tokens/{id}", status_code=204, response_class=Response)
def end_token(id: TokenId, caller: TokenRevoker, gateway: Here) -> Response:
    """End a token or a session, from now on; an officer ends those of guests."""
    try:
        only: Role | None = "auditor-guest" if caller.role == "officer" else None
        revoke_token(gateway, id if id.isalnum() and id.isascii() else "", Actor.of(caller), only=only)
    except NoToken as error:
        raise Problem("not-found") from error
    return Response(status_code=204)


@router.post("/v1/documents/{id}/guests", status_code=201, openapi_extra=_INVITATION)
async def invite_guest(id: DocumentId, request: Request, caller: GuestInviter, gateway: Here) -> GuestOut:
    """Let somebody see the receipt and the evidence of one document, for a while: a token, and links that have it."""
    asked = await read_json(request, gateway.settings.body_timeout, GuestIn)
    if gateway.archive.document(checked(id)) is None:
        raise absent(gateway, id, caller)
    holder = Holder("auditor-guest", asked.name, document=id)
    expires_at = asked.until or gateway.clock() + holder.lifetime
    try:
        token = await asyncio.to_thread(issue_token, gateway, holder, expires_at, Actor.of(caller))
    except Misuse as error:
        raise Problem("body-invalid", str(error)) from error
    links = {part: f"/v1/documents/{id}/{part}?access_token={token}" for part in ("evidence", "receipt")}
    return GuestOut(id=token_id(token), token=token, document=id, expires_at=timestamp(expires_at), **links)


@router.get("/v1/audit")
def read_trail(_: TrailReader, gateway: Here, asked: Annotated[TrailFilter, Query()]) -> TrailPage:
    """Who read what, and who was given which right: the trail of access, newest first."""
    found = gateway.trail.find(asked.query)
    more = len(found) > asked.limit
    shown = found[: asked.limit]
    return TrailPage(steps=[step_out(one) for one in shown], next=shown[-1].number if more else None)
