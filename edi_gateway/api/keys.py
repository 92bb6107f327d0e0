"""Partners' keys by their fingerprints: what becomes of them, and which documents a revocation puts in doubt."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from edi_gateway.api.admission import Here, PartnerReader, PartnerWriter
from edi_gateway.api.body import read_json
from edi_gateway.api.key_answers import key_out, record_change
from edi_gateway.api.key_schemas import (
    AffectedDocument,
    AffectedFilter,
    AffectedList,
    ApprovalFilter,
    ExpiringFilter,
    KeyList,
    KeyOut,
    RenewalIn,
    RetirementIn,
    RevocationIn,
)
from edi_gateway.api.problems import Problem
from edi_gateway.errors import Misuse, Taken
from edi_gateway.gateway import Gateway
from edi_gateway.model.partner import PartnerKey
from edi_gateway.workflows import audit, key_life, key_renewal
from edi_gateway.workflows.four_eyes import SamePerson
from edi_gateway.workflows.key_life import UnknownKey, WrongState

router = APIRouter(prefix="/v1/keys", tags=["keys"])

Fingerprint = Annotated[str, Path(description="Lower-case hex SHA-256 of the DER SubjectPublicKeyInfo.")]
_CODES: Mapping[type[Misuse], str] = {
    UnknownKey: "not-found",
    WrongState: "key-state",
    SamePerson: "second-person-needed",
    Taken: "already-registered",
}
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


def _recorded(model: str | None = None) -> dict[str, Any]:
    receipt = {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}}
    described: dict[str, Any] = {
        "status_code": 201,
        "response_class": Response,
        "responses": {201: {"description": "Done and recorded: the receipt.", "content": receipt}},
    }
    if model:
        schema = {"$ref": f"#/components/schemas/{model}"}
        body = {"required": True, "content": {"application/json": {"schema": schema}}}
        described["openapi_extra"] = {"requestBody": body}
    return described


@router.get("/expiring")
def list_expiring(_: PartnerReader, gateway: Here, asked: Annotated[ExpiringFilter, Query()]) -> KeyList:
    """The keys that end within so many days, first to end first: of certificate and trust, the earlier end counts."""
    directory, now = gateway.directory.refreshed(), gateway.clock()
    ending = key_life.ending(directory, now, timedelta(days=asked.days))
    told = {
        history.key.fingerprint: key_out(history)
        for partner in sorted({key.partner for key in ending})
        for history in audit.key_histories(gateway.archive, directory, partner, now)
    }
    return KeyList(keys=[told[key.fingerprint] for key in ending])


@router.get("/{fingerprint}")
def read_key(fingerprint: Fingerprint, _: PartnerReader, gateway: Here) -> KeyOut:
    """One key, and its whole life."""
    key = _key(gateway, fingerprint)
    histories = audit.key_histories(gateway.archive, gateway.directory.current(), key.partner, gateway.clock())
    return next(key_out(one) for one in histories if one.key.fingerprint == fingerprint)


@router.get("/{fingerprint}/affected")
def list_affected(
    fingerprint: Fingerprint, _: PartnerReader, gateway: Here, asked: Annotated[AffectedFilter, Query()]
) -> AffectedList:
    """What was accepted on the word of a key, oldest first: since `from`, or since its revocation applies."""
    try:
        found = key_life.affected(_key(gateway, fingerprint), gateway.archive, asked.since)
    except Misuse as error:
        raise Problem("query-invalid", str(error)) from error
    return AffectedList(
        documents=[
            AffectedDocument(
                id=one.id,
                index=one.index,
                received_at=one.received_at,
                type=one.type,
                number=one.number,
                receiver=one.receiver,
                erased_by=one.erased_by,
            )
            for one in found
        ]
    )


@router.post("/{fingerprint}/renew", **_recorded("RenewalIn"))
async def renew_key(fingerprint: Fingerprint, request: Request, caller: PartnerWriter, gateway: Here) -> Response:
    """Trust a key by another certificate as well, or for longer; under four eyes, propose to."""
    asked = await read_json(request, gateway.settings.body_timeout, RenewalIn)
    key, office, window = (
        _key(gateway, fingerprint),
        gateway.office(caller.name, caller.identity),
        (asked.since, asked.until),
    )
    try:
        brought = asked.certificate.encode()
        change = key_renewal.renew_key(key.fingerprint, brought, window, office, propose=asked.propose)
    except Misuse as error:
        raise _refused(error, "not-enrollable") from error
    return await record_change(request, change, f"/v1/keys/{fingerprint}")


@router.post("/{fingerprint}/approve", **_recorded())
async def approve_key(
    fingerprint: Fingerprint,
    request: Request,
    caller: PartnerWriter,
    gateway: Here,
    asked: Annotated[ApprovalFilter, Query()],
) -> Response:
    """Trust a key that was proposed, or renew it as proposed; under four eyes, not for whoever proposed that."""
    key, office = _key(gateway, fingerprint), gateway.office(caller.name, caller.identity)
    try:
        if asked.renewal is None:
            change = key_life.approve(key.fingerprint, office)
        else:
            change = key_renewal.approve_renewal(key.fingerprint, asked.renewal, office)
    except Misuse as error:
        raise _refused(error) from error
    return await record_change(request, change, f"/v1/keys/{fingerprint}")


@router.post("/{fingerprint}/retire", **_recorded("RetirementIn"))
async def retire_key(fingerprint: Fingerprint, request: Request, caller: PartnerWriter, gateway: Here) -> Response:
    """Trust a key no more from now on; it still verifies what was received before. `reason` may be left out."""
    asked = await read_json(request, gateway.settings.body_timeout, RetirementIn)
    try:
        change = key_life.retire(
            _key(gateway, fingerprint).fingerprint, asked.reason, gateway.office(caller.name, caller.identity)
        )
    except Misuse as error:
        raise _refused(error) from error
    return await record_change(request, change, f"/v1/keys/{fingerprint}")


@router.post("/{fingerprint}/revoke", **_recorded("RevocationIn"))
async def revoke_key(fingerprint: Fingerprint, request: Request, caller: PartnerWriter, gateway: Here) -> Response:
    """Trust a key no more, as from a moment in the past; the receipt counts the documents accepted since then."""
    asked = await read_json(request, gateway.settings.body_timeout, RevocationIn)
    key, office = _key(gateway, fingerprint), gateway.office(caller.name, caller.identity)
    try:
        change = key_life.revoke(key.fingerprint, asked.at, asked.reason, gateway.archive, office)
    except Misuse as error:
        raise _refused(error) from error
    return await record_change(request, change, f"/v1/keys/{fingerprint}/affected")


def _key(gateway: Gateway, fingerprint: str) -> PartnerKey:
    try:
        # What can't be a fingerprint is not looked for.
        if _FINGERPRINT.fullmatch(fingerprint):
            return key_life.known_key(fingerprint, gateway.directory.refreshed())
    except UnknownKey as error:
        raise Problem("not-found") from error
    raise Problem("not-found")


def _refused(error: Misuse, otherwise: str = "body-invalid") -> Problem:
    return Problem(_CODES.get(type(error), otherwise), str(error))
