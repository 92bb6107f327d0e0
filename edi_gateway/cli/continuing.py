"""Ending a ledger that has lost entries for good, and beginning another in its place."""

import click

from edi_gateway.cli.custody import BY, name_of
from edi_gateway.cli.options import KEY_OPTION, gateway_options, json_option
from edi_gateway.cli.output import pairs, show
from edi_gateway.cli.session import settings
from edi_gateway.continuation import continue_ledger
from edi_gateway.errors import Misuse

_NEXT_STEPS = """
Publish the verifier key, tell your partners why, and keep a copy of the new key where it is safe. Receipts of the old
ledger stay good under its own key, which is in the archive. Nothing of it was changed:
  edi-gateway --data-dir {archive} document list"""


@click.command("continue", epilog='Example: edi-gateway ledger continue --origin gw.example.com/2 --reason "disk lost"')
@click.option("--reason", required=True, help="Why: recorded in the new ledger's first entry.")
@click.option(
    "--sound", is_flag=True, help="End it even if its anchor agrees with it, so that no entry is known to be lost."
)
@BY
@KEY_OPTION
@gateway_options
@json_option
def continue_(reason: str, sound: bool, by: str | None, source: str | None) -> None:
    """Put this ledger aside, as it is, and begin another under the name that --origin gives.

    For a ledger whose database is an old copy, or was rewritten, when the right one is lost for good. The first
    entry of the new ledger says how the old one ended. Partners and their keys are enrolled anew, tokens stay good.
    Stop every gateway first. What was interrupted is gone on with by the same command.

    A ledger that nothing speaks against is ended only with --sound: when the clock was months ahead once, say. It can't
    be taken back.
    """
    chosen = settings()
    if "origin" not in chosen.model_fields_set:
        raise Misuse("The new ledger needs a name: give it with --origin.")
    done = continue_ledger(chosen, chosen.origin, (reason, name_of(by)), source, sound=sound)
    facts = {"origin": done.origin, "vkey": done.vkey, "ended": done.ended, "archive": str(done.archive)}
    told = {"archive": done.archive, "entries in it": done.ended, "verifier key": done.vkey}
    lines = [f"The ledger {done.origin} is begun.", *pairs(told), _NEXT_STEPS.format(archive=done.archive)]
    show(facts, *lines)
