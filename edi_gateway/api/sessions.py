"""Sessions of people: begun with name, password and code, ended by whoever has begun them."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from edi_gateway.access.sessions import LoginRefused, TooOften, begin_session, end_session
from edi_gateway.api.access_schemas import SessionIn, SessionOut
from edi_gateway.api.admission import FOR_PEOPLE, Here, SessionEnder, address_of
from edi_gateway.api.body import read_json
from edi_gateway.api.problems import Problem
from edi_gateway.model.moment import timestamp

router = APIRouter(prefix="/v1/sessions", tags=["access"])

_LOGIN: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SessionIn"}}},
    }
}
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="edi-gateway"'}


@router.post("", status_code=201, dependencies=[FOR_PEOPLE], openapi_extra=_LOGIN)
async def begin(request: Request, gateway: Here) -> SessionOut:
    """Begin a session: a bearer token for an hour, or as long as the settings say. It is shown this once."""
    asked = await read_json(request, gateway.settings.body_timeout, SessionIn)
    said = asked.name, asked.password.get_secret_value(), asked.code.get_secret_value(), address_of(request)
    try:
        session = await asyncio.to_thread(begin_session, gateway, *said)
    except LoginRefused as error:
        raise Problem("login-refused", headers=_CHALLENGE) from error
    except TooOften as error:
        raise Problem("too-many-requests", headers={"Retry-After": str(error.seconds)}) from error
    return SessionOut(
        id=session.id,
        token=session.token,
        name=session.caller.name,
        role=session.caller.role,
        expires_at=timestamp(session.expires_at),
    )


@router.delete("", status_code=204, response_class=Response)
def end(caller: SessionEnder, gateway: Here) -> Response:
    """End the session whose token this is."""
    if not end_session(gateway, caller):
        raise Problem("not-found", "This token is no session.")
    return Response(status_code=204)
