"""The ledger, as operators look at it."""

import click

from edi_gateway.cli.options import gateway_options, json_option
from edi_gateway.cli.output import show
from edi_gateway.cli.session import opened
from edi_gateway.ledger.encoding import encode_base64
from edi_gateway.workflows.acknowledge import sign_head


@click.group
def ledger() -> None:
    """The ledger: key, checkpoint, verify."""


@ledger.command
@gateway_options
@json_option
def key() -> None:
    """Print the verifier key (vkey): what others need to check receipts."""
    with opened() as gateway:
        verifier = gateway.notary.verifier
    show({"origin": verifier.name, "vkey": verifier.vkey}, verifier.vkey)


@ledger.command
@gateway_options
@json_option
def checkpoint() -> None:
    """Print the signed checkpoint: how large the ledger is, and its root hash."""
    with opened() as gateway:
        head = gateway.ledger.head()
        signed = sign_head(gateway.notary, head).decode()
    facts = {"origin": gateway.notary.origin, "size": head.size, "rootHash": encode_base64(head.root)}
    show(facts | {"checkpoint": signed}, signed.removesuffix("\n"))
