"""Running a witness: apart from any gateway, with a directory of its own."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from edi_gateway.cli.listening import address, configured, serve_until_stopped
from edi_gateway.cli.options import FILE, json_option
from edi_gateway.cli.output import show
from edi_gateway.errors import Fault, Misuse
from edi_gateway.ledger import note
from edi_gateway.witness import cosigning
from edi_gateway.witness.app import create_app
from edi_gateway.witness.state import folder_of

GRACE = 10
"""Seconds that requests under way have to end after the server was asked to stop."""

MAX_CONNECTIONS = 256

_NEXT_STEPS = """
Give the verifier key to whoever runs the ledger; ask for the ledger's, and add it. The private key is in {folder}.
Never restore that directory from a backup, since it would not know what it cosigned after: make a new witness instead.

Next:
  edi-gateway witness add-log VKEY
  edi-gateway witness serve"""

F = TypeVar("F", bound=Callable[..., Any])


def _in_folder(command: F) -> F:
    option = click.option(
        "--witness-dir",
        "folder",
        metavar="DIR",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="EDI_GATEWAY_WITNESS_DIR",
        default=Path("witness"),
        help="Directory of the witness's keys and state  [default: ./witness]",
    )
    return option(command)


@click.group
def witness() -> None:
    """Be a witness of ledgers: init, add-log, key, serve."""


@witness.command
@click.argument("name")
@click.option("--ml-dsa-44", "mldsa", is_flag=True, help="Have a second key, of ML-DSA-44, and cosign with both.")
@_in_folder
@json_option
def init(name: str, mldsa: bool, folder: Path) -> None:
    """Create a witness, NAME being a URL without scheme that is yours, such as witness.example.com.

    The name is in every cosignature. It can't be changed later.
    """
    vkeys = [verifier.vkey for verifier in cosigning.create(folder, name, mldsa).keys.verifiers]
    facts = {"name": name, "vkeys": vkeys, "witnessDir": str(folder)}
    lines = [f"There is a new witness in {folder}.", *(f"Verifier key: {vkey}" for vkey in vkeys)]
    show(facts, *lines, _NEXT_STEPS.format(folder=folder))


@witness.command("add-log")
@click.argument("vkey")
@click.option("--replace", is_flag=True, help="Trust no other key of this ledger any longer.")
@_in_folder
@json_option
def add_log(vkey: str, replace: bool, folder: Path) -> None:
    """Cosign for the ledger with this verifier key, as `edi-gateway ledger key` prints it.

    The first checkpoint that it submits is believed; from then on, each must grow from the one before. A ledger that
    changes its key has the new one added; a server that is running takes note by itself.
    """
    verifier = note.parse_vkey(vkey.strip())
    cosigning.load(folder).state.add_log(verifier, only=replace)
    path = f"/{folder_of(verifier.name)}/checkpoint"
    lines = f"The witness cosigns for {verifier.name}.", f"Its latest checkpoint is to be read at {path}"
    show({"origin": verifier.name, "path": path}, *lines)


@witness.command
@_in_folder
@json_option
def key(folder: Path) -> None:
    """Print the verifier key (vkey) of each key that this witness signs with: what others need to believe it."""
    verifiers = cosigning.load(folder).keys.verifiers
    vkeys = [verifier.vkey for verifier in verifiers]
    show({"name": verifiers[0].name, "vkeys": vkeys}, *vkeys)


@witness.command(epilog="Ctrl-C or SIGTERM stop it. Put TLS certificate and key here, or a proxy in front.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8444,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@click.option("--tls-cert", type=FILE, help="PEM certificate chain.")
@click.option("--tls-key", type=FILE, help="PEM private key of the certificate.")
@_in_folder
def serve(host: str, port: int, tls_cert: Path | None, tls_key: Path | None, folder: Path) -> None:
    """Serve until stopped. Refuses to start where anything that the witness relies on is damaged."""
    if (tls_cert is None) != (tls_key is None):
        raise Misuse("--tls-cert and --tls-key go together.")
    app = create_app(cosigning.load(folder))
    config = configured(app, tls_cert, tls_key, GRACE, lifespan="off", limit_concurrency=MAX_CONNECTIONS)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listener:
        url = address(listener, host, tls_cert is not None)
        if not serve_until_stopped(config, listener, lambda: click.echo(f"The witness is ready at {url}")):
            raise Fault("The server could not start; the log says why.")
