"""Access tokens for the API, and sessions: making, listing and ending them."""

from datetime import datetime, timedelta
from typing import get_args

import click

from edi_gateway.access import DEFAULT_LIFETIME, Action, Holder, issue_token, list_tokens, revoke_token, token_id
from edi_gateway.cli.options import Moment, gateway_options, json_option
from edi_gateway.cli.output import moment, show, table
from edi_gateway.cli.session import host_actor, opened
from edi_gateway.model.caller import Role, Token


@click.group
def token() -> None:
    """Access tokens for the API: create, list, revoke."""


@token.command(epilog="Example: edi-gateway token create --role officer --name audit-2026 --days 30")
@click.option("--role", type=click.Choice(get_args(Role)), required=True, help="What the holder may do.")
@click.option("--partner", metavar="ID", help="Whose documents the holder sees; with --role partner only.")
@click.option(
    "--document", metavar="ID", help="Whose receipt and evidence a guest sees; with --role auditor-guest only."
)
@click.option("--only", type=click.Choice(get_args(Action)), multiple=True, help="Only this of what the role may do.")
@click.option("--name", required=True, help="Who holds it, and for what.")
@click.option("--expires", type=Moment(), help="It ends at this moment.")
@click.option(
    "--days",
    type=click.IntRange(1, 36_500),
    help=f"It ends after so many days  [default: {DEFAULT_LIFETIME.days}; for a guest 7]",
)
@gateway_options
@json_option
def create(
    role: str,
    partner: str | None,
    document: str | None,
    only: tuple[str, ...],
    name: str,
    expires: datetime | None,
    days: int | None,
) -> None:
    """Make a bearer token and print it: this once, since only its hash is kept.

    Officers read documents, receipts and partners, and erase and hold documents; operators read and enrol partners
    and keys; a partner reads what it sent and received; a guest opens the proofs of one document, for a while.
    """
    if expires is not None and days is not None:
        raise click.UsageError("Give --expires or --days, not both.")
    holder = Holder(role, name, partner, document, only or None)
    with opened() as gateway:
        ends = expires or gateway.clock() + (timedelta(days=days) if days else holder.lifetime)
        made = issue_token(gateway, holder, ends, host_actor())
    told = {
        "id": token_id(made),
        "token": made,
        "role": role,
        "partner": partner,
        "name": name,
        "expires": moment(ends),
    }
    if document:
        told |= {"document": document, "link": f"/v1/documents/{document}/evidence?access_token={made}"}
    show(told, str(told.get("link", made)))
    click.echo(f"It ends at {moment(ends)}, and is not shown again.", err=True)


@token.command("list")
@click.option("--all", "ended", is_flag=True, help="Those that have ended or were revoked, too.")
@gateway_options
@json_option
def list_command(ended: bool) -> None:
    """List tokens and sessions, and when each was used last, to the minute. None can be used by what is shown."""
    with opened(as_found=True) as gateway:
        now = gateway.clock()
        found = [one for one in list_tokens(gateway) if ended or one.state(now) == "good"]
    rows = [
        (one.id, one.caller.name, _role(one), one.state(now), moment(one.expires_at), moment(one.last_used_at))
        for one in found
    ]
    head = ("id", "name", "role", "state", "ends", "last used")
    show([_facts(one, now) for one in found], *table(head, rows, "There are no tokens."))


@token.command(epilog="Example: edi-gateway token revoke 1f0e2d3c4b5a6978")
@click.argument("id")
@gateway_options
@json_option
def revoke(id: str) -> None:
    """End a token or a session, from now on."""
    with opened() as gateway:
        revoke_token(gateway, id, host_actor())
    show({"id": id, "state": "revoked"}, f"The token {id} is revoked.")


def _role(one: Token) -> str:
    about = one.caller.partner or one.caller.document
    return f"{one.caller.role} {about}" if about else one.caller.role


def _facts(one: Token, now: datetime) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.caller.name,
        "role": one.caller.role,
        "partner": one.caller.partner,
        "document": one.caller.document,
        "actions": sorted(one.caller.actions) if one.caller.actions else None,
        "account": one.account,
        "state": one.state(now),
        "createdAt": moment(one.created_at),
        "expiresAt": moment(one.expires_at),
        "lastUsedAt": moment(one.last_used_at),
        "revokedAt": moment(one.revoked_at),
    }
