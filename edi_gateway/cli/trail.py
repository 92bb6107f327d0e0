"""The trail of access: who read what, and who was given which right."""

from datetime import datetime
from typing import get_args

import click

from edi_gateway.cli.options import Moment, gateway_options, json_option
from edi_gateway.cli.output import moment, show, table
from edi_gateway.cli.session import opened
from edi_gateway.model.trail import Trailed, TrailEvent, TrailQuery
from edi_gateway.workflows.trail import check


@click.group
def audit() -> None:
    """Who read what, and who was given which right: list, verify."""


@audit.command("list", epilog="Example: edi-gateway audit list --event evidence.read --from 2026-11-01T00:00:00Z")
@click.option("--event", type=click.Choice(get_args(TrailEvent)), help="Only this.")
@click.option("--actor", metavar="NAME", help="Done by this person.")
@click.option("--subject", metavar="ID", help="Done to or with this document, party, token or user.")
@click.option("--from", "since", type=Moment(), help="At this moment or later.")
@click.option("--to", "until", type=Moment(), help="Before this moment.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@gateway_options
@json_option
def list_steps(
    event: TrailEvent | None,
    actor: str | None,
    subject: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
) -> None:
    """List the steps of the trail, newest first."""
    query = TrailQuery(event, actor, subject, since, until, limit=limit)
    with opened(as_found=True) as gateway:
        found = gateway.trail.find(query)[:limit]
    rows = [
        (moment(one.step.at), one.step.event, _who(one), one.step.subject, one.step.actor.address, one.step.detail)
        for one in found
    ]
    head = ("at", "event", "who", "subject", "from", "detail")
    show([_facts(one) for one in found], *table(head, rows, "There are no such steps."))


@audit.command
@gateway_options
@json_option
def verify() -> None:
    """Hash the trail anew, and compare it with what the ledger says of it.

    Exits with 1 where a step was changed, left out or put in. The steps since the ledger spoke of the trail last, an
    hour of them and some minutes, are held against each other only.
    """
    with opened(as_found=True) as gateway:
        steps, covered = check(gateway.trail)
    show(
        {"holds": True, "steps": steps, "covered": covered},
        f"The trail holds: {steps} steps, {covered} of them covered by the ledger.",
    )


def _who(one: Trailed) -> str:
    return f"{one.step.actor.name} ({one.step.actor.role})"


def _facts(one: Trailed) -> dict[str, object]:
    step, actor = one.step, one.step.actor
    return {
        "number": one.number,
        "at": moment(step.at),
        "event": step.event,
        "actor": actor.name,
        "role": actor.role,
        "credential": actor.credential,
        "address": actor.address,
        "subject": step.subject,
        "detail": step.detail,
        "hash": one.hash.hex(),
    }
