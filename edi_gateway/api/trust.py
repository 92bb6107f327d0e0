"""Authorities that are trusted to name partners' keys: roots, grants, and what is known of revocations."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Annotated, Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Query, Request, Response

from edi_gateway.api.admission import Here, PartnerReader, PartnerWriter
from edi_gateway.api.body import read_json
from edi_gateway.api.key_answers import record_change
from edi_gateway.api.problems import Problem
from edi_gateway.api.trust_schemas import (
    EndIn,
    GrantIn,
    GrantOut,
    MatchOut,
    RevocationDataIn,
    RevocationFilter,
    RevocationList,
    RevocationOut,
    RootIn,
    RootOut,
    TrustOut,
)
from edi_gateway.errors import Misuse, Taken
from edi_gateway.model.moment import timestamp
from edi_gateway.model.trust import Grant, Held, TrustRoot
from edi_gateway.trust.crl import MAX_CRL
from edi_gateway.workflows import revocations
from edi_gateway.workflows import trust as workflow
from edi_gateway.workflows.four_eyes import SamePerson
from edi_gateway.workflows.key_life import WrongState
from edi_gateway.workflows.trust_ports import About

router = APIRouter(prefix="/v1/trust", tags=["trust"])

MAX_BODY = 2 * MAX_CRL
"""Bytes of a CRL in base64, and what is around it."""

_CODES: Mapping[type[Misuse], str] = {
    workflow.UnknownTrust: "not-found",
    WrongState: "trust-state",
    SamePerson: "second-person-needed",
    Taken: "already-registered",
}


def _recorded(model: str | None = None) -> dict[str, Any]:
    receipt = {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}}
    described: dict[str, Any] = {
        "status_code": 201,
        "response_class": Response,
        "responses": {201: {"description": "Done and recorded: the receipt.", "content": receipt}},
    }
    return described | (_body(model) if model else {})


def _body(model: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{model}"}}}
    return {"openapi_extra": {"requestBody": {"required": True, "content": content}}}


@router.get("")
def read_trust(_: PartnerReader, gateway: Here) -> TrustOut:
    """All roots, by name, and all grants, oldest first."""
    known = gateway.directory.refreshed().trust
    return TrustOut(roots=[_root(one) for one in known.roots.values()], grants=[_grant(one) for one in known.grants])


@router.post("/roots", **_recorded("RootIn"))
async def add_root(request: Request, caller: PartnerWriter, gateway: Here) -> Response:
    """Trust an authority. It names nobody before there is a grant."""
    asked = await read_json(request, gateway.settings.body_timeout, RootIn)
    try:
        root = workflow.read_root(
            asked.name,
            asked.certificate.encode(),
            usages=asked.usages,
            policy=asked.policy,
            path_length=asked.path_length,
            revocation=asked.revocation,
            grace=asked.graced,
        )
        act = workflow.add_root(root, gateway.office(caller.name, caller.identity))
    except Misuse as error:
        raise _refused(error) from error
    return await record_change(request, act, "/v1/trust")


@router.post("/roots/{name}/retire", **_recorded("EndIn"))
async def retire_root(name: str, request: Request, caller: PartnerWriter, gateway: Here) -> Response:
    """Trust a root no more from now on. `reason` may be left out."""
    asked = await read_json(request, gateway.settings.body_timeout, EndIn)
    try:
        act = workflow.retire_root(name, asked.reason, gateway.office(caller.name, caller.identity))
    except Misuse as error:
        raise _refused(error) from error
    return await record_change(request, act, "/v1/trust")


@router.post("/grants", **_recorded("GrantIn"))
async def add_grant(request: Request, caller: PartnerWriter, gateway: Here) -> Response:
    """Let certificates under a root speak for a partner, or propose to. The grant's id is that of the statement."""
    asked = await read_json(request, gateway.settings.body_timeout, GrantIn)
    office = gateway.office(caller.name, caller.identity)
    try:
        act = workflow.grant(asked.partner, asked.root, asked.kind, asked.value, office, propose=asked.propose)
    except Misuse as error:
        raise _refused(error) from error
    return await record_change(request, act, "/v1/trust")


@router.post("/grants/{id}/approve", **_recorded())
async def approve_grant(id: str, request: Request, caller: PartnerWriter, gateway: Here) -> Response:
    """Let a grant that was proposed count; under four eyes, not for whoever proposed it."""
    try:
        act = workflow.approve_grant(id, gateway.office(caller.name, caller.identity))
    except Misuse as error:
        raise _refused(error) from error
    return await record_change(request, act, "/v1/trust")


@router.post("/grants/{id}/end", **_recorded("EndIn"))
async def end_grant(id: str, request: Request, caller: PartnerWriter, gateway: Here) -> Response:
    """Let a grant count no more from now on. `reason` may be left out."""
    asked = await read_json(request, gateway.settings.body_timeout, EndIn)
    try:
        act = workflow.end_grant(id, asked.reason, gateway.office(caller.name, caller.identity))
    except Misuse as error:
        raise _refused(error) from error
    return await record_change(request, act, "/v1/trust")


@router.get("/revocations")
def list_revocations(_: PartnerReader, gateway: Here, asked: Annotated[RevocationFilter, Query()]) -> RevocationList:
    """The CRLs and OCSP responses that were kept last, newest first."""
    found = gateway.revocations.newest(asked.limit)
    return RevocationList(revocations=[_told(held, about) for held, about in found])


@router.post("/revocations", status_code=201, **_body("RevocationDataIn"))
async def add_revocation(request: Request, caller: PartnerWriter, gateway: Here) -> RevocationOut:
    """Keep a CRL or an OCSP response, once it is verified."""
    asked = await read_json(request, gateway.settings.body_timeout, RevocationDataIn, MAX_BODY)
    try:
        octets = b64decode(asked.octets.encode(), validate=True)
        issuer = asked.issuer.encode() if asked.issuer else None
        added = revocations.add(octets, issuer, gateway.revoking(caller.name))
    except ValueError as error:
        raise Problem("body-invalid", "octets is not base64.") from error
    except Misuse as error:
        raise _refused(error) from error
    return _told(added.held, added.about)


def _root(root: TrustRoot) -> RootOut:
    certificate = x509.load_der_x509_certificate(root.certificate)
    return RootOut(
        name=root.name,
        certificate=certificate.public_bytes(Encoding.PEM).decode(),
        usages=list(root.usages),
        policy=root.policy,
        path_length=root.path_length,
        revocation=root.revocation,
        grace=int(root.grace.total_seconds()),
        state=root.state,
    )


def _grant(grant: Grant) -> GrantOut:
    match = MatchOut(kind=grant.match.kind, value=grant.match.value)
    return GrantOut(id=grant.id, partner=grant.partner, root=grant.root, match=match, state=grant.state)


def _told(held: Held, about: About) -> RevocationOut:
    return RevocationOut(
        digest=held.digest,
        kind=held.kind,
        serial=about.serial,
        this_update=timestamp(about.this_update),
        next_update=timestamp(about.next_update) if about.next_update else None,
        added_at=timestamp(about.added_at),
        source=about.source,
    )


def _refused(error: Misuse) -> Problem:
    return Problem(_CODES.get(type(error), "not-enrollable"), str(error))
