"""What operators do about the file that tells whether the ledger is all there."""

from dataclasses import replace

import click

from edi_gateway.cli.options import gateway_options, json_option
from edi_gateway.cli.output import show
from edi_gateway.cli.session import opened, record
from edi_gateway.workflows.anchoring import restarted


@click.command(epilog='Example: edi-gateway ledger anchor --reason "moved to another machine, the anchor was lost"')
@click.option("--reason", required=True, help="Why there is none: recorded in the ledger.")
@gateway_options
@json_option
def anchor(reason: str) -> None:
    """Begin another anchor where there is none, with the ledger as it is: only if you are sure that it is all there.

    Compare `edi-gateway ledger checkpoint --unsigned` with the newest checkpoint that anybody has. An anchor that is
    there is not overridden: what it contradicts goes on by `edi-gateway ledger continue` alone.
    """
    with opened(as_found=True) as gateway:
        act = restarted(gateway.ledger.head(), reason, gateway.office())
        gateway.watch.check_absent()
        # Recorded first: whoever is interrupted finds no anchor, and runs it again.
        trusting = replace(gateway.recorder, memory=gateway.watch.trusting())
        recorded = record(replace(gateway, recorder=trusting), act)
        gateway.watch.begin()
    file = gateway.settings.anchor
    facts = {"anchor": str(file), "size": recorded["index"] + 1, "receipt": recorded}
    show(facts, f"The anchor {file} begins with {recorded['index'] + 1} entries; entry {recorded['index']} says so.")
