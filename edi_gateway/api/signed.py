"""Requests that a partner signs (RFC 9421), as the doors meet them."""

from typing import Final

from fastapi import Request

from edi_gateway.gateway import Gateway
from edi_gateway.model.caller import Caller
from edi_gateway.model.request import HttpRequest
from edi_gateway.workflows.signed_request import SignedRequest, verify_signed

ASKED_METHOD: Final = "edi_gateway.asked_method"
"""In the scope: the method that was sent, where another is served."""
_SIGNED: Final = "edi_gateway.signed"


def is_signed(request: Request) -> bool:
    """Whether it says so."""
    return "signature-input" in request.headers


def caller_of(request: Request, gateway: Gateway) -> Caller | None:
    """The partner whose key signed it; None where it isn't signed. Raises Rejection, and Fault."""
    if not is_signed(request):
        return None
    headers = request.headers
    has_body = "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
    signed = verify_signed(as_sent(request), gateway.clock(), gateway.verifying, has_body=has_body)
    request.scope[_SIGNED] = signed
    fingerprint = signed.key.fingerprint
    return Caller(f"key:{fingerprint}", "partner", signed.key.partner, credential=fingerprint)


def signed_request(request: Request) -> SignedRequest | None:
    """What was verified of it, once `caller_of` was asked."""
    found: SignedRequest | None = request.scope.get(_SIGNED)
    return found


def as_sent(request: Request) -> HttpRequest:
    """What the sender may have signed."""
    scope = request.scope
    return HttpRequest(
        method=scope.get(ASKED_METHOD, scope["method"]),
        scheme=scope["scheme"],
        authority=request.headers.get("host", ""),
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1") or None,
        fields=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]),
    )
