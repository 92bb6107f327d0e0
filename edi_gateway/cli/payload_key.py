"""Payload keys: what documents are stored under, how one takes over from another, and encrypting what is in plain."""

import sys

import click

from edi_gateway.access import note
from edi_gateway.cli import output
from edi_gateway.cli.options import gateway_options, json_option
from edi_gateway.cli.output import pairs, table
from edi_gateway.cli.session import host_actor, opened
from edi_gateway.errors import Misuse
from edi_gateway.gateway import Gateway
from edi_gateway.model.trail import Step, TrailEvent
from edi_gateway.storage import wrapping_keys
from edi_gateway.storage.encrypting import encrypt_some
from edi_gateway.storage.sealed_contracts import seal_some
from edi_gateway.storage.signers import KeyAccess, key_access
from edi_gateway.workflows.enrol import words
from edi_gateway.workflows.payload_ports import PayloadKey
from edi_gateway.workflows.rewrap import going, in_force, rewrap

SOURCE = click.option(
    "--key",
    "source",
    metavar="SOURCE",
    help="file:NAME in the folder of keys, file:/PATH, env:VARIABLE, or pkcs11:token=LABEL;object=LABEL; "
    "made where there is none  [default: a new file in the folder of keys]",
)


@click.group("payload-key")
def payload_key() -> None:
    """Keys under which documents are stored encrypted: create, list, show, rotate, encrypt, destroy, give-up.

    They wrap each document's own key. The setting encrypt_payloads says whether new documents are encrypted.
    """


@payload_key.command(epilog="Example: edi-gateway payload-key create --key file:/etc/edi-gateway/payload.key")
@SOURCE
@gateway_options
@json_option
def create(source: str | None) -> None:
    """Make the first payload key, or take the one that is at SOURCE.

    Keep a copy, apart from the database and its backups: without it no encrypted document is ever read again.
    """
    with opened() as gateway:
        if gateway.vault.keys.in_force():
            raise Misuse("There is a payload key already: `edi-gateway payload-key rotate` exchanges it.")
        made = _put_in_force(gateway, source, "payload-key.created")
        on = gateway.vault.on
    lines = ["The payload key is made. Keep a copy of it, apart from the database's backups.", *pairs(_facts(made))]
    if not on:
        lines.append("To encrypt what comes from now on, set encrypt_payloads, and restart the servers.")
    output.show(_facts(made) | {"encryptPayloads": on}, *lines)


@payload_key.command("list")
@gateway_options
@json_option
def list_keys() -> None:
    """List all payload keys, how many documents are stored under each, and how many in plain."""
    with opened(as_found=True) as gateway:
        known, counts, on = gateway.vault.keys.known(), gateway.vault.keys.counts(), gateway.vault.on
    found = [_facts(one) | {"documents": counts.sealed.get(one.id, 0)} for one in known]
    rows = [(str(one["id"]), str(one["state"]), str(one["documents"]), str(one["source"])) for one in found]
    lines = table(("key", "state", "documents", "where"), rows, "There are no payload keys.")
    told = f"{counts.plain} documents are stored in plain. New ones are {'encrypted' if on else 'not encrypted'}."
    output.show({"keys": found, "plain": counts.plain, "encryptPayloads": on}, *lines, told)


@payload_key.command(epilog="Run it again where it was interrupted: it goes on from there.")
@SOURCE
@gateway_options
@json_option
def rotate(source: str | None) -> None:
    """Put another payload key in force, and have it wrap the keys of all documents; these stay as they are.

    Servers go on meanwhile, and notice by themselves; each must be able to open the new key, or it answers 503 until it
    can. The old key is needed no more afterwards, but for backups of before.
    """
    with opened() as gateway:
        keys = gateway.vault.keys
        in_force(keys)
        if not going(keys):
            _put_in_force(gateway, source, "payload-key.rotated")
        elif source not in (None, in_force(keys).source):
            raise Misuse("A rotation was interrupted: run this without --key, so that it comes to its end first.")
        old = going(keys)
        count = sum(rewrap(one.id, keys, gateway.vault, gateway.clock(), _told) for one in old)
        wiped, new = gateway.ledger.wipe(), in_force(keys)
    said = f"{count} data keys are wrapped by {new.id} now. Retired: {', '.join(one.id for one in old)}."
    facts = {"key": _facts(new), "dataKeys": count, "retired": [one.id for one in old], "wiped": wiped}
    output.show(facts, said)


