"""What was received, as operators look it up."""

from datetime import datetime
from pathlib import Path
from typing import get_args

import click

from edi_gateway.cli import custody
from edi_gateway.cli.findings import told
from edi_gateway.cli.history import history
from edi_gateway.cli.options import NEW_FILE, Moment, gateway_options, json_option
from edi_gateway.cli.output import pairs, show, table
from edi_gateway.cli.proofs import receipt
from edi_gateway.cli.saving import save
from edi_gateway.cli.session import note_read, opened
from edi_gateway.errors import Misuse
from edi_gateway.model.document import DocumentType
from edi_gateway.model.query import DocumentQuery, DocumentRecord
from edi_gateway.model.record import Verdict
from edi_gateway.workflows import audit, evidence
from edi_gateway.workflows.dispose import Gone


@click.group
def document() -> None:
    """Documents: list, show, receipt, evidence, history, erase, hold, release, due."""


for command in (receipt, history, custody.erase, custody.hold, custody.release, custody.due):
    document.add_command(command)


@document.command("list", epilog="Example: edi-gateway document list --partner acme --verdict rejected")
@click.option("--partner", metavar="ID", help="Sent by this partner, or received by it.")
@click.option("--type", metavar="TYPE", help=f"One of {', '.join(get_args(DocumentType))}.")
@click.option("--number", help="The document's own number.")
@click.option("--from", "since", type=Moment(), help="Received at this moment or later.")
@click.option("--to", "until", type=Moment(), help="Received before this moment.")
@click.option("--verdict", type=click.Choice(get_args(Verdict)))
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@gateway_options
@json_option
def list_documents(
    partner: str | None,
    type: str | None,
    number: str | None,
    since: datetime | None,
    until: datetime | None,
    verdict: str | None,
    limit: int,
) -> None:
    """List documents, newest first."""
    query = DocumentQuery(
        party=partner, type=type, number=number, since=since, until=until, verdict=verdict, limit=limit
    )
    with opened(as_found=True) as gateway:
        found = audit.find(gateway.archive, query).documents
    rows = [
        (one.received_at, one.verdict, f"{one.sender} → {one.receiver or '?'}", one.type, one.number, one.id)
        for one in found
    ]
    head = ("received", "verdict", "parties", "type", "number", "id")
    show([_facts(one) for one in found], *table(head, rows, "There are no such documents."))


@document.command("show")
@click.argument("id")
@gateway_options
@json_option
def show_document(id: str) -> None:
    """Show one document: what it is, what became of it, and what validation had to say."""
    with opened(as_found=True) as gateway:
        found = audit.document(gateway.archive, id)
        report = audit.report(gateway.archive, id) if found else None
        erasure = None if report else gateway.archive.erasure(id)
        held = gateway.archive.held(id)
    if erasure:
        raise Gone(erasure)
    if found is None or report is None:
        raise Misuse(f"There is no document {id}.")
    findings = list(told(report["findings"]))
    facts = _facts(found) | {"held": held}
    lines = [*pairs(facts), *(["", "Findings:", *findings] if findings else [])]
    show(facts | {"report": report}, *lines)


@document.command("evidence", epilog="Example: edi-gateway document evidence ID -o evidence.zip")
@click.argument("id")
@click.option("-o", "--output", type=NEW_FILE, required=True, help="Where to write the bundle, a zip.")
@gateway_options
@json_option
def write_evidence(id: str, output: Path) -> None:
    """Write everything that argues a document's case offline: check it with `edi-gateway verify`."""
    with opened(as_found=True) as gateway:
        bundle = evidence.gather(gateway.evidence, id)
        if bundle:
            note_read(gateway, "evidence.read", id)
        erasure = None if bundle else gateway.archive.erasure(id)
    if erasure:
        raise Gone(erasure)
    if bundle is None:
        raise Misuse(f"There is no document {id}.")
    save(output, bundle)
    show({"id": id, "file": str(output), "bytes": len(bundle)}, f"The evidence for {id} is in {output}.")


def _facts(one: DocumentRecord) -> dict[str, object]:
    return {
        "id": one.id,
        "verdict": one.verdict,
        "code": one.code,
        "sender": one.sender,
        "receiver": one.receiver,
        "type": one.type,
        "number": one.number,
        "issueDate": one.issue_date,
        "currency": one.currency,
        "payable": one.payable,
        "format": one.format,
        "receivedAt": one.received_at,
        "sha256": one.document_digest.removeprefix("sha256:"),
        "ledgerIndex": one.index,
    }
