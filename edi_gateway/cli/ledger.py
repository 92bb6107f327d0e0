"""The ledger, as operators look at it."""

import click

from edi_gateway.cli.anchor import anchor
from edi_gateway.cli.audit import verify
from edi_gateway.cli.continuing import continue_
from edi_gateway.cli.fork import fork
from edi_gateway.cli.ledger_key import key
from edi_gateway.cli.options import gateway_options, json_option
from edi_gateway.cli.output import show
from edi_gateway.cli.session import opened
from edi_gateway.cli.timestamp import timestamp, timestamps
from edi_gateway.ledger.checkpoint import Checkpoint, marshal
from edi_gateway.ledger.encoding import encode_base64
from edi_gateway.ledger.proven import made_of
from edi_gateway.workflows.acknowledge import sign_head


@click.group
def ledger() -> None:
    """The ledger: key, checkpoint, verify, anchor, continue, fork, timestamp, timestamps."""


ledger.add_command(verify)
ledger.add_command(anchor)
ledger.add_command(continue_)
ledger.add_command(fork)
ledger.add_command(timestamp)
ledger.add_command(timestamps)


ledger.add_command(key)


@ledger.command
@click.option("--unsigned", is_flag=True, help="Without a signature, and whatever the anchor says: to compare with.")
@gateway_options
@json_option
def checkpoint(unsigned: bool) -> None:
    """Print the signed checkpoint: how large the ledger is, and its root hash.

    Nothing is signed that does not go on from what the anchor has, or is not made of the ledger's entries.
    """
    with opened(as_found=True) as gateway:
        head = made_of(gateway.ledger, gateway.ledger.head()) if unsigned else gateway.watch.memory.newest()
        text = marshal(Checkpoint(gateway.notary.origin, head.size, head.root))
        signed = text if unsigned else sign_head(gateway.notary, head).decode()
    facts = {"origin": gateway.notary.origin, "size": head.size, "rootHash": encode_base64(head.root)}
    show(facts | {"checkpoint": signed}, signed.removesuffix("\n"))
