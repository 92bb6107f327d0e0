"""A request as its sender signs it, and who is at the other end of its connection."""

from dataclasses import dataclass
from typing import Final, NamedTuple

PEER: Final = "edi_gateway.peer"
"""Under this name a connection's `Peer` goes along with its requests. What headers say of addresses proves nothing."""


class Peer(NamedTuple):
    """Who is at the other end of a connection: the address, and the certificate (DER) that was shown and verified."""

    address: str
    certificate: bytes | None = None


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What a signature may cover of a request (RFC 9421 §2).

    `authority` is host and port, `path` and `query` (None where there is none) are as they were sent, still escaped;
    `fields` have lower-case names, in their order.
    """

    method: str
    scheme: str
    authority: str
    path: str
    query: str | None = None
    fields: tuple[tuple[str, str], ...] = ()

    def values(self, name: str) -> list[str]:
        """All of one field, as they came."""
        return [value for each, value in self.fields if each == name]
