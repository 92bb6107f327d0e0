"""Who may come in: settled before anything else of a request is read. Every route declares one action, or isn't served.

`IDENTIFIERS` are the ways to say who is calling. Another one is another function there.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from math import ceil
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.dependencies.models import Dependant
from fastapi.requests import Request
from fastapi.routing import APIRoute
from fastapi.security import APIKeyQuery, HTTPAuthorizationCredentials, HTTPBearer
from starlette.routing import BaseRoute

from edi_gateway.access import OPEN, Action, Denied, check_not_suspended, find_caller, permit
from edi_gateway.access.limits import Limiter
from edi_gateway.access.oidc import bearer
from edi_gateway.access.sessions import network_of
from edi_gateway.api.client_certificate import certified_caller
from edi_gateway.api.doorway import Doorway, gateway_of
from edi_gateway.api.problems import Problem, problem
from edi_gateway.api.query import check_names
from edi_gateway.api.signed import caller_of
from edi_gateway.gateway import Gateway
from edi_gateway.model.caller import Caller

log = logging.getLogger(__name__)

SIGNED_TYPES = ("application/jose", "application/jose+json")
"""Content types of requests that are their own credential: whoever signs them is who calls."""

_bearer = HTTPBearer(
    auto_error=False, scheme_name="token", bearerFormat="edg_…", description="A token from `edi-gateway token create`."
)

_link = APIKeyQuery(
    name="access_token", auto_error=False, scheme_name="link", description="A guest's token, in a link (RFC 6750 §2.3)."
)

Here = Annotated[Gateway, Depends(gateway_of)]
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
_Link = Annotated[str | None, Depends(_link)]


def _by_token(_: Request, gateway: Gateway, credentials: HTTPAuthorizationCredentials | None) -> Caller | None:
    return bearer(gateway, credentials.credentials) if credentials and credentials.credentials else None


def _by_signature(request: Request, gateway: Gateway, _: HTTPAuthorizationCredentials | None) -> Caller | None:
    return caller_of(request, gateway)


def _by_certificate(request: Request, gateway: Gateway, _: HTTPAuthorizationCredentials | None) -> Caller | None:
    return certified_caller(request, gateway)


IDENTIFIERS: tuple[Callable[[Request, Gateway, HTTPAuthorizationCredentials | None], Caller | None], ...] = (
    _by_token,
    _by_signature,
    _by_certificate,
)
"""Each returns who calls, None where the request has no such credential, and raises Denied for one that isn't good."""


class Open:
    """For a route that anybody may call, or whoever signs what they send. A coroutine, so that it takes no thread."""

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(self, request: Request) -> None:
        """Nothing is asked, but not too often; whether the gateway lives may be asked at any rate."""
        if self.action not in ("documents.post", "pages.read"):
            _limit(_doorway(request).by_address, network_of(address_of(request)))


class May:
    """For a route that takes a caller who may do this. Raises Denied; then Problem, for names in a query."""

    def __init__(self, action: Action) -> None:
        assert action not in OPEN
        self.action = action

    def __call__(self, request: Request, gateway: Here, credentials: _Credentials) -> Caller:
        _limit(_doorway(request).by_address, network_of(address_of(request)))
        for identify in IDENTIFIERS:
            if caller := identify(request, gateway, credentials):
                return self._permitted(request, caller)
        raise Denied("token-missing")

    def _permitted(self, request: Request, caller: Caller) -> Caller:
        _limit(_doorway(request).by_credential, caller.credential or caller.name)
        permitted = permit(replace(caller, address=address_of(request)), self.action)
        check_not_suspended(_doorway(request).gateway, permitted)
        check_names(request)
        return permitted


class MayByLink(May):
    """The same, also for a guest whose token is in the link: a browser that follows one sends no header."""

    def __call__(  # type: ignore[override] # what else is read of the request
        self, request: Request, gateway: Here, credentials: _Credentials, link: _Link
    ) -> Caller:
        if credentials or not link:
            return super().__call__(request, gateway, credentials)
        _limit(_doorway(request).by_address, network_of(address_of(request)))
        caller = find_caller(gateway, link)
        if caller.role != "auditor-guest":
            # RFC 9700 §4.3.2: addresses are kept in too many places for a credential that opens more than one bundle.
            raise Denied("token-invalid", "Only a guest's token may be in the address: send others in Authorization.")
        return self._permitted(request, caller)


