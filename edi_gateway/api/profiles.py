"""What was agreed with a partner: read by officers and operators, set by operators. Each version is a ledger entry."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from edi_gateway.api.admission import Here, PartnerReader, PartnerWriter
from edi_gateway.api.body import read_json
from edi_gateway.api.key_answers import record_change
from edi_gateway.api.problems import Problem
from edi_gateway.api.profile_schemas import ProfileIn, ProfileOut
from edi_gateway.api.scalars import Digits
from edi_gateway.errors import Misuse
from edi_gateway.ledger.encoding import LARGEST
from edi_gateway.partners.profile_form import read_profile
from edi_gateway.workflows.profile_archive import versions
from edi_gateway.workflows.profiles import Unchanged, set_profile

router = APIRouter(prefix="/v1/partners", tags=["partners"])

_SET: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Agreed and recorded: the receipt.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}},
    },
    204: {"description": "It is like this already; nothing was recorded."},
}
_BODY = {"application/json": {"schema": {"$ref": "#/components/schemas/ProfileIn"}}}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the version that this one is to follow.",
    "schema": {"type": "string"},
}


@router.get("/{id}/profile")
def read_profile_of(
    id: str,
    response: Response,
    _: PartnerReader,
    gateway: Here,
    version: Annotated[Digits | None, Query(ge=1, le=LARGEST, description="An older version than the newest.")] = None,
) -> ProfileOut:
    """What was agreed with a partner; version 0 and an empty profile where nothing ever was."""
    if id not in gateway.directory.refreshed().partners:
        raise Problem("not-found")
    found = versions(gateway.archive, id)
    if not found and version is None:
        response.headers["ETag"] = _etag(0)
        return ProfileOut(partner=id, version=0, profile={})
    chosen = next((each for each in reversed(found) if version in (None, each.version)), None)
    if chosen is None:
        raise Problem("not-found")
    response.headers["ETag"] = _etag(chosen.version)
    return ProfileOut(
        partner=id,
        version=chosen.version,
        profile=chosen.profile,
        index=chosen.index,
        recorded_at=chosen.recorded_at,
        by=chosen.by,
        reason=chosen.reason,
        changed=list(chosen.changed),
    )


@router.put(
    "/{id}/profile",
    response_class=Response,
    responses=_SET,
    openapi_extra={"parameters": [_IF_MATCH], "requestBody": {"required": True, "content": _BODY}},
)
async def put_profile(id: str, request: Request, caller: PartnerWriter, gateway: Here) -> Response:
    """Agree on a profile, the whole of it, in place of the version that `If-Match` names."""
    asked = await read_json(request, gateway.settings.body_timeout, ProfileIn)
    office = gateway.office(caller.name)
    partner = office.directory.partners.get(id)
    if partner is None:
        raise Problem("not-found")
    version = partner.profile.version if partner.profile else 0
    _check_match(request.headers.get("if-match"), version)
    try:
        change = set_profile(id, read_profile(asked.profile), asked.reason, office)
    except Unchanged:
        return Response(status_code=204, headers={"ETag": _etag(version)})
    except Misuse as error:
        raise Problem("body-invalid", str(error)) from error
    answer = await record_change(request, change, f"/v1/partners/{partner.id}/profile")
    return Response(answer.body, 200, {"ETag": _etag(version + 1)}, "application/json")


def _check_match(said: str | None, version: int) -> None:
    """RFC 9110 §13.1.1, and RFC 6585 §3: nobody overwrites what they have not seen."""
    if said is None:
        raise Problem("precondition-required")
    if said.strip() != "*" and _etag(version) not in (each.strip() for each in said.split(",")):
        raise Problem("precondition-failed", f"The profile is at version {version} now.")


def _etag(version: int) -> str:
    return f'"{version}"'
