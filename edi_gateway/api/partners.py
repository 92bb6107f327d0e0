"""Partners and their keys: read by officers and operators, enrolled by operators. Each change is a ledger entry."""

from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import APIRouter, Request, Response

from edi_gateway.api.admission import Here, PartnerReader, PartnerWriter
from edi_gateway.api.body import read_json
from edi_gateway.api.doorway import doorway_of
from edi_gateway.api.problems import Problem
from edi_gateway.api.schemas import KeyEventOut, KeyIn, KeyList, KeyOut, PartnerIn, PartnerList, PartnerOut
from edi_gateway.errors import Misuse, Taken
from edi_gateway.gateway import Gateway
from edi_gateway.model.moment import timestamp
from edi_gateway.model.partner import Identifier, Partner, PublicKey
from edi_gateway.model.record import Change
from edi_gateway.workflows import audit, enrol
from edi_gateway.workflows.audit import KeyHistory

router = APIRouter(prefix="/v1/partners", tags=["partners"])


def _body(model: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{model}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


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
    return KeyList(keys=[_key(history) for history in histories])


@router.post("", status_code=201, response_class=Response, responses=_RECEIPT, openapi_extra=_body("PartnerIn"))
async def add_partner(request: Request, caller: PartnerWriter, gateway: Here) -> Response:
    """Enrol a partner."""
    asked = await read_json(request, gateway.settings.body_timeout, PartnerIn)
    identifiers = [Identifier.parse(each) for each in asked.identifiers]
    try:
        change = enrol.add_partner(asked.id, asked.name, identifiers, gateway.office(caller.name))
    except Misuse as error:
        raise _refused(error) from error
    return await _record(request, change, f"/v1/partners/{asked.id}")


@router.post("/{id}/keys", status_code=201, response_class=Response, responses=_RECEIPT, openapi_extra=_body("KeyIn"))
async def add_key(id: str, request: Request, caller: PartnerWriter, gateway: Here) -> Response:
    """Trust a key of a partner."""
    asked = await read_json(request, gateway.settings.body_timeout, KeyIn)
    partner = _partner(gateway, id)
    try:
        change = enrol.add_key(partner.id, asked.pem, (asked.since, asked.until), gateway.office(caller.name))
    except Misuse as error:
        raise _refused(error) from error
    return await _record(request, change, f"/v1/partners/{partner.id}/keys")


async def _record(request: Request, change: Change, location: str) -> Response:
    door = await doorway_of(request)
    recorded = await door.record(change)
    # So that this worker knows it at once; the others find out within a second, or when they meet the new key.
    door.gateway.directory.refreshed()
    return Response(recorded.receipt, 201, {"Location": location}, "application/json")


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


def _key(history: KeyHistory) -> KeyOut:
    key = history.key
    spki = key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    certificate = x509.load_der_x509_certificate(key.certificate) if key.certificate else None
    return KeyOut(
        fingerprint=key.fingerprint,
        algorithm=_algorithm(key.public_key),
        state=history.state,
        since=timestamp(key.valid_from) if key.valid_from else None,
        until=timestamp(key.valid_until) if key.valid_until else None,
        public_key=spki.decode(),
        certificate=certificate.public_bytes(Encoding.PEM).decode() if certificate else None,
        events=[
            KeyEventOut(index=event.index, type=event.type, recorded_at=event.recorded_at, by=event.by)
            for event in history.events
        ],
    )


def _algorithm(key: PublicKey) -> str:
    match key:
        case RSAPublicKey():
            return f"RSA-{key.key_size}"
        case EllipticCurvePublicKey():
            return f"EC {key.curve.name}"
    return type(key).__name__.removesuffix("PublicKey")
