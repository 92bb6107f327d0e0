"""Partners and their keys: read by officers and operators, enrolled by operators. Each change is a ledger entry."""

from typing import Any

from fastapi import APIRouter, Request, Response

from edi_gateway.api.admission import Here, KeyBringer, PartnerReader, PartnerWriter
from edi_gateway.api.body import MAX_JSON, read_body, read_json
from edi_gateway.api.key_answers import key_out, record_change
from edi_gateway.api.key_schemas import KeyIn, KeyList
from edi_gateway.api.problems import Problem
from edi_gateway.api.schemas import PartnerIn, PartnerList, PartnerOut
from edi_gateway.api.signed import signed_request
from edi_gateway.errors import Misuse, Rejection, Taken
from edi_gateway.gateway import Gateway
from edi_gateway.model.partner import Identifier, Partner
from edi_gateway.model.transmission import Transmission
from edi_gateway.workflows import audit, enrol
from edi_gateway.workflows.renew import renew, renew_signed

router = APIRouter(prefix="/v1/partners", tags=["partners"])


def _body(model: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{model}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


_KEY_BODY = _body("KeyIn")
_KEY_BODY["requestBody"]["content"]["application/jose"] = {"schema": {"type": "string", "description": "Compact JWS."}}

_RECEIPT: dict[int | str, dict[str, Any]] = {
    201: {
        "description": "Enrolled and recorded: the receipt.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}},
    }
}


@router.get("")
def list_partners(_: PartnerReader, gateway: Here) -> PartnerList:
    """All partners, by id."""
    partners = gateway.directory.refreshed().partners
    return PartnerList(partners=[_told(partners[id]) for id in sorted(partners)])


@router.get("/{id}")
def read_partner(id: str, _: PartnerReader, gateway: Here) -> PartnerOut:
    """One partner."""
    return _told(_partner(gateway, id))


@router.get("/{id}/keys")
def list_keys(id: str, _: PartnerReader, gateway: Here) -> KeyList:
    """A partner's keys, oldest first, each with what was recorded of it."""
    partner = _partner(gateway, id)
    histories = audit.key_histories(gateway.archive, gateway.directory.current(), partner.id, gateway.clock())
    return KeyList(keys=[key_out(history) for history in histories])


@router.post("", status_code=201, response_class=Response, responses=_RECEIPT, openapi_extra=_body("PartnerIn"))
async def add_partner(request: Request, caller: PartnerWriter, gateway: Here) -> Response:
    """Enrol a partner."""
    asked = await read_json(request, gateway.settings.body_timeout, PartnerIn)
    identifiers = [Identifier.parse(each) for each in asked.identifiers]
    try:
        change = enrol.add_partner(asked.id, asked.name, identifiers, gateway.office(caller.name))
    except Misuse as error:
        raise _refused(error) from error
    return await record_change(request, change, f"/v1/partners/{asked.id}")


@router.post("/{id}/keys", status_code=201, response_class=Response, responses=_RECEIPT, openapi_extra=_KEY_BODY)
async def add_key(id: str, request: Request, caller: KeyBringer, gateway: Here) -> Response:
    """Trust a key of a partner, or propose to.

    A partner brings its next key itself with `application/jose`: a JWS by a key that is valid now, over a JWS by the
    new one, and no token. Or with `application/json` in a request that such a key signs (RFC 9421).
    """
    if caller is None or caller.role == "partner":
        return await _renew(id, request, gateway)
    asked = await read_json(request, gateway.settings.body_timeout, KeyIn)
    partner = _partner(gateway, id)
    try:
        office = gateway.office(caller.name, caller.identity)
        window = asked.since, asked.until
        change = enrol.add_key(partner.id, asked.pem, window, office, asked.purpose, propose=asked.propose)
    except Misuse as error:
        raise _refused(error) from error
    return await record_change(request, change, f"/v1/partners/{partner.id}/keys")


async def _renew(id: str, request: Request, gateway: Gateway) -> Response:
    office = gateway.office(f"partner:{id}")
    body = await read_body(request, MAX_JSON, gateway.settings.body_timeout)
    active = gateway.settings.partner_renewals == "active"
    if id not in office.directory.partners:
        # Not there and not yours are the same answer to somebody who is not identified.
        raise Rejection("unknown-signer")
    try:
        if signed := signed_request(request):
            change = renew_signed(id, body, signed.key, office, active=active)
        else:
            transmission = Transmission(body, request.headers["content-type"], office.at)
            change = renew(id, transmission, office, active=active)
    except Misuse as error:
        raise _refused(error) from error
    return await record_change(request, change, f"/v1/partners/{id}/keys")


def _refused(error: Misuse) -> Problem:
    return Problem("already-registered" if isinstance(error, Taken) else "not-enrollable", str(error))


def _partner(gateway: Gateway, id: str) -> Partner:
    partner = gateway.directory.refreshed().partners.get(id)
    if partner is None:
        raise Problem("not-found")
    return partner


def _told(partner: Partner) -> PartnerOut:
    identifiers = [str(each) for each in partner.identifiers]
    return PartnerOut(id=partner.id, name=partner.name, identifiers=identifiers, suspended=partner.suspended)
