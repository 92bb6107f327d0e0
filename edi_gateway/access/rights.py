"""The table of what each role may do. A route declares one action; one that declares none is not served.

docs/access.md shows this table, and what every route has declared.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from edi_gateway.errors import GatewayError
from edi_gateway.model.caller import Caller, Role

Action = Literal[
    "documents.post",
    "documents.read",
    "documents.prove",
    "documents.validate",
    "documents.dispose",
    "guests.invite",
    "chains.mark",
    "partners.read",
    "partners.write",
    "keys.bring",
    "sessions.begin",
    "sessions.end",
    "tokens.read",
    "tokens.revoke",
    "trail.read",
    "metrics.read",
    "ledger.read",
    "pages.read",
]

_NOBODY: frozenset[Role] = frozenset()

ALLOWED: Mapping[Action, frozenset[Role]] = MappingProxyType(
    {
        "documents.post": _NOBODY,
        "documents.read": frozenset({"officer", "partner"}),
        "documents.prove": frozenset({"officer", "partner", "auditor-guest"}),
        "documents.validate": frozenset({"officer", "operator", "partner"}),
        "documents.dispose": frozenset({"officer"}),
        "guests.invite": frozenset({"officer"}),
        "chains.mark": frozenset({"officer", "partner"}),
        "partners.read": frozenset({"officer", "operator"}),
        "partners.write": frozenset({"operator"}),
        "keys.bring": frozenset({"operator"}),
        "sessions.begin": _NOBODY,
        "sessions.end": frozenset({"officer", "operator"}),
        "tokens.read": frozenset({"officer", "operator"}),
        "tokens.revoke": frozenset({"officer", "operator"}),
        "trail.read": frozenset({"officer"}),
        "metrics.read": frozenset({"operator"}),
        "ledger.read": _NOBODY,
        "pages.read": _NOBODY,
    }
)
"""By action: the roles that may, if nobody else is named below."""

OPEN: frozenset[Action] = frozenset({"ledger.read", "pages.read", "sessions.begin"})
"""Anybody may: no credential is asked for, and none looked at."""

SIGNED: frozenset[Action] = frozenset({"documents.post", "keys.bring"})
"""A partner may, by signing what it sends with a key that is registered here."""

DESCRIBED: Mapping[Action, str] = MappingProxyType(
    {
        "documents.post": "send a signed document",
        "documents.read": "documents, what arrived, contracts, histories; a partner its own",
        "documents.prove": "a document's receipt and evidence; a partner its own, a guest of one",
        "documents.validate": "have a document judged, without recording it",
        "documents.dispose": "erase documents, and hold them against erasing",
        "guests.invite": "let a guest see one document's receipt and evidence, for a while",
        "chains.mark": "have a mark recorded at the end of a history; a partner its own",
        "partners.read": "partners and their keys",
        "partners.write": "enrol partners; approve, retire and revoke their keys",
        "keys.bring": "add a partner's key; a partner its own next one",
        "sessions.begin": "log in with an account",
        "sessions.end": "log out",
        "tokens.read": "which tokens and sessions there are",
        "tokens.revoke": "end a token or a session; an officer those of guests",
        "trail.read": "who read what, and who was given which right",
        "metrics.read": "metrics",
        "ledger.read": "checkpoint, tiles, proofs and keys of the ledger",
        "pages.read": "descriptions, and whether the gateway lives",
    }
)
"""By action: what it is, in words."""


class Denied(GatewayError):
    """`code` is `token-missing`, `token-invalid`, `role-insufficient` or `access-suspended`."""

    def __init__(
        self,
        code: Literal["token-missing", "token-invalid", "role-insufficient", "access-suspended"],
        detail: str = "",
    ) -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}" if detail else code)


def permit(caller: Caller, action: Action) -> Caller:
    """The caller, if their role may do this. Raises Denied."""
    if caller.role not in ALLOWED[action]:
        raise Denied("role-insufficient", f"This takes the role {' or '.join(sorted(ALLOWED[action]))}.")
    if caller.actions is not None and action not in caller.actions:
        raise Denied("role-insufficient", f"This token is only for {', '.join(sorted(caller.actions))}.")
    return caller
