"""Who may come in: settled before anything else of a request is read. Every route declares one action, or isn't served.

`IDENTIFIERS` are the ways to say who is calling. Another one is another function there.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.dependencies.models import Dependant
from fastapi.requests import Request
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.routing import BaseRoute

from edi_gateway.access import OPEN, Action, Denied, find_caller, permit
from edi_gateway.api.doorway import gateway_of
from edi_gateway.api.problems import problem
from edi_gateway.api.query import check_names
from edi_gateway.gateway import Gateway
from edi_gateway.model.caller import Caller

log = logging.getLogger(__name__)

SIGNED_TYPES = ("application/jose", "application/jose+json")
"""Content types of requests that are their own credential: whoever signs them is who calls."""

_bearer = HTTPBearer(
    auto_error=False, scheme_name="token", bearerFormat="edg_…", description="A token from `edi-gateway token create`."
)

Here = Annotated[Gateway, Depends(gateway_of)]
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def _by_token(_: Request, gateway: Gateway, credentials: HTTPAuthorizationCredentials | None) -> Caller | None:
    return find_caller(gateway, credentials.credentials) if credentials and credentials.credentials else None


IDENTIFIERS: tuple[Callable[[Request, Gateway, HTTPAuthorizationCredentials | None], Caller | None], ...] = (_by_token,)
"""Each returns who calls, None where the request has no such credential, and raises Denied for one that isn't good."""


class Open:
    """For a route that anybody may call, or whoever signs what they send. A coroutine, so that it takes no thread."""

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(self) -> None:
        """Nothing is asked."""


class May:
    """For a route that takes a caller who may do this. Raises Denied; then Problem, for names in a query."""

    def __init__(self, action: Action) -> None:
        assert action not in OPEN
        self.action = action

    def __call__(self, request: Request, gateway: Here, credentials: _Credentials) -> Caller:
        for identify in IDENTIFIERS:
            if caller := identify(request, gateway, credentials):
                permitted = permit(caller, self.action)
                check_names(request)
                return permitted
        raise Denied("token-missing")


class MayOrSigns(May):
    """The same, or None where the request itself is signed: the route has to check by whom."""

    def __call__(  # type: ignore[override] # a caller, or nobody yet
        self, request: Request, gateway: Here, credentials: _Credentials
    ) -> Caller | None:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type in SIGNED_TYPES and gateway.settings.partner_renewals != "refused":
            return None
        return super().__call__(request, gateway, credentials)


DocumentReader = Annotated[Caller, Depends(May("documents.read"))]
DocumentProver = Annotated[Caller, Depends(May("documents.prove"))]
DocumentValidator = Annotated[Caller, Depends(May("documents.validate"))]
DocumentKeeper = Annotated[Caller, Depends(May("documents.dispose"))]
ChainMarker = Annotated[Caller, Depends(May("chains.mark"))]
PartnerReader = Annotated[Caller, Depends(May("partners.read"))]
PartnerWriter = Annotated[Caller, Depends(May("partners.write"))]
KeyBringer = Annotated[Caller | None, Depends(MayOrSigns("keys.bring"))]
MetricsReader = Annotated[Caller, Depends(May("metrics.read"))]

FOR_SENDERS = Depends(Open("documents.post"))
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


def denial(request: Request, error: Exception) -> Response:
    """RFC 6750 §3: the challenge says what would be accepted, and of a token that was given, what is wrong with it."""
    assert isinstance(error, Denied)
    log.info("denied %s to %s: %s", request.url.path, request.client.host if request.client else "-", error)
    challenge = {
        "token-missing": 'Bearer realm="edi-gateway"',
        "token-invalid": 'Bearer realm="edi-gateway", error="invalid_token"',
        "role-insufficient": 'Bearer realm="edi-gateway", error="insufficient_scope"',
    }
    return problem(request, error.code, error.detail, {"WWW-Authenticate": challenge[error.code]})
