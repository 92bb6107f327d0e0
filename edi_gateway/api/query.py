"""Queries say what they mean, once: a name that nobody knows is more likely a slip than to be left unread."""

from collections import Counter

from fastapi import Request

from edi_gateway.api.openapi import describe
from edi_gateway.api.problems import Problem
from edi_gateway.model.document import MAX_ECHO


def check_names(request: Request) -> None:
    """Raises Problem for names that the route's description lacks, and for those that come more than once."""
    given = Counter(name for name, _ in request.query_params.multi_items())
    if not given:
        return
    known = _known(request)
    if unknown := [name for name in given if name not in known]:
        named = f"known: {', '.join(known)}" if known else "this takes no query"
        raise Problem("query-invalid", f"{_listed(unknown)}: not a name that is known here; {named}.")
    if repeated := [name for name, times in given.items() if times > 1]:
        raise Problem("query-invalid", f"{_listed(repeated)}: given more than once.")


def _known(request: Request) -> list[str]:
    described = describe(request.app)
    operation = described["paths"][request.scope["route"].path_format][request.method.lower()]
    schemes = described["components"]["securitySchemes"]
    credentials = (schemes[name] for required in operation.get("security", ()) for name in required)
    given = (*operation.get("parameters", ()), *credentials)
    return [each["name"] for each in given if each.get("in") == "query"]


def _listed(names: list[str]) -> str:
    return ", ".join(name if name.isprintable() else repr(name) for name in names)[:MAX_ECHO]
