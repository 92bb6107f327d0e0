"""Timestamps of published checkpoints: taking them, and looking at them."""

import click

from edi_gateway.cli.options import gateway_options, json_option
from edi_gateway.cli.output import moment, show, table
from edi_gateway.cli.session import opened
from edi_gateway.errors import Misuse
from edi_gateway.model.publication import Timestamp

_HEAD = ("size", "authority", "time", "good until", "over")


@click.command
@gateway_options
@json_option
def timestamp() -> None:
    """Have the newest published checkpoint timestamped now, and renew timestamps that end soon.

    `edi-gateway serve` does the same every timestamp_seconds. Exits with 1 where an authority failed.
    """
    with opened() as gateway:
        if not gateway.authorities:
            raise Misuse("No timestamp authority is set: see timestamp_authorities in gateway.toml.")
        if gateway.publications.newest() is None:
            raise Misuse("Nothing was published yet: `edi-gateway serve` publishes the ledger's checkpoints.")
        taken = gateway.take_timestamps(at_once=True)
    _show(taken, "The newest checkpoint is timestamped, and nothing ends soon.")


@click.command
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many.")
@gateway_options
@json_option
def timestamps(limit: int) -> None:
    """List the timestamps of the newest published checkpoints."""
    with opened(as_found=True) as gateway:
        found = gateway.timestamps.newest(limit)
    _show(found, "There are no timestamps.")


def _show(found: list[Timestamp] | tuple[Timestamp, ...], empty: str) -> None:
    facts = [
        {
            "size": one.size,
            "authority": one.authority,
            "genTime": moment(one.gen_time),
            "expiresAt": moment(one.expires_at),
            "covers": one.covers,
        }
        for one in found
    ]
    rows = [(str(one.size), one.authority, moment(one.gen_time), moment(one.expires_at), _over(one)) for one in found]
    show(facts, *table(_HEAD, rows, empty))


def _over(one: Timestamp) -> str:
    return f"its older token {one.covers}" if one.covers else "the checkpoint"
