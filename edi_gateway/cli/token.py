"""Access tokens for the API."""

from datetime import datetime, timedelta
from typing import get_args

import click

from edi_gateway.access import DEFAULT_LIFETIME, create_token
from edi_gateway.cli.options import Moment, gateway_options, json_option
from edi_gateway.cli.output import moment, show
from edi_gateway.cli.session import opened
from edi_gateway.model.caller import Role


@click.group
def token() -> None:
    """Access tokens for the API: create."""


@token.command(epilog="Example: edi-gateway token create --role officer --name audit-2026 --days 30")
@click.option("--role", type=click.Choice(get_args(Role)), required=True, help="What the holder may do.")
@click.option("--partner", metavar="ID", help="Whose documents the holder sees; with --role partner only.")
@click.option("--name", required=True, help="Who holds it, and for what.")
@click.option("--expires", type=Moment(), help="It ends at this moment.")
@click.option(
    "--days", type=click.IntRange(1, 36_500), help=f"It ends after so many days  [default: {DEFAULT_LIFETIME.days}]"
)
@gateway_options
@json_option
def create(role: str, partner: str | None, name: str, expires: datetime | None, days: int | None) -> None:
    """Make a bearer token and print it: this once, since only its hash is kept.

    Officers read documents, receipts and partners, and erase and hold documents; operators read and enrol partners
    and keys; a partner reads what it sent and received.
    """
    if expires is not None and days is not None:
        raise click.UsageError("Give --expires or --days, not both.")
    with opened() as gateway:
        ends = expires or gateway.clock() + (timedelta(days=days) if days else DEFAULT_LIFETIME)
        made = create_token(gateway, role, name, partner=partner, expires_at=ends)
    show({"token": made, "role": role, "partner": partner, "name": name, "expires": moment(ends)}, made)
    click.echo(f"It ends at {moment(ends)}, and is not shown again.", err=True)
