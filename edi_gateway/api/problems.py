"""What goes wrong, as RFC 9457 tells it: `application/problem+json` with a stable `code`."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response

from edi_gateway.errors import REASONS, Fault, Rejection
from edi_gateway.ledger.sequencer import Overloaded
from edi_gateway.model.record import Examined, Recorded

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "1"

_UNIDENTIFIED = {
    "content-type-unknown": 415,
    "body-too-large": 413,
    "body-too-slow": 408,
    "unsigned": 401,
    "signature-profile": 401,
    "algorithm-unknown": 401,
    "unknown-signer": 401,
    "signature-invalid": 401,
}
_IDENTIFIED = {"partner-suspended": 403, "document-conflict": 409, "idempotency-key-reused": 409}


def status_of(code: str, *, identified: bool) -> int:
    """The HTTP status of a reason: what is refused before anybody is identified is 4xx by its kind, after it 422."""
    return _IDENTIFIED.get(code, 422) if identified else _UNIDENTIFIED.get(code, 400)


def problem(
    code: str, status: int, title: str, detail: str, instance: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A problem without a verdict."""
    return Response(json.dumps(_members(code, status, title, detail, instance)), status, headers, MEDIA_TYPE)


def rejection(request: Request, error: Rejection) -> Response:
    """Nobody was identified: the answer is all that remains, apart from the security log."""
    status = status_of(error.code, identified=False)
    # What is left of the body was not read; the connection can't be used for another request.
    headers = {"Connection": "close"} if status == 413 else None
    return problem(error.code, status, error.reason, error.detail, request.url.path, headers)


def refusal(recorded: Recorded) -> Response:
    """A recorded refusal: the problem, what validation said, and the receipt for it."""
    examined = recorded.submission
    assert isinstance(examined, Examined)
    assert examined.code
    status = status_of(examined.code, identified=True)
    location = f"/v1/documents/{recorded.id}"
    members = _members(examined.code, status, REASONS[examined.code], examined.detail, location)
    body = json.dumps(members | json.loads(examined.report))[:-1].encode() + b', "receipt": ' + recorded.receipt + b"}"
    return Response(body, status, {"Location": location}, MEDIA_TYPE)


def fault(request: Request, error: Fault) -> Response:
    """Our own fault, told without what it was: the details are in the log."""
    code, detail = ("overloaded", str(error)) if isinstance(error, Overloaded) else ("unavailable", _RETRY)
    headers = {"Retry-After": RETRY_AFTER}
    return problem(code, 503, "The gateway cannot record this now.", detail, request.url.path, headers)


_RETRY = "Nothing is lost: send the same bytes again, and you get the receipt, the first one if there is one already."


def _members(code: str, status: int, title: str, detail: str, instance: str) -> dict[str, Any]:
    return {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
    }
