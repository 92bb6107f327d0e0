"""People's accounts, as whoever runs the gateway's machine makes and ends them."""

import sys
from typing import get_args

import click

from edi_gateway.access.accounts import add_user, change_code, change_password, disable_user, enable_user
from edi_gateway.cli.options import gateway_options, json_option
from edi_gateway.cli.output import moment, show, table
from edi_gateway.cli.session import host_actor, opened
from edi_gateway.model.account import Account, AccountRole


@click.group
def user() -> None:
    """People who log in: add, list, disable, enable, password, totp."""


@user.command(epilog="Example: edi-gateway user add anna --role officer")
@click.argument("name")
@click.option("--role", type=click.Choice(get_args(AccountRole)), required=True, help="What they may do.")
@click.option("--without-totp", is_flag=True, help="The password alone lets them in.")
@gateway_options
@json_option
def add(name: str, role: str, without_totp: bool) -> None:
    """Make an account for a person, who begins sessions with a password and a code.

    The password is asked for, or read as one line from standard input where that is no terminal. What codes are made
    of is printed this once, as the otpauth URI that an app reads.
    """
    with opened() as gateway:
        uri = add_user(gateway, name, role, _password(), host_actor(), code=not without_totp)
    show({"name": name, "role": role, "totp": uri}, f"{name} may log in as {role}.", *([uri] if uri else []))


@user.command("list")
@gateway_options
@json_option
def list_users() -> None:
    """List the accounts."""
    with opened(as_found=True) as gateway:
        found = gateway.users.all()
    rows = [(one.name, one.role, _state(one), "yes" if one.code else "no", moment(one.added_at)) for one in found]
    lines = table(("name", "role", "state", "totp", "added"), rows, "There are no users yet.")
    show([_facts(one) for one in found], *lines)


@user.command
@click.argument("name")
@gateway_options
@json_option
def disable(name: str) -> None:
    """Let a user in no more, and end their sessions."""
    with opened() as gateway:
        disable_user(gateway, name, host_actor())
    show({"name": name, "state": "disabled"}, f"{name} is disabled, and has no session any more.")


@user.command
@click.argument("name")
@gateway_options
@json_option
def enable(name: str) -> None:
    """Let a user in again, and forget what attempts have failed so far, whosever they were."""
    with opened() as gateway:
        enable_user(gateway, name, host_actor())
    show({"name": name, "state": "enabled"}, f"{name} may log in.")


@user.command
@click.argument("name")
@gateway_options
@json_option
def password(name: str) -> None:
    """Give a user another password, and end their sessions. It is asked for, or read from standard input."""
    with opened() as gateway:
        change_password(gateway, name, _password(), host_actor())
    show({"name": name}, f"{name} has another password, and no session any more.")


@user.command
@click.argument("name")
@click.option("--remove", is_flag=True, help="From now on the password alone lets them in.")
@gateway_options
@json_option
def totp(name: str, remove: bool) -> None:
    """Give a user other codes, and end their sessions. The otpauth URI is printed this once."""
    with opened() as gateway:
        uri = change_code(gateway, name, host_actor(), code=not remove)
    show({"name": name, "totp": uri}, uri or f"{name} needs no code any more.")


def _password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _state(one: Account) -> str:
    return "disabled" if one.disabled else "enabled"


def _facts(one: Account) -> dict[str, object]:
    return {
        "name": one.name,
        "role": one.role,
        "state": _state(one),
        "totp": one.code is not None,
        "addedAt": moment(one.added_at),
    }
