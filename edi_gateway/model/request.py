"""A request as its sender signs it."""

from dataclasses import dataclass


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
