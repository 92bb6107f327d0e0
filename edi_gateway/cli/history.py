"""A party's history, as a file that proves what is in it, and told when it is checked."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from edi_gateway.cli.options import NEW_FILE, Moment, gateway_options
from edi_gateway.cli.proofs import write
from edi_gateway.cli.session import note_read, opened
from edi_gateway.gateway import Gateway
from edi_gateway.ledger.encoding import encode_base64
from edi_gateway.model.chain import Span
from edi_gateway.receipts.history import MAX_ENTRIES, parse
from edi_gateway.workflows.check_history import CheckedEntry, CheckedHistory
from edi_gateway.workflows.history import history as make_history
from edi_gateway.workflows.history import mark


class _End(click.ParamType):  # type: ignore[type-arg] # not generic before click 8.2
    """An entry's number in the chain, or a moment."""

    name = "number or time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | datetime:
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return int(value)
        return Moment().convert(value, param, ctx)


@click.command(epilog="Example: edi-gateway document history acme --complete -o acme.history.json")
@click.argument("party")
@click.option("--from", "since", type=_End(), help="From this entry on, or from those recorded at this moment.")
@click.option("--to", "until", type=_End(), help="Up to this entry, or to those recorded before this moment.")
@click.option("--size", type=click.IntRange(1), help="Under the checkpoint of a tree of this size, not the newest.")
@click.option("--complete", is_flag=True, help="Record a mark first, so that nothing can come after the last entry.")
@click.option("-o", "--output", type=NEW_FILE, help="Where to write it, instead of standard output.")
@gateway_options
def history(
    party: str,
    since: int | datetime | None,
    until: int | datetime | None,
    size: int | None,
    complete: bool,
    output: Path | None,
) -> None:
    """Write a party's history: its entries, none left out, which anybody can check offline.

    PARTY is a partner's id, or @ledger for what was done to the ledger itself.
    """
    if complete and (until is not None or size is not None):
        raise click.UsageError("--complete says where the history ends: leave out --to and --size.")
    with opened() as gateway:
        size = _marked(gateway, party) if complete else size
        with gateway.chains.reading(party) as chain:
            written = make_history(chain, gateway.recorder, Span(since, until), size=size, limit=MAX_ENTRIES)
        note_read(gateway, "history.read", party)
    write(written, output)
    if goes_on := parse(written).next:
        click.echo(f"There is more: go on with --from {goes_on}.", err=True)


def _marked(gateway: Gateway, party: str) -> int:
    return mark(party, gateway.chains, gateway.recorder, gateway.office()).size


def told(checked: CheckedHistory) -> dict[str, object]:
    """What a history says, in words."""
    first, last = checked.entries[0], checked.entries[-1]
    return {
        "party": checked.party,
        "entries": f"{first.sequence} to {last.sequence}, at {first.index} to {last.index} of the ledger",
        "erased": sum(entry.statement is None for entry in checked.entries) or None,
        "complete": f"up to tree size {checked.complete_to}",
        "ledger": f"{checked.checkpoint.origin}, in the tree of {checked.checkpoint.size}",
        "root hash": encode_base64(checked.checkpoint.root),
        "signed by": checked.vkey,
    }


def facts(checked: CheckedHistory) -> dict[str, object]:
    """The same for programs."""
    return {
        "holds": True,
        "trusted": checked.trusted,
        "party": checked.party,
        "entries": [_entry(entry) for entry in checked.entries],
        "completeTo": checked.complete_to,
        "unexplained": list(checked.unexplained),
        "next": checked.next,
        "checkpoint": {
            "origin": checked.checkpoint.origin,
            "size": checked.checkpoint.size,
            "rootHash": encode_base64(checked.checkpoint.root),
        },
        "vkey": checked.vkey,
    }


def _entry(entry: CheckedEntry) -> dict[str, object]:
    place = {"sequence": entry.sequence, "index": entry.index, "leafHash": encode_base64(entry.leaf)}
    return place | ({"erased": True} if entry.statement is None else {"statement": entry.statement})
