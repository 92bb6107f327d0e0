"""A partner's side: read what a gateway has, with the key that signs its documents."""

from pathlib import Path

import click

from edi_gateway.cli.options import FILE, NEW_FILE
from edi_gateway.cli.saving import save
from edi_gateway.cli.send import address, private_key_in
from edi_gateway.client import Client

EXAMPLE = "Example: edi-gateway fetch '/v1/documents?type=invoice' --url https://gw.example.com --key acme.key"


@click.command(epilog=EXAMPLE)
@click.argument("path")
@click.option("--url", required=True, callback=address, help="The gateway's address, such as https://gw.example.com.")
@click.option("--key", type=FILE, required=True, help="PEM private key that is enrolled.")
@click.option("--cacert", type=FILE, help="PEM certificates to trust the server by, instead of the system's.")
@click.option("--insecure", is_flag=True, help="Don't check whose server it is.")
@click.option("-o", "--output", type=NEW_FILE, help="Where to save the answer; default: it is printed.")
def fetch(path: str, url: str, key: Path, cacert: Path | None, insecure: bool, output: Path | None) -> None:
    """Read PATH, such as /v1/documents, from a gateway. The request is signed (RFC 9421): no token is needed.

    The address is signed along, and has to be one of the gateway's own (its setting public_hosts).
    """
    with Client(url, ca_file=cacert, insecure=insecure) as client:
        answer = client.fetch(path, private_key_in(key))
    if output:
        save(output, answer)
    else:
        click.echo(answer, nl=False)
