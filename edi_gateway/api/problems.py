"""What goes wrong, as RFC 9457 tells it: `application/problem+json` with a stable `code`."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import Request, Response

from edi_gateway.api.problem_types import PROBLEM_TYPES
from edi_gateway.errors import Fault, GatewayError, Rejection, TooFast
from edi_gateway.ledger.proven import Doubtful
from edi_gateway.ledger.sequencer import Overloaded
from edi_gateway.model.document import MAX_ECHO
from edi_gateway.model.record import Examined, Recorded
from edi_gateway.workflows.forks import Forked
from edi_gateway.workflows.payload_ports import PayloadKeyUnavailable

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "1"
MAX_DETAIL = 1000


class Problem(GatewayError):
    """What a reader or an operator asked for can't be answered. `code` is one of `PROBLEM_TYPES`.

    `also` are members of the answer that only this kind of problem has.
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
        also: Mapping[str, Any] | None = None,
    ) -> None:
        self.code = code
        self.detail = detail
        self.headers = headers
        self.also = also
        super().__init__(f"{code}: {detail}")


def problem(
    request: Request,
    code: str,
    detail: str = "",
    headers: Mapping[str, str] | None = None,
    also: Mapping[str, Any] | None = None,
) -> Response:
    """A problem without a verdict."""
    members = _members(code, detail, request.url.path[:MAX_ECHO]) | dict(also or {})
    return Response(json.dumps(members), members["status"], headers, MEDIA_TYPE)


def rejection(request: Request, error: Rejection) -> Response:
    """Nobody was identified: the answer is all that remains, apart from the security log."""
    headers = {}
    if error.code in ("body-too-large", "body-too-slow"):
        # What is left of the body was not read; the connection can't be used for another request.
        headers["Connection"] = "close"
    if isinstance(error, TooFast):
        headers["Retry-After"] = str(error.retry_after)
    if PROBLEM_TYPES[error.code].status == 401:
        # RFC 9110 §15.5.2 wants a challenge; no registered scheme says that the document itself must be signed.
        headers["WWW-Authenticate"] = 'Document-Signature realm="edi-gateway"'
    return problem(request, error.code, error.detail, headers)


def refusal(recorded: Recorded) -> Response:
    """A recorded refusal: the problem, what validation said, and the receipt for it."""
    examined = recorded.submission
    assert isinstance(examined, Examined)
    assert examined.code
    location = f"/v1/documents/{recorded.id}"
    members = _members(examined.code, examined.detail, location)
    body = json.dumps(members | json.loads(examined.report))[:-1].encode() + b', "receipt": ' + recorded.receipt + b"}"
    return Response(body, members["status"], {"Location": location}, MEDIA_TYPE)


def fault(request: Request, error: Exception) -> Response:
    """Our own fault, told without what it was: the details are in the log."""
    code, detail = fault_code(error), ""
    if code == "overloaded":
        detail = str(error)
    elif code == "unavailable" and isinstance(error, Fault):
        detail = _NOTHING_LOST
    return problem(request, code, detail, {"Retry-After": RETRY_AFTER})


def fault_code(error: Exception) -> str:
    """What an answer says of a fault, and the log, too."""
    return next((code for kind, code in _FAULT_CODES.items() if isinstance(error, kind)), "unavailable")


_FAULT_CODES: Mapping[type[Exception], str] = {
    Overloaded: "overloaded",
    Doubtful: "ledger-doubtful",
    Forked: "ledger-forked",
    PayloadKeyUnavailable: "payload-key-unavailable",
}

_NOTHING_LOST = "Nothing is lost: what was sent can be sent again, and gets its receipt, the first if there is one."


def _members(code: str, detail: str, instance: str) -> dict[str, Any]:
    kind = PROBLEM_TYPES[code]
    return {
        "type": f"/problems/{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail or kind.advice,
        "instance": instance,
        "code": code,
    }


def invalid(code: str, errors: Iterable[Mapping[str, Any]]) -> Problem:
    """What pydantic has to say, in one line; the value itself is not repeated."""
    said = [f"{'.'.join(map(str, error['loc'])) or 'the whole'}: {error['msg']}" for error in errors]
    return Problem(code, "; ".join(said)[:MAX_DETAIL])
