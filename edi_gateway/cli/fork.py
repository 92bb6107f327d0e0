"""What operators do about a proof that the ledger's keys signed two histories."""

from dataclasses import replace

import click

from edi_gateway.cli.custody import BY, name_of
from edi_gateway.cli.options import gateway_options, json_option
from edi_gateway.cli.output import pairs, show
from edi_gateway.cli.session import opened, record
from edi_gateway.errors import Misuse
from edi_gateway.gateway import Gateway
from edi_gateway.workflows.forks import Fork, looked_at


@click.command(epilog='Example: edi-gateway ledger fork --go-on "a test machine ran with a copy of the key; it is off"')
@click.option("--go-on", "reason", metavar="REASON", help="Record again, and in the ledger why that is right.")
@BY
@gateway_options
@json_option
def fork(reason: str | None, by: str | None) -> None:
    """Show the proof of a fork that stops the gateway, if a witness has brought one.

    Two checkpoints, both signed by this ledger, that can't be of one history: something was recorded elsewhere under
    its key, or it was set back to an older state. With --go-on this history goes on; the proof stays true, and is in
    the hands of the witness. Else end it: `edi-gateway ledger continue`. Proofs that were settled on this machine are
    shown when there is no other.
    """
    with opened(as_found=True) as gateway:
        found, settled = gateway.forks.known(), gateway.forks.settled()
        if found and reason:
            _go_on(gateway, found, reason, name_of(by))
    if found:
        ended = "This history goes on." if reason else "Nothing is recorded until that is settled: see --help."
        show(_facts(found) | {"goesOn": reason is not None}, "The ledger forked.", *_told(found), ended)
    elif reason:
        raise Misuse("There is no fork that anybody has proved: nothing is stopped.")
    else:
        lines = [line for one in settled for line in ("", "Settled, and in the ledger as ledger.forked:", *_told(one))]
        show({"fork": None, "settled": list(map(_facts, settled))}, "No fork is waiting to be settled.", *lines)


def _facts(found: Fork) -> dict[str, object]:
    known = {"witness": found.witness, "foundAt": found.found_at, "why": found.why}
    return {**known, "theirs": found.theirs, "ours": found.ours}


def _told(found: Fork) -> list[str]:
    told = {"why": found.why, "witness": found.witness, "found": found.found_at}
    theirs, ours = (note.rstrip("\n") for note in (found.theirs, found.ours))
    return [*pairs(told), "", "what the witness showed:", theirs, "", "what this ledger signed:", ours, ""]


def _go_on(gateway: Gateway, found: Fork, reason: str, by: str) -> None:
    # Recorded first: whoever is interrupted finds it stopped still, and runs it again.
    recorder = replace(gateway.recorder, halt=lambda: None)
    record(replace(gateway, recorder=recorder), looked_at(found, reason, gateway.office(by)))
    gateway.forks.settle(found)
    gateway.watch.keep()
