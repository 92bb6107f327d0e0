"""The text that is signed of a request (RFC 9421 §2): a line for each component, and one for the signature's own
parameters. The same for who signs and who verifies."""

from collections.abc import Sequence
from typing import Final

from edi_gateway.errors import Rejection
from edi_gateway.model.request import HttpRequest
from edi_gateway.syntax.structured import InnerList, serialize

DERIVED: Final = ("@method", "@target-uri", "@authority", "@scheme", "@path", "@query")
"""Components that are no fields, as far as they are known here."""

_PORTS: Final = {"https": ":443", "http": ":80"}


def signature_base(request: HttpRequest, components: Sequence[str], covered: InnerList) -> bytes:
    """RFC 9421 §2.5. Raises Rejection("signature-profile") for a component that the request doesn't have, or that has
    other characters than a line of ASCII."""
    lines = [f'"{name}": {_checked(name, _value(request, name))}' for name in components]
    return "\n".join([*lines, f'"@signature-params": {serialize(covered)}']).encode("ascii")


def _checked(name: str, value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise Rejection("signature-profile", f"The signature covers {name[:100]!a}, which is no line of ASCII.")
    return value


def _value(request: HttpRequest, name: str) -> str:
    match name:
        case "@method":
            return request.method
        case "@scheme":
            return request.scheme
        case "@authority":
            return authority_of(request)
        case "@path":
            return request.path or "/"
        case "@query":
            return f"?{request.query or ''}"
        case "@target-uri":
            query = f"?{request.query}" if request.query else ""
            return f"{request.scheme}://{authority_of(request)}{request.path or '/'}{query}"
    return _field(request, name)


def authority_of(request: HttpRequest) -> str:
    """RFC 9421 §2.2.3: in lower case, without the scheme's own port."""
    return request.authority.lower().removesuffix(_PORTS.get(request.scheme, "\n"))


def _field(request: HttpRequest, name: str) -> str:
    found = [value.strip(" \t") for value in request.values(name)]
    if not found:
        raise Rejection("signature-profile", f"The signature covers {name[:100]!a}, which the request doesn't have.")
    return ", ".join(found)
