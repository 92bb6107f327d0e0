"""A partner's side of a rotation: ask a gateway to trust one's next key."""

from datetime import UTC, datetime
from pathlib import Path

import click

from edi_gateway.cli.options import FILE, NEW_FILE, json_option
from edi_gateway.cli.output import show
from edi_gateway.cli.saving import save
from edi_gateway.cli.send import certificate_in, private_key_in
from edi_gateway.signing import renewal
from edi_gateway.workflows.renew import FRESH

EXAMPLE = (
    "Example: edi-gateway key request --partner acme --origin gw.example.com/ledger --key acme.key "
    "--next-key acme-2027.key --next-cert acme-2027.pem -o request.jose"
)


@click.command(epilog=EXAMPLE)
@click.option("--partner", required=True, metavar="ID", help="Under which name the gateway knows you.")
@click.option("--origin", required=True, metavar="NAME", help="The name of the gateway's ledger, as in its receipts.")
@click.option("--key", type=FILE, required=True, help="PEM private key that signs your documents now.")
@click.option("--next-key", type=FILE, required=True, help="PEM private key that is to sign them next.")
@click.option("--next-cert", type=FILE, help="Its certificate, PEM or DER; without it, the bare key is sent.")
@click.option("-o", "--output", type=NEW_FILE, required=True, help="Where to write the request.")
@json_option
def request(partner: str, origin: str, key: Path, next_key: Path, next_cert: Path | None, output: Path) -> None:
    """Write a request, signed with your present key, to trust your next one; both keys stay with you.

    Post it within minutes, as application/jose, to /v1/partners/{id}/keys: it is made for this moment.
    """
    pair = private_key_in(key), private_key_in(next_key)
    certificate = certificate_in(next_cert) if next_cert else None
    now = datetime.now(UTC)
    save(output, renewal.request(partner, origin, pair, now, certificate))
    minutes = int(FRESH.total_seconds() // 60)
    line = f"The request is in {output}: post it within {minutes} minutes, as application/jose."
    show({"file": str(output), "partner": partner, "origin": origin, "minutes": minutes}, line)
