"""The ledger's own keys: which sign, and how one takes over from another."""

import click

from edi_gateway.cli.options import KEY_OPTION, gateway_options, json_option
from edi_gateway.cli.output import pairs, show, table
from edi_gateway.cli.session import opened, record
from edi_gateway.errors import Misuse
from edi_gateway.gateway import Gateway
from edi_gateway.ledger.cosignature import cosigner
from edi_gateway.storage import signers
from edi_gateway.storage.signers import key_access
from edi_gateway.workflows.key_ports import OwnKey
from edi_gateway.workflows.rotate import add_key, find_key, keep_signatures, keys_text, retire_key
from edi_gateway.workflows.verify import verify_ledger


@click.group(invoke_without_command=True)
@gateway_options
@json_option
@click.pass_context
def key(ctx: click.Context) -> None:
    """Print the verifier key (vkey): what others need to check receipts.

    While two keys sign it is the newer one. The commands list, make, add and retire exchange it; mldsa is
    about a second one, for what is published.
    """
    if ctx.invoked_subcommand is None:
        with opened(as_found=True) as gateway:
            verifier = gateway.notary.verifier
        show({"origin": verifier.name, "vkey": verifier.vkey}, verifier.vkey)


@key.command("list")
@click.option("--vkeys", is_flag=True, help="As `edi-gateway verify --vkeys` reads it: verifier key, from, until.")
@gateway_options
@json_option
def list_keys(vkeys: bool) -> None:
    """List all keys that the ledger has had, and the tree sizes that they sign."""
    with opened(as_found=True) as gateway:
        history, keys = gateway.notary.history, gateway.notary.keys
    rows = [(one.id, _state(one), str(one.key.since), _until(one), one.source) for one in history.keys]
    lines = table(("key", "state", "from", "until", "where"), rows, "There are no keys.")
    show([_facts(one) for one in history.keys], *(keys_text(keys).splitlines() if vkeys else lines))


@key.command
@KEY_OPTION
@gateway_options
@json_option
def make(source: str | None) -> None:
    """Make a key, in a file of its own or on a token, without using it yet.

    Give the file to every machine that serves this ledger, then add it.
    """
    with opened() as gateway:
        access = key_access(gateway.settings)
        made = signers.make(source, gateway.notary.origin, access)
        signer = signers.open_signer(made, gateway.notary.origin, access)
        signer.close()
    facts = {"source": made, "vkey": signer.verifier.vkey}
    show(facts, "The key is made, and signs nothing yet.", *pairs(facts))


@key.command
@KEY_OPTION
@gateway_options
@json_option
def add(source: str | None) -> None:
    """Let another key sign, beside the present one, from now on. Without --key it is made in a file of its own.

    Running servers notice by themselves; each must be able to open the key, or it answers 503 until it can.
    """
    with opened() as gateway:
        access = key_access(gateway.settings)
        made = source or signers.make(None, gateway.notary.origin, access)
        signer = signers.open_signer(made, gateway.notary.origin, access)
        try:
            receipt = record(gateway, add_key(signer.verifier, made, gateway.key_office()))
        finally:
            signer.close()
        added = find_key(signer.verifier.vkey, gateway.notary.history)
    said = f"The key {added.id} signs from size {added.key.since}: entry {receipt['index']}. Publish its verifier key:"
    show(_facts(added) | {"receipt": receipt}, said, added.key.verifier.vkey)


@key.command
@click.option("--make", is_flag=True, help="Make the key where there is none; servers use it once they are restarted.")
@gateway_options
@json_option
def mldsa(make: bool) -> None:
    """Print the verifier key of ML-DSA-44 that what is published is signed with, too.

    Its signatures are ones that quantum computers are not expected to forge. Receipts carry it at a level only.
    """
    with opened(as_found=True) as gateway:
        found = signers.mldsa_key(key_access(gateway.settings), make)
        if found is None:
            raise Misuse("There is no key of ML-DSA-44: make it with --make.")
        verifier = cosigner(gateway.notary.origin, found.public_key())
    show({"origin": verifier.name, "vkey": verifier.vkey}, verifier.vkey)


@key.command(epilog="Run it again where it was interrupted: it goes on from there.")
@click.argument("key")
@click.option("--destroy", is_flag=True, help="Delete the private key, once all that it has signed is kept.")
@gateway_options
@json_option
def retire(key: str, destroy: bool) -> None:
    """Let KEY, an id or a verifier key, sign no more. What it has signed is verified, signed once more, and kept.

    After that no receipt needs the private key any more, neither to be checked nor to be repeated.
    """
    with opened() as gateway:
        gateway.notary.refresh()
        if find_key(key, gateway.notary.history).key.until is None:
            record(gateway, retire_key(find_key(key, gateway.notary.history), gateway.key_office()))
        if not find_key(key, gateway.notary.history).kept:
            _keep(gateway, find_key(key, gateway.notary.history))
        retired = find_key(key, gateway.notary.history)
        if destroy:
            signers.destroy(retired.source, key_access(gateway.settings))
    said = f"The key {retired.id} signed from size {retired.key.since} to {retired.key.until}; all of it is kept."
    gone = f"Its private key at {retired.source} {'is destroyed' if destroy else 'is needed no more'}."
    show(_facts(retired) | {"destroyed": destroy}, said, gone)


def _keep(gateway: Gateway, one: OwnKey) -> None:
    signer = gateway.notary.signer_of(one)
    if signer is None:
        raise Misuse(f"The private key {one.id} is not open, but not all that it has signed is kept.")
    # Nothing is signed, nor signed again, that does not hold.
    verify_ledger(gateway.ledger, gateway.notary.origin)
    keep_signatures(
        one,
        signer,
        gateway.ledger,
        gateway.notary.kept,
        lambda size: click.echo(f"signatures kept up to size {size}", err=True),
    )
    gateway.notary.refresh()


def _state(one: OwnKey) -> str:
    if one.key.until is None:
        return "signing"
    return "retired" if one.kept else "retiring"


def _until(one: OwnKey) -> str | None:
    return None if one.key.until is None else str(one.key.until)


def _facts(one: OwnKey) -> dict[str, object]:
    return {
        "key": one.id,
        "vkey": one.key.verifier.vkey,
        "state": _state(one),
        "from": one.key.since,
        "until": one.key.until,
        "source": one.source,
        "addedAt": one.added_at,
    }
