"""Erasing documents, holding them against it, and what is due, as officers work at the gateway's own machine."""

import getpass
from datetime import datetime

import click

from edi_gateway.cli.options import Moment, gateway_options, json_option
from edi_gateway.cli.output import show, table
from edi_gateway.cli.session import opened, record
from edi_gateway.errors import Misuse
from edi_gateway.gateway import Gateway
from edi_gateway.model.query import DocumentRecord
from edi_gateway.workflows import dispose
from edi_gateway.workflows.dispose import Kept
from edi_gateway.workflows.enrol import words

BY = click.option("--by", metavar="NAME", help="Who does it  [default: the name of the login]")


@click.command(epilog='Example: edi-gateway document erase ID --reason "retention ended" --authority "schedule 2026-4"')
@click.argument("id")
@click.option("--reason", required=True, help="Why: kept for good, so say nothing that is to be erased.")
@click.option("--authority", required=True, help="On whose authority: a decision, an order, a schedule.")
@BY
@gateway_options
@json_option
def erase(id: str, reason: str, authority: str, by: str | None) -> None:
    """Destroy a document, its statement and its salt, for good.

    Its place in the ledger stays, and an entry that says why it is empty.
    """
    with opened() as gateway:
        kept = _kept(gateway, id)
        receipt = record(gateway, dispose.erase(kept, reason, authority, gateway.office(name_of(by))))
        wiped = gateway.ledger.wipe()
    facts = {"id": id, "index": kept.record.index, "wiped": wiped, "receipt": receipt}
    lines = [f"{id} is erased: entry {receipt['index']} of the ledger says so of entry {kept.record.index}."]
    if not wiped:
        lines.append("The database may keep traces for a while: docs/erasure.md says which, and what to do.")
    show(facts, *lines)


@click.command(epilog='Example: edi-gateway document hold ID --reason "case 12 O 345/26"')
@click.argument("id")
@click.option("--reason", required=True, help="Why: kept for good.")
@BY
@gateway_options
@json_option
def hold(id: str, reason: str, by: str | None) -> None:
    """Forbid to erase a document, until it is released."""
    with opened() as gateway:
        receipt = record(gateway, dispose.hold(_kept(gateway, id), reason, gateway.office(name_of(by))))
    show({"id": id, "held": True, "receipt": receipt}, f"{id} is on hold: entry {receipt['index']} of the ledger.")


@click.command(epilog="Example: edi-gateway document release ID")
@click.argument("id")
@BY
@gateway_options
@json_option
def release(id: str, by: str | None) -> None:
    """Take a document's hold away."""
    with opened() as gateway:
        receipt = record(gateway, dispose.release(_kept(gateway, id), gateway.office(name_of(by))))
    show({"id": id, "held": False, "receipt": receipt}, f"{id} is released: entry {receipt['index']} of the ledger.")


@click.command(epilog="Example: edi-gateway document due --before 2027-01-01T00:00:00Z")
@click.option("--before", type=Moment(), help="Whose time is over at this moment; default: now.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@gateway_options
@json_option
def due(before: datetime | None, limit: int) -> None:
    """List accepted documents that have been kept as long as the setting `retention` wants, oldest first.

    Nothing is erased by itself. Documents on hold are left out.
    """
    with opened(as_found=True) as gateway:
        retention = gateway.settings.retention
        if not retention:
            raise Misuse('How long documents are kept is not set: in gateway.toml, [retention] with invoice = "10y".')
        found = dispose.due(gateway.archive, gateway.retention, before or gateway.clock(), limit)
    rows = [
        (one.received_at, one.type, retention[str(one.type)], one.sender, one.number, f"document erase {one.id}")
        for one in found
    ]
    head = ("received", "type", "kept", "sender", "number", "edi-gateway …")
    facts = [_due(one, retention[str(one.type)]) for one in found]
    show(facts, *table(head, rows, "No document is due."))


def _due(one: DocumentRecord, period: str) -> dict[str, object]:
    return {
        "id": one.id,
        "receivedAt": one.received_at,
        "type": one.type,
        "retention": period,
        "sender": one.sender,
        "receiver": one.receiver,
        "number": one.number,
    }


def _kept(gateway: Gateway, id: str) -> Kept:
    return dispose.find(id, gateway.archive, gateway.ledger)


def name_of(by: str | None) -> str:
    """Who does it: as given, or the name of the login. Raises Misuse."""
    try:
        name = (by or getpass.getuser()).strip()
    except (KeyError, OSError) as error:
        raise Misuse("Nobody is logged in by a name: say who you are with --by.") from error
    return words(name, "name")
