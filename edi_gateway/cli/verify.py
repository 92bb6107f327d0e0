"""Checking a receipt offline: no gateway, no database, only the file and a key that the checker trusts."""

from pathlib import Path

import click

from edi_gateway.cli.options import FILE, json_option
from edi_gateway.cli.output import pairs, show
from edi_gateway.errors import Misuse, Unproven
from edi_gateway.ledger.encoding import encode_base64
from edi_gateway.workflows.check import CheckedReceipt, check_receipt

ONLY_ITSELF = (
    "WARNING: no --vkey was given, so the receipt was checked against the key that it brings along: it only agrees "
    "with itself. Anybody could have made it, with a key of their own."
)


@click.command(epilog='Example: edi-gateway verify invoice.xml.receipt.json --vkey "$(cat gateway.vkey)"')
@click.argument("file", type=FILE)
@click.option("--vkey", help="The ledger's verifier key, from a source that you trust.")
@json_option
def verify(file: Path, vkey: str | None) -> None:
    """Check a receipt, offline.

    Says what the receipt proves, or exits with 1 at the first lie, naming it.
    """
    if file.suffix.lower() == ".zip":
        raise Misuse(f"{file}: evidence bundles (.zip) are not read yet; check the receipt.json inside.")
    try:
        checked = check_receipt(file.read_bytes(), vkey)
    except Unproven as error:
        raise Unproven(f"{file} does not hold: {error}") from error
    if not checked.trusted:
        click.echo(ONLY_ITSELF, err=True)
    holds = "The receipt holds." if checked.trusted else "The receipt agrees with itself."
    show(_facts(checked), holds, *pairs(told(checked)))


def told(checked: CheckedReceipt) -> dict[str, object]:
    """What a receipt says, in words."""
    statement = checked.statement
    parties = [str(statement[role]) for role in ("sender", "receiver") if role in statement]
    document = statement.get("document")
    what = f"{document.get('type')} {document.get('number')}" if isinstance(document, dict) else None
    return {
        "says": statement.get("type"),
        "document": what,
        "parties": " → ".join(parties) or None,
        "recorded": statement.get("recordedAt"),
        "entry": f"{checked.receipt.index} of {checked.checkpoint.origin}, in the tree of {checked.checkpoint.size}",
        "root hash": encode_base64(checked.checkpoint.root),
        "signed by": checked.receipt.vkey,
    }


def _facts(checked: CheckedReceipt) -> dict[str, object]:
    return {
        "holds": True,
        "trusted": checked.trusted,
        "statement": checked.statement,
        "index": checked.receipt.index,
        "leafHash": encode_base64(checked.leaf),
        "checkpoint": {
            "origin": checked.checkpoint.origin,
            "size": checked.checkpoint.size,
            "rootHash": encode_base64(checked.checkpoint.root),
        },
        "vkey": checked.receipt.vkey,
    }
