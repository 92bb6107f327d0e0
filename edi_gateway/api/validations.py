"""Judging a document on request: nothing is recorded, and no signature is asked for."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from edi_gateway.api.admission import DocumentValidator
from edi_gateway.api.body import read_body
from edi_gateway.api.doorway import Doorway
from edi_gateway.api.problems import Problem
from edi_gateway.documents.rulesets import Judging
from edi_gateway.envelopes.unwrap import ENVELOPES
from edi_gateway.errors import Misuse
from edi_gateway.model.profile import Profile
from edi_gateway.syntax.pdf.inspection import Apart
from edi_gateway.workflows.validation import UNSIGNED_TYPES, Validation, validation

router = APIRouter(tags=["documents"])

_TYPES = sorted({*UNSIGNED_TYPES, *ENVELOPES})
_BODY = {"type": "string", "format": "binary", "description": "The document, signed or not."}


@router.post(
    "/v1/validations",
    openapi_extra={"requestBody": {"required": True, "content": {each: {"schema": _BODY} for each in _TYPES}}},
)
async def validate_document(
    request: Request,
    caller: DocumentValidator,
    profile: Annotated[
        str | None, Query(max_length=100, description="A rule set, whatever the document claims.")
    ] = None,
    stage: Annotated[Literal["rules"] | None, Query(description="The rules alone, without the schema.")] = None,
    partner: Annotated[
        str | None, Query(max_length=100, description="By what was agreed with this partner; a partner's own always.")
    ] = None,
) -> dict[str, Any]:
    """What the gateway would say of a document's content, without recording anything. Signatures are not checked."""
    door: Doorway = request.app.state.doorway
    settings, now = door.gateway.settings, door.gateway.clock()
    body = await read_body(request, settings.max_body_bytes, settings.body_timeout)
    judging = Judging(
        now.date(), profile, rules_only=stage == "rules", profile=_agreed(door, caller.partner or partner)
    )
    content_type = request.headers.get("content-type", "")
    try:
        found = await _found(door, body, content_type, judging, now)
    except Misuse as error:
        raise Problem("query-invalid", str(error)) from error
    return found.report


async def _found(door: Doorway, body: bytes, content_type: str, judging: Judging, now: datetime) -> Validation:
    turn = door.turn(content_type, body)
    if turn is None:
        try:
            return validation(body, content_type, judging, now)
        except Apart:
            turn = door.pdfs
    async with turn:
        return await asyncio.to_thread(validation, body, content_type, judging, now)


def _agreed(door: Doorway, partner: str | None) -> Profile | None:
    if partner is None:
        return None
    known = door.gateway.directory.current().partners.get(partner)
    if known is None:
        raise Problem("query-invalid", f"There is no partner {partner}.")
    return known.profile
