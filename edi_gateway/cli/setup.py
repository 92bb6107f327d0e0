"""Making a gateway, and keeping its database up to date."""

import click

from edi_gateway.cli.options import KEY_OPTION, gateway_options, json_option
from edi_gateway.cli.output import show
from edi_gateway.cli.session import settings
from edi_gateway.installation import initialise, upgrade

_NEXT_STEPS = """
Whoever checks receipts needs the verifier key: publish it. The private key is in {keys}: keep a copy where it is safe.

Next:
  edi-gateway partner add acme --name "Acme Tools" --identifier 0088:4000001000005
  edi-gateway key add acme --cert acme.pem
  edi-gateway serve"""


@click.command
@KEY_OPTION
@gateway_options
@json_option
def init(source: str | None) -> None:
    """Create a gateway: database, signing key, origin.

    The origin is the ledger's name, written into every receipt; it can't be changed later. Take a URL without scheme
    that is yours, such as gw.example.com/ledger. The key is encrypted when EDI_GATEWAY_PASSPHRASE is set.
    """
    chosen = settings()
    verifier = initialise(chosen, source)
    facts = {"origin": verifier.name, "vkey": verifier.vkey, "dataDir": str(chosen.data_dir)}
    lines = [f"There is a new gateway in {chosen.data_dir}.", f"Verifier key: {verifier.vkey}"]
    show(facts, *lines, _NEXT_STEPS.format(keys=chosen.keys_dir))


@click.group
def db() -> None:
    """The database's schema: upgrade."""


@db.command("upgrade")
@gateway_options
@json_option
def upgrade_schema() -> None:
    """Bring the database to the newest schema. Stop the servers first, and have a backup."""
    revision = upgrade(settings())
    show({"revision": revision}, f"The database is at revision {revision}.")
