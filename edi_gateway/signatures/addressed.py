"""For which gateway a request was signed.

Whoever is sent one can send it on, and a partner may have one key at several gateways: a signature is taken by the
gateway alone whose own name it covers. What a request's Host says proves nothing, since whoever sends it on sets that.
"""

from collections.abc import Collection
from ipaddress import ip_address

from edi_gateway.errors import Rejection
from edi_gateway.model.document import MAX_ECHO
from edi_gateway.model.request import HttpRequest
from edi_gateway.syntax.signature_base import authority_of


def check_addressed(request: HttpRequest, hosts: Collection[str]) -> None:
    """Raises Rejection("misdirected-request") unless it is for one of these hosts (RFC 9110 §7.4).

    They are in lower case, with a port where that isn't the scheme's own. Without any, this machine's own are: nobody
    else can be meant by them.
    """
    authority = authority_of(request)
    if authority in hosts if hosts else _is_loopback(authority):
        return
    taken = ", ".join(sorted(hosts)) or "localhost alone, until its operator sets public_hosts"
    raise Rejection(
        "misdirected-request",
        f"The request is signed for {authority[:MAX_ECHO]!a}; here it has to be for {taken}."[: MAX_ECHO * 4],
    )


def _is_loopback(authority: str) -> bool:
    """Any port of it."""
    name, _, port = authority.rpartition(":")
    host = name if port.isdecimal() else authority
    try:
        return host == "localhost" or ip_address(host.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False
