"""What proves that a document is in the ledger, as files for others."""

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import click

from edi_gateway.cli.options import NEW_FILE, gateway_options
from edi_gateway.cli.saving import save
from edi_gateway.cli.session import note_read, opened
from edi_gateway.errors import Misuse
from edi_gateway.gateway import Gateway
from edi_gateway.model.query import DocumentRecord
from edi_gateway.receipts.receipt import parse
from edi_gateway.workflows.dispose import Gone
from edi_gateway.workflows.upgrade import Level

_Form = Callable[[Gateway, DocumentRecord], bytes]


def _first(gateway: Gateway, found: DocumentRecord) -> bytes:
    return gateway.recorder.receipt_again(found.index)


def _cose(gateway: Gateway, found: DocumentRecord) -> bytes:
    return gateway.recorder.cose_receipt(found.index)


def _tlog_proof(gateway: Gateway, found: DocumentRecord) -> bytes:
    return parse(_first(gateway, found)).proof.encode()


def _upgraded(gateway: Gateway, found: DocumentRecord, level: Level, form: str) -> bytes:
    given = gateway.upgrades.receipt(found.index, level)
    if given is None:
        raise Misuse(f"The receipt is not {level} yet: ask again later.")
    return parse(given).proof.encode() if form == "tlog-proof" else given


_FORMS: dict[str, _Form] = {"json": _first, "cose": _cose, "tlog-proof": _tlog_proof}


@click.command(epilog="Example: edi-gateway document receipt ID --format cose -o invoice.receipt")
@click.argument("id")
@click.option("--format", "form", type=click.Choice(list(_FORMS)), default="json", show_default=True)
@click.option("--level", type=click.Choice(get_args(Level)), help="Under a checkpoint that others vouch for.")
@click.option("-o", "--output", type=NEW_FILE, help="Where to write it, instead of standard output.")
@gateway_options
def receipt(id: str, form: str, level: Level | None, output: Path | None) -> None:
    """Write a document's receipt.

    json: the first receipt, byte for byte. tlog-proof: the proof in it (c2sp.org/tlog-proof). cose: a COSE receipt
    (RFC 9942), in the tree as it is now.

    With a level, json and tlog-proof prove the same entry under a published checkpoint: one that witnesses enough
    have cosigned, or one that a timestamp authority has stamped.
    """
    if level and form == "cose":
        raise click.UsageError("A COSE receipt has no level: nobody but the ledger signs it.")
    with opened(as_found=True) as gateway:
        found = gateway.archive.document(id)
        if found is None and (erasure := gateway.archive.erasure(id)):
            raise Gone(erasure)
        if found is None:
            raise Misuse(f"There is no document {id}.")
        written = _upgraded(gateway, found, level, form) if level else _FORMS[form](gateway, found)
        note_read(gateway, "receipt.read", id, level or form)
    write(written, output)


def write(content: bytes, file: Path | None) -> None:
    if file:
        save(file, content)
        click.echo(f"saved {file}", err=True)
    else:
        click.echo(content, nl=False)
