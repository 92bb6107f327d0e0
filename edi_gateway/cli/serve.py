"""`edi-gateway serve`. What it runs is imported only once this process is the one that stays."""

import click

from edi_gateway.cli.allocator import start_over_tuned
from edi_gateway.cli.options import FILE, gateway_options, setting
from edi_gateway.engine.starting import for_good


@click.command(
    epilog="Ctrl-C or SIGTERM stop it: requests under way are answered first. Put TLS certificate and key here, or a "
    "proxy in front."
)
@setting("--host", help="Address to listen on  [default: 127.0.0.1]")
@setting("--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 takes a free one  [default: 8443]")
@setting("--workers", type=click.IntRange(1, 64), help="Server processes, about one for each core  [default: 1]")
@setting("--tls-cert", type=FILE, help="PEM certificate chain.")
@setting("--tls-key", type=FILE, help="PEM private key of the certificate.")
@gateway_options
def serve() -> None:
    """Serve until stopped. Says on one line when it is ready, and where."""
    start_over_tuned()
    with for_good():
        from edi_gateway.cli.server import run
        from edi_gateway.cli.session import settings

    run(settings())
