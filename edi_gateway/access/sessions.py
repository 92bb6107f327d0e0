"""Sessions of people: begun with a password and a code, at a bounded rate, and ended when they say so or after a while.

Whatever is wrong with what somebody gave is answered alike, after the same work.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from edi_gateway.access.accounts import passphrase_of
from edi_gateway.access.codes import step_of
from edi_gateway.access.passwords import matches
from edi_gateway.access.tokens import hash_of, new_token, token_id
from edi_gateway.errors import GatewayError
from edi_gateway.gateway import Gateway
from edi_gateway.model.account import Account
from edi_gateway.model.caller import Caller
from edi_gateway.model.lockout import Subject
from edi_gateway.model.trail import Actor, Step

log = logging.getLogger(__name__)


class LoginRefused(GatewayError):
    """The name, the password or the code is wrong, or the account is disabled: which, isn't said."""


class TooOften(GatewayError):
    """It is too early for another attempt; `seconds` is when to come again."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"again in {seconds} seconds")


@dataclass(frozen=True, slots=True)
class Session:
    """`token` is shown this once, `id` names it in lists."""

    id: str
    token: str
    caller: Caller
    expires_at: datetime


def begin_session(gateway: Gateway, name: str, password: str, code: str, address: str) -> Session:
    """Raises LoginRefused, TooOften, and Fault."""
    now = gateway.clock()
    subjects = _subjects(name, address)
    if retry_at := gateway.attempts.begin(subjects, now):
        raise TooOften(ceil((retry_at - now).total_seconds()))
    account = gateway.users.get(name)
    if not matches(account, password) or account is None or account.disabled:
        raise _refused(account, address)
    code_step = _code_step(gateway, account, code, now)
    token, expires_at = new_token(), now + timedelta(minutes=gateway.settings.session_minutes)
    caller = Caller(account.name, account.role, credential=token_id(token), address=address)
    begun = Step("session.begun", Actor.of(caller), account.name, now)
    kept = hash_of(token), expires_at
    if (account.code and code_step is None) or not gateway.users.begin_session(account, code_step, kept, begun):
        raise _refused(account, address)
    gateway.attempts.succeeded(subjects, now)
    return Session(caller.credential, token, caller, expires_at)


def end_session(gateway: Gateway, caller: Caller) -> bool:
    """False where the caller's credential is no session. Raises Fault."""
    found = gateway.tokens.get(caller.credential)
    if found is None or found.account is None:
        return False
    step = Step("session.ended", Actor.of(caller), found.account, gateway.clock())
    return gateway.tokens.revoke(found.id, step)


def _code_step(gateway: Gateway, account: Account, code: str, now: datetime) -> int | None:
    if account.code is None:
        return None
    return step_of(account.code, passphrase_of(gateway), code, now)


def _refused(account: Account | None, address: str) -> LoginRefused:
    # Somebody may have typed their password where the name goes.
    log.warning("refused a session to %s from %s", account.name if account else "an unknown name", address or "-")
    return LoginRefused("refused")


def _subjects(name: str, address: str) -> dict[Subject, str]:
    network = network_of(address)
    said: dict[Subject, tuple[str, ...]] = {"name": (name,), "address": (network,), "both": (name, network)}
    return {
        kind: sha256("\0".join((kind, *words)).encode("utf-8", "replace")).hexdigest() for kind, words in said.items()
    }


def network_of(address: str) -> str:
    """Whoever has an IPv6 address has 2^64 of them."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else address