class MayOrSigns(May):
    """The same, or a partner that signs the request, or None where its body is signed: by whom, the route checks."""

    def __call__(  # type: ignore[override] # a caller, or nobody yet
        self, request: Request, gateway: Here, credentials: _Credentials
    ) -> Caller | None:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not credentials or media_type in SIGNED_TYPES:
            _limit(_doorway(request).by_address, network_of(address_of(request)))
        if gateway.settings.partner_renewals != "refused":
            if media_type in SIGNED_TYPES:
                return None
            if not credentials and (caller := caller_of(request, gateway)):
                check_not_suspended(gateway, caller)
                check_names(request)
                return replace(caller, address=address_of(request))
        return super().__call__(request, gateway, credentials)


DocumentReader = Annotated[Caller, Depends(May("documents.read"))]
DocumentProver = Annotated[Caller, Depends(MayByLink("documents.prove"))]
DocumentValidator = Annotated[Caller, Depends(May("documents.validate"))]
DocumentKeeper = Annotated[Caller, Depends(May("documents.dispose"))]
GuestInviter = Annotated[Caller, Depends(May("guests.invite"))]
ChainMarker = Annotated[Caller, Depends(May("chains.mark"))]
PartnerReader = Annotated[Caller, Depends(May("partners.read"))]
PartnerWriter = Annotated[Caller, Depends(May("partners.write"))]
KeyBringer = Annotated[Caller | None, Depends(MayOrSigns("keys.bring"))]
TokenReader = Annotated[Caller, Depends(May("tokens.read"))]
TokenRevoker = Annotated[Caller, Depends(May("tokens.revoke"))]
SessionEnder = Annotated[Caller, Depends(May("sessions.end"))]
TrailReader = Annotated[Caller, Depends(May("trail.read"))]
MetricsReader = Annotated[Caller, Depends(May("metrics.read"))]

FOR_SENDERS = Depends(Open("documents.post"))
FOR_PEOPLE = Depends(Open("sessions.begin"))
FOR_LEDGER_READERS = Depends(Open("ledger.read"))
FOR_ANYBODY = Depends(Open("pages.read"))


def declared(routers: Iterable[APIRouter]) -> dict[tuple[str, str], Action]:
    """The action of every route, by method and path. Raises ValueError for a route that declares none, or two."""
    return {each: action for router in routers for route in router.routes for each, action in _declared(route)}


def _declared(route: BaseRoute) -> Iterator[tuple[tuple[str, str], Action]]:
    actions = sorted(set(_actions(route.dependant))) if isinstance(route, APIRoute) else []
    if not isinstance(route, APIRoute) or len(actions) != 1:
        raise ValueError(f"{route} declares {', '.join(actions) or 'no action'}: it takes one of access.rights")
    for method in sorted(route.methods or ()):
        yield (method, route.path), actions[0]


def _actions(dependant: Dependant) -> Iterator[Action]:
    if isinstance(dependant.call, Open | May):
        yield dependant.call.action
    for below in dependant.dependencies:
        yield from _actions(below)


def _doorway(request: Request) -> Doorway:
    doorway: Doorway = request.app.state.doorway
    return doorway


def _limit(limiter: Limiter, key: str) -> None:
    if seconds := limiter.wait(key):
        raise Problem("too-many-requests", headers={"Retry-After": str(ceil(seconds))})


def address_of(request: Request) -> str:
    """From where a request came, as far as the server knows."""
    return request.client.host if request.client else ""


def denial(request: Request, error: Exception) -> Response:
    """RFC 6750 §3: the challenge says what would be accepted, and of a token that was given, what is wrong with it."""
    assert isinstance(error, Denied)
    log.info("denied %s to %s: %s", request.url.path, address_of(request) or "-", error)
    challenge = {
        "token-missing": 'Bearer realm="edi-gateway"',
        "token-invalid": 'Bearer realm="edi-gateway", error="invalid_token"',
        "role-insufficient": 'Bearer realm="edi-gateway", error="insufficient_scope"',
    }.get(error.code)
    return problem(request, error.code, error.detail, {"WWW-Authenticate": challenge} if challenge else None)
