"""Bearer tokens at the doors: who is calling is settled before anything else of a request is read."""

import logging
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Response
from fastapi.requests import Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from edi_gateway.access import Action, Denied, admit
from edi_gateway.api.doorway import gateway_of
from edi_gateway.api.problems import problem
from edi_gateway.gateway import Gateway
from edi_gateway.model.caller import Caller

log = logging.getLogger(__name__)

_bearer = HTTPBearer(
    auto_error=False, scheme_name="token", bearerFormat="edg_…", description="A token from `edi-gateway token create`."
)

Here = Annotated[Gateway, Depends(gateway_of)]
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def _may(action: Action) -> Callable[[Gateway, HTTPAuthorizationCredentials | None], Caller]:
    def admitted(gateway: Here, credentials: _Credentials) -> Caller:
        return admit(gateway, credentials.credentials if credentials else None, action)

    return admitted


def _operator_or_signature(request: Request, gateway: Here, credentials: _Credentials) -> Caller | None:
    """None where the partner itself signs what it asks: that is its authentication, which the route has to check."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in SIGNED and gateway.settings.partner_renewals != "refused":
        return None
    return admit(gateway, credentials.credentials if credentials else None, "partners.write")


SIGNED = ("application/jose", "application/jose+json")

DocumentReader = Annotated[Caller, Depends(_may("documents.read"))]
DocumentValidator = Annotated[Caller, Depends(_may("documents.validate"))]
DocumentKeeper = Annotated[Caller, Depends(_may("documents.dispose"))]
ChainMarker = Annotated[Caller, Depends(_may("chains.mark"))]
PartnerReader = Annotated[Caller, Depends(_may("partners.read"))]
PartnerWriter = Annotated[Caller, Depends(_may("partners.write"))]
KeyBringer = Annotated[Caller | None, Depends(_operator_or_signature)]
MetricsReader = Annotated[Caller, Depends(_may("metrics.read"))]


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
