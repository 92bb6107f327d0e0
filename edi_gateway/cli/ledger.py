"""The ledger, as operators look at it."""

import click

from edi_gateway.cli.anchor import anchor
from edi_gateway.cli.audit import verify
from edi_gateway.cli.continuing import continue_
from edi_gateway.cli.ledger_key import key
from edi_gateway.cli.options import gateway_options, json_option
from edi_gateway.cli.output import show
from edi_gateway.cli.session import opened
from edi_gateway.cli.timestamp import timestamp, timestamps
from edi_gateway.ledger.encoding import encode_base64
from edi_gateway.workflows.acknowledge import sign_head


@click.group
def ledger() -> None:
    """The ledger: key, checkpoint, verify, anchor, continue, timestamp, timestamps."""


ledger.add_command(verify)
ledger.add_command(anchor)
ledger.add_command(continue_)
ledger.add_command(timestamp)
ledger.add_command(timestamps)


ledger.add_command(key)


@ledger.command
@gateway_options
@json_option
def checkpoint() -> None:
    """Print the signed checkpoint: how large the ledger is, and its root hash."""
    with opened(as_found=True) as gateway:
        head = gateway.ledger.head()
        signed = sign_head(gateway.notary, head).decode()
    facts = {"origin": gateway.notary.origin, "size": head.size, "rootHash": encode_base64(head.root)}
    show(facts | {"checkpoint": signed}, signed.removesuffix("\n"))