@payload_key.command(epilog="Run it again where it was interrupted: it goes on from there.")
@gateway_options
@json_option
def encrypt() -> None:
    """Encrypt the documents that are stored in plain, from before encrypt_payloads was set.

    Servers go on meanwhile. What the database and the disk keep of what was deleted is as with erasing.
    """
    with opened() as gateway:
        in_force(gateway.vault.keys)
        count, after = 0, ""
        while done := encrypt_some(gateway.engine, gateway.vault, after):
            count, after = count + done.documents, done.last
            _told(count)
        # Before contracts were encrypted, too, their documents may have been.
        while seal_some(gateway.engine, gateway.vault):
            pass
        wiped = gateway.ledger.wipe()
    lines = [f"{count} documents were encrypted."]
    if count and not wiped:
        lines.append("The database may keep traces for a while: docs/erasure.md says which, and what to do.")
    output.show({"documents": count, "wiped": wiped}, *lines)


@payload_key.command
@click.argument("id")
@click.option("--after", metavar="DOCUMENT", default="", help="Only documents after this id.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@gateway_options
@json_option
def show(id: str, after: str, limit: int) -> None:
    """Show the payload key ID, and which documents are stored under it, oldest first."""
    with opened(as_found=True) as gateway:
        one = _find(gateway, id)
        documents = [wrapped.document for wrapped in gateway.vault.keys.wrapped_by(id, after, limit)]
    output.show(_facts(one) | {"documents": documents}, *pairs(_facts(one)), "", *documents)


@payload_key.command("give-up", epilog='Example: edi-gateway payload-key give-up ID --reason "lost with the safe"')
@click.argument("id")
@click.option("--reason", required=True, help="Why: kept for good.")
@gateway_options
@json_option
def give_up(id: str, reason: str) -> None:
    """Go on without the payload key ID, which is lost and not in force any more, and without its documents.

    Servers start without it then. Its documents stay recorded and provable, but can't be read, audited or argued.
    """
    with opened() as gateway:
        one = _find(gateway, id)
        count = gateway.vault.keys.counts().sealed.get(id, 0)
        step = Step("payload-key.given-up", host_actor(), id, gateway.clock(), words(reason, "reason"))
        gateway.vault.keys.give_up(id, step)
    said = f"The payload key {id} is given up, and {count} documents with it: `payload-key show` lists them."
    output.show(_facts(one) | {"state": "given up", "documents": count}, said)


@payload_key.command
@click.argument("id")
@gateway_options
@json_option
def destroy(id: str) -> None:
    """Delete the payload key ID, which is retired, for good: nobody can read the backups of before then."""
    with opened() as gateway:
        one = _find(gateway, id)
        if one.retired_at is None:
            raise Misuse(f"The payload key {id} is not retired: `edi-gateway payload-key rotate` retires it.")
        access = key_access(gateway.settings)
        _check_is(one, access)
        note(gateway, host_actor(), "payload-key.destroyed", id, one.source)
        wrapping_keys.destroy(one.source, access)
    output.show(_facts(one) | {"destroyed": True}, f"The payload key {id} at {one.source} is destroyed.")


def _check_is(one: PayloadKey, access: KeyAccess) -> None:
    """Raises Misuse where another key has taken its place, which may be in use."""
    found = wrapping_keys.open_key(one.source, access)
    found.close()
    if found.id != one.id:
        raise Misuse(f"At {one.source} is another key by now: {found.id}.")


def _put_in_force(gateway: Gateway, source: str | None, event: TrailEvent) -> PayloadKey:
    source, key = wrapping_keys.made(source, key_access(gateway.settings))
    key.close()
    gateway.vault.keys.put_in_force(key.id, source, Step(event, host_actor(), key.id, gateway.clock(), source))
    return in_force(gateway.vault.keys)


def _find(gateway: Gateway, id: str) -> PayloadKey:
    found = next((one for one in gateway.vault.keys.known() if one.id == id), None)
    if found is None:
        raise Misuse(f"There is no payload key {id}: `edi-gateway payload-key list` names them all.")
    return found


def _told(count: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"{count} so far", err=True)


def _facts(one: PayloadKey) -> dict[str, object]:
    state = "in force" if one.in_force else "retired" if one.retired_at else "going"
    return {
        "id": one.id,
        "state": state,
        "source": one.source,
        "addedAt": one.added_at,
        "retiredAt": one.retired_at,
    }
