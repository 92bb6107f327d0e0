"""Bearer tokens: made once, shown once, kept as hashes. Making and revoking one is a step of the trail."""

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args

from edi_gateway.access.rights import ALLOWED, Action, Denied, permit
from edi_gateway.errors import Misuse
from edi_gateway.gateway import Gateway
from edi_gateway.model.caller import Caller, Role, Token
from edi_gateway.model.moment import timestamp
from edi_gateway.model.trail import Actor, Step
from edi_gateway.storage.tokens import id_of

PREFIX = "edg_"
TOKEN_BYTES = 32
DEFAULT_LIFETIME = timedelta(days=90)
GUEST_LIFETIME = timedelta(days=7)
MAX_GUEST_LIFETIME = timedelta(days=90)
"""A guest is let in for a while, not for good."""

HOST = Actor("host", "host")
"""Somebody on the gateway's own machine, whoever that is."""


class NoToken(Misuse):
    """There is no such token, or it was revoked before."""


@dataclass(frozen=True, slots=True)
class Holder:
    """For whom a token is: `partner` for that role, `document` for a guest; `actions` narrow what the role may."""

    role: str
    name: str
    partner: str | None = None
    document: str | None = None
    actions: Collection[str] | None = None

    @property
    def lifetime(self) -> timedelta:
        return GUEST_LIFETIME if self.role == "auditor-guest" else DEFAULT_LIFETIME


def create_token(
    gateway: Gateway, role: str, name: str, *, partner: str | None = None, expires_at: datetime | None = None
) -> str:
    """Make a bearer token for all that a role may do. Raises Misuse."""
    return issue_token(gateway, Holder(role, name, partner), expires_at)


def issue_token(gateway: Gateway, holder: Holder, expires_at: datetime | None = None, by: Actor = HOST) -> str:
    """Make a bearer token: `edg_` and 256 random bits. It is shown this once; only its hash is stored.

    It ends after `holder.lifetime` unless `expires_at` (aware) says otherwise. Raises Misuse.
    """
    now = gateway.clock()
    expires_at = expires_at or now + holder.lifetime
    if expires_at <= now:
        raise Misuse("The token would have expired already.")
    caller = _caller(gateway, holder)
    if caller.role == "auditor-guest" and expires_at > now + MAX_GUEST_LIFETIME:
        raise Misuse(f"A guest is let in for {MAX_GUEST_LIFETIME.days} days at most.")
    token = new_token()
    step = Step("token.created", by, token_id(token), now, _detail(caller, expires_at))
    gateway.tokens.add(hash_of(token), caller, expires_at, step)
    return token


def revoke_token(gateway: Gateway, id: str, by: Actor = HOST, *, only: Role | None = None) -> None:
    """End a token, or a session. `only`: if it is one of this role. Raises NoToken."""
    found = gateway.tokens.get(id)
    step = Step("token.revoked", by, id, gateway.clock())
    if found is None or only not in (None, found.caller.role) or not gateway.tokens.revoke(id, step):
        raise NoToken(f"There is no token {id}, or it was revoked before.")


def list_tokens(gateway: Gateway) -> list[Token]:
    """All that were ever made, oldest first. Raises Fault."""
    return gateway.tokens.all()


def admit(gateway: Gateway, token: str | None, action: Action) -> Caller:
    """The caller, if the token is good at this moment and their role may do this. Raises Denied, and Fault."""
    if not token:
        raise Denied("token-missing")
    return permit(find_caller(gateway, token), action)


def find_caller(gateway: Gateway, token: str) -> Caller:
    """Whose token this is, if it is good at this moment. Raises Denied, and Fault."""
    caller = gateway.tokens.find(hash_of(token), gateway.clock())
    if caller is None:
        raise Denied("token-invalid")
    return caller


def token_id(token: str) -> str:
    """What names it in lists."""
    return id_of(hash_of(token))


def new_token() -> str:
    return PREFIX + secrets.token_urlsafe(TOKEN_BYTES)


def hash_of(token: str) -> str:
    # The token has 256 random bits, so that nobody can guess at it: a fast hash without salt is enough.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _caller(gateway: Gateway, holder: Holder) -> Caller:
    known: Mapping[str, Role] = {role: role for role in get_args(Role)}
    if holder.role not in known:
        raise Misuse(f"A role is one of {', '.join(known)}.")
    if not holder.name.strip():
        raise Misuse("A token has a name, so that it can be told from others.")
    if (holder.role == "partner") != (holder.partner is not None):
        raise Misuse("A token names a partner if, and only if, its role is partner.")
    if holder.partner is not None and holder.partner not in gateway.directory.refreshed().partners:
        raise Misuse(f"There is no partner {holder.partner}.")
    if (holder.role == "auditor-guest") != (holder.document is not None):
        raise Misuse("A token names a document if, and only if, its role is auditor-guest.")
    if holder.document is not None and gateway.archive.document(holder.document) is None:
        raise Misuse(f"There is no document {holder.document}.")
    role = known[holder.role]
    return Caller(holder.name.strip(), role, holder.partner, holder.document, _scope(role, holder.actions))


def _scope(role: Role, actions: Collection[str] | None) -> frozenset[str] | None:
    if actions is None:
        return None
    may = {action for action, roles in ALLOWED.items() if role in roles}
    if not actions or not set(actions) <= may:
        raise Misuse(f"The role {role} may do {', '.join(sorted(may))}: a token is good for some of that, or all.")
    return frozenset(actions)


def _detail(caller: Caller, expires_at: datetime) -> str:
    about = caller.partner or caller.document
    scope = f", only {', '.join(sorted(caller.actions))}" if caller.actions else ""
    return f"{caller.role} {caller.name!r}{f' for {about}' if about else ''}{scope}, until {timestamp(expires_at)}"
