"""What becomes of partners' keys after they were added: approved, retired, revoked, and what a revocation affects."""

from datetime import datetime
from typing import Any

import click

from edi_gateway.cli import webhook
from edi_gateway.cli.custody import BY, name_of
from edi_gateway.cli.options import ENTRY, Moment, gateway_options, json_option
from edi_gateway.cli.output import moment, show, table
from edi_gateway.cli.session import opened, record
from edi_gateway.gateway import Gateway
from edi_gateway.model.notice import Delivery
from edi_gateway.model.query import SignedDocument
from edi_gateway.workflows import key_life, key_renewal

REASON_HELP = "Why: kept for good."


@click.command(epilog="Example: edi-gateway key approve FINGERPRINT")
@click.argument("fingerprint")
@click.option("--renewal", type=ENTRY, metavar="ENTRY", help="The entry that proposed a renewal: `key show` names it.")
@BY
@gateway_options
@json_option
def approve(fingerprint: str, renewal: int | None, by: str | None) -> None:
    """Trust a key that was proposed, or renew it as proposed. Under four eyes, somebody else has to than who proposed
    it."""
    with opened() as gateway:
        office = gateway.office(name_of(by))
        if renewal is None:
            change = key_life.approve(fingerprint, office)
        else:
            change = key_renewal.approve_renewal(fingerprint, renewal, office)
        receipt = record(gateway, change)
        state = key_life.known_key(fingerprint, gateway.directory.refreshed()).state_at(gateway.clock())
    done = "renewed, and " if renewal is not None else ""
    line = f"Key {fingerprint} is {done}{state}: entry {receipt['index']} of the ledger."
    show({"fingerprint": fingerprint, "state": state, "receipt": receipt}, line)


@click.command(epilog='Example: edi-gateway key retire FINGERPRINT --reason "replaced"')
@click.argument("fingerprint")
@click.option("--reason", help=REASON_HELP)
@BY
@gateway_options
@json_option
def retire(fingerprint: str, reason: str | None, by: str | None) -> None:
    """Trust a key no more from now on. It still verifies what was received before; a proposed one is withdrawn."""
    with opened() as gateway:
        change = key_life.retire(fingerprint, reason, gateway.office(name_of(by)))
        _warn_if_alone(gateway, fingerprint)
        receipt = record(gateway, change)
    line = f"Key {fingerprint} is retired: entry {receipt['index']} of the ledger."
    show({"fingerprint": fingerprint, "state": "retired", "receipt": receipt}, line)


@click.command(epilog='Example: edi-gateway key revoke FINGERPRINT --at 2026-11-20T00:00:00Z --reason "laptop stolen"')
@click.argument("fingerprint")
@click.option("--at", type=Moment(), required=True, help="From when somebody else may have had the key.")
@click.option("--reason", required=True, help=REASON_HELP)
@BY
@gateway_options
@json_option
def revoke(fingerprint: str, at: datetime, reason: str, by: str | None) -> None:
    """Trust a key no more, as from a moment in the past, list the documents that were accepted since then, and tell the
    webhooks.

    No verdict is rewritten: whether those documents are genuine is for you and the partner to find out.
    """
    with opened() as gateway:
        change = key_life.revoke(fingerprint, at, reason, gateway.archive, gateway.office(name_of(by)))
        _warn_if_alone(gateway, fingerprint)
        receipt = record(gateway, change)
        key = key_life.known_key(fingerprint, gateway.directory.refreshed())
        # Asked again, now that no worker takes the key any more: what came in meanwhile is among them.
        found = key_life.affected(key, gateway.archive)
        told = _notified(gateway)
    line = f"Key {fingerprint} is revoked from {moment(at)} on: entry {receipt['index']} of the ledger."
    facts: dict[str, Any] = {"fingerprint": fingerprint, "state": "revoked", "appliesFrom": moment(at)}
    facts |= {"receipt": receipt, "affected": list(map(_facts, found)), "notified": list(map(webhook.facts, told))}
    show(facts, line, "", *_lines(found), *(["", *webhook.lines(told)] if told else ()))


@click.command(epilog="Example: edi-gateway key affected FINGERPRINT --at 2026-11-20T00:00:00Z")
@click.argument("fingerprint")
@click.option("--at", type=Moment(), help="Since this moment; default: that of its revocation.")
@gateway_options
@json_option
def affected(fingerprint: str, at: datetime | None) -> None:
    """List the documents that were accepted on the word of a key: those in doubt once it is revoked."""
    with opened(as_found=True) as gateway:
        key = key_life.known_key(fingerprint, gateway.directory.refreshed())
        found = key_life.affected(key, gateway.archive, at)
    show(list(map(_facts, found)), *_lines(found))


def _notified(gateway: Gateway) -> list[Delivery]:
    """Tell the webhooks at once. What fails is tried again by the server: the revocation stands in any case."""
    tried = {one.notice for one in gateway.notifier.run() if one.type == "key.revoked"}
    return [one for one in gateway.notices.newest(len(tried) * 100) if one.notice in tried] if tried else []


def _warn_if_alone(gateway: Gateway, fingerprint: str) -> None:
    directory, now = gateway.directory.refreshed(), gateway.clock()
    key = key_life.known_key(fingerprint, directory)
    if key.valid_at(now) and key.purpose == "document-signature" and key_life.alone(key, directory, now):
        text = f"WARNING: {key.partner} has no other key now: what it sends is refused until you add one."
        click.echo(text, err=True)


def _lines(found: list[SignedDocument]) -> list[str]:
    rows = [(one.received_at, one.type or _erased(one), one.number, one.receiver, one.id) for one in found]
    return table(("received", "type", "number", "receiver", "id"), rows, "No document is affected.")


def _erased(one: SignedDocument) -> str | None:
    return f"erased by entry {one.erased_by}" if one.erased_by is not None else None


def _facts(one: SignedDocument) -> dict[str, object]:
    return {
        "id": one.id,
        "index": one.index,
        "receivedAt": one.received_at,
        "type": one.type,
        "number": one.number,
        "receiver": one.receiver,
        "erasedBy": one.erased_by,
    }
