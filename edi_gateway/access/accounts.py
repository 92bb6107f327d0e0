"""Accounts of people: made and changed on the gateway's own machine, each change a step of the trail."""

import re
from typing import get_args

from edi_gateway.access.codes import new_secret
from edi_gateway.access.passwords import hashed
from edi_gateway.errors import Misuse
from edi_gateway.gateway import Gateway
from edi_gateway.model.account import Account, AccountRole, CodeSecret
from edi_gateway.model.trail import Actor, Step, TrailEvent

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")


def add_user(gateway: Gateway, name: str, role: str, password: str, by: Actor, *, code: bool = True) -> str | None:
    """Make an account. Returns the `otpauth` URI of its codes, which is shown this once. Raises Misuse, Taken."""
    if not _NAME.fullmatch(name):
        raise Misuse("A user's name has lower-case letters, digits and . _ @ + -, 64 characters at most.")
    known: dict[str, AccountRole] = {role: role for role in get_args(AccountRole)}
    if role not in known:
        raise Misuse(f"A user's role is one of {', '.join(known)}.")
    secret, uri = _code(gateway, name) if code else (None, None)
    now = gateway.clock()
    account = Account(name, known[role], hashed(password), secret, disabled=False, added_at=now)
    detail = role if code else f"{role}, without a code"
    gateway.users.add(account, Step("user.added", by, name, now, detail))
    return uri


def change_password(gateway: Gateway, name: str, password: str, by: Actor) -> None:
    """Ends the user's sessions, too. Raises Misuse."""
    step = _step(gateway, "user.password-changed", name, by)
    _must(name, gateway.users.change_password(name, hashed(password), step))


def change_code(gateway: Gateway, name: str, by: Actor, *, code: bool = True) -> str | None:
    """Other codes, or none any more. Returns the URI. Ends the user's sessions, too. Raises Misuse."""
    secret, uri = _code(gateway, name) if code else (None, None)
    step = _step(gateway, "user.code-changed", name, by, None if code else "none any more")
    _must(name, gateway.users.change_code(name, secret, step))
    return uri


def disable_user(gateway: Gateway, name: str, by: Actor) -> None:
    """Let a user in no more, and end their sessions. Raises Misuse."""
    _must(name, gateway.users.disable(name, True, _step(gateway, "user.disabled", name, by)))


def enable_user(gateway: Gateway, name: str, by: Actor) -> None:
    """Let a user in again; failures so far don't count, nobody's. Raises Misuse."""
    _must(name, gateway.users.disable(name, False, _step(gateway, "user.enabled", name, by)))
    gateway.attempts.forget()


def passphrase_of(gateway: Gateway) -> str | None:
    passphrase = gateway.settings.passphrase
    return passphrase.get_secret_value() if passphrase else None


def _code(gateway: Gateway, name: str) -> tuple[CodeSecret, str]:
    return new_secret(name, gateway.settings.origin, passphrase_of(gateway))


def _step(gateway: Gateway, event: TrailEvent, name: str, by: Actor, detail: str | None = None) -> Step:
    return Step(event, by, name, gateway.clock(), detail)


def _must(name: str, found: bool) -> None:
    if not found:
        raise Misuse(f"There is no user {name}.")
