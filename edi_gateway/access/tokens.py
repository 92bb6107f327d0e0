"""Bearer tokens: made once, shown once, kept as hashes."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import get_args

from edi_gateway.access.rights import Action, Denied, permit
from edi_gateway.errors import Misuse
from edi_gateway.gateway import Gateway
from edi_gateway.model.caller import Caller, Role

PREFIX = "edg_"
TOKEN_BYTES = 32
DEFAULT_LIFETIME = timedelta(days=90)


def create_token(
    gateway: Gateway, role: str, name: str, *, partner: str | None = None, expires_at: datetime | None = None
) -> str:
    """Make a bearer token: `edg_` and 256 random bits. It is shown this once; only its hash is stored.

    It ends after `DEFAULT_LIFETIME` unless `expires_at` (aware) says otherwise. Raises Misuse.
    """
    now = gateway.clock()
    expires_at = expires_at or now + DEFAULT_LIFETIME
    if expires_at <= now:
        raise Misuse("The token would have expired already.")
    caller = _caller(gateway, role, name.strip(), partner)
    token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    gateway.tokens.add(_hash(token), caller, now, expires_at)
    return token


def admit(gateway: Gateway, token: str | None, action: Action) -> Caller:
    """The caller, if the token is good at this moment and their role may do this. Raises Denied, and Fault."""
    if not token:
        raise Denied("token-missing")
    return permit(find_caller(gateway, token), action)


def find_caller(gateway: Gateway, token: str) -> Caller:
    """Whose token this is, if it is good at this moment. Raises Denied, and Fault."""
    caller = gateway.tokens.find(_hash(token), gateway.clock())
    if caller is None:
        raise Denied("token-invalid")
    return caller


def _caller(gateway: Gateway, role: str, name: str, partner: str | None) -> Caller:
    known: Mapping[str, Role] = {role: role for role in get_args(Role)}
    if role not in known:
        raise Misuse(f"A role is one of {', '.join(known)}.")
    if not name:
        raise Misuse("A token has a name, so that it can be told from others.")
    if (role == "partner") != (partner is not None):
        raise Misuse("A token names a partner if, and only if, its role is partner.")
    if partner is not None and partner not in gateway.directory.refreshed().partners:
        raise Misuse(f"There is no partner {partner}.")
    return Caller(name, known[role], partner)


def _hash(token: str) -> str:
    # The token has 256 random bits, so that nobody can guess at it: a fast hash without salt is enough.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
