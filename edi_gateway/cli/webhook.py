"""Webhooks: what was told to whom, and what still has to be."""

import click

from edi_gateway.cli.options import gateway_options, json_option
from edi_gateway.cli.output import moment, show, table
from edi_gateway.cli.session import opened
from edi_gateway.model.notice import Delivery


@click.group
def webhook() -> None:
    """Webhooks: list, deliver."""


@webhook.command("list", epilog="Example: edi-gateway webhook list --limit 20")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="At most so many.")
@gateway_options
@json_option
def list_deliveries(limit: int) -> None:
    """List what was told, or is to be, newest first, with the attempts so far."""
    with opened(as_found=True) as gateway:
        found = gateway.notices.newest(limit)
    show(list(map(facts, found)), *lines(found))


@webhook.command(epilog="Example: edi-gateway webhook deliver")
@gateway_options
@json_option
def deliver() -> None:
    """Try now what is due, as the server does all the time."""
    with opened() as gateway:
        gateway.notifier.warn()
        tried = {(one.notice, one.webhook) for one in gateway.notifier.run()}
        found = [one for one in gateway.notices.newest(10_000) if (one.notice, one.webhook) in tried]
    show(list(map(facts, found)), *lines(found))


def lines(found: list[Delivery]) -> list[str]:
    """A row for each delivery."""
    rows = [
        (moment(one.made_at), one.type, one.webhook, one.state, str(one.attempts), one.outcome, one.notice)
        for one in found
    ]
    return table(
        ("made", "event", "webhook", "state", "attempts", "last answer", "id"), rows, "Nothing was to be told."
    )


def facts(one: Delivery) -> dict[str, object]:
    """A delivery, for programs."""
    return {
        "id": one.notice,
        "type": one.type,
        "webhook": one.webhook,
        "state": one.state,
        "madeAt": moment(one.made_at),
        "attempts": one.attempts,
        "dueAt": moment(one.due_at),
        "deliveredAt": moment(one.delivered_at),
        "outcome": one.outcome,
    }
