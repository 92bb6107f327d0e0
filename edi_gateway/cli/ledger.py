"""The ledger, as operators look at it."""

import click

from edi_gateway.cli.anchor import anchor
from edi_gateway.cli.ledger_key import key
from edi_gateway.cli.options import gateway_options, json_option
from edi_gateway.cli.output import pairs, show
from edi_gateway.cli.session import opened
from edi_gateway.cli.timestamp import timestamp, timestamps
from edi_gateway.ledger.encoding import encode_base64
from edi_gateway.workflows.acknowledge import sign_head
from edi_gateway.workflows.verify import verify_ledger


@click.group
def ledger() -> None:
    """The ledger: key, checkpoint, verify, anchor, timestamp, timestamps."""


ledger.add_command(anchor)
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


@ledger.command
@click.option("--full", is_flag=True, help="Compare the archive, partners and keys with the ledger, too.")
@gateway_options
@json_option
def verify(full: bool) -> None:
    """Hash the whole ledger anew, and compare it with what is stored and signed.

    Exits with 1 at the first entry that doesn't hold, naming it.
    """
    with opened(as_found=True) as gateway:
        audit = verify_ledger(gateway.ledger, gateway.notary.origin, full=full)
    facts = {"holds": True, "size": audit.head.size, "rootHash": encode_base64(audit.head.root)}
    facts |= {"parties": audit.parties, "documents": audit.documents}
    told = {"entries": audit.head.size, "root hash": facts["rootHash"], "parties": audit.parties}
    show(facts, "The ledger holds.", *pairs(told | {"documents compared": audit.documents}))
