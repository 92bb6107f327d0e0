"""A new certificate, or a longer window, for a partner's key that is registered."""

from datetime import datetime
from pathlib import Path

import click

from edi_gateway.cli.custody import BY, name_of
from edi_gateway.cli.options import FILE, Moment, gateway_options, json_option
from edi_gateway.cli.output import moment, show
from edi_gateway.cli.session import opened, record
from edi_gateway.workflows.key_life import known_key
from edi_gateway.workflows.key_renewal import renew_key


@click.command(epilog="Example: edi-gateway key renew FINGERPRINT --cert acme-renewed.pem")
@click.argument("fingerprint")
@click.option("--cert", type=FILE, required=True, help="Another certificate of this key, PEM or DER, or the bare key.")
@click.option("--from", "since", type=Moment(), help="Trusted from this moment; default: the certificate's, or always.")
@click.option("--until", type=Moment(), help="Trusted until this moment; default: the certificate's, or for good.")
@click.option("--propose", is_flag=True, help="Change nothing until `key approve`: always so with four_eyes.")
@BY
@gateway_options
@json_option
def renew(
    fingerprint: str, cert: Path, since: datetime | None, until: datetime | None, propose: bool, by: str | None
) -> None:
    """Trust a key by another certificate as well, or for longer. What it was trusted for before it still is."""
    with opened() as gateway:
        office = gateway.office(name_of(by))
        change = renew_key(fingerprint, cert.read_bytes(), (since, until), office, propose=propose)
        receipt = record(gateway, change)
        key = known_key(fingerprint, gateway.directory.refreshed())
    entry = f"entry {receipt['index']} of the ledger"
    if change.type == "key.renewed":
        end = f"trusted until {moment(key.ends_at)}" if key.ends_at else "trusted for good"
        line = f"Key {fingerprint} is renewed, and {end}: {entry}."
    else:
        line = f"A renewal of {fingerprint} is proposed, and waits for approval: {entry}."
    show({"fingerprint": fingerprint, "until": moment(key.ends_at), "receipt": receipt}, line)
