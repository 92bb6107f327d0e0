"""The demonstration, in a directory and with settings of its own."""

import os
import signal
import sys
import tempfile
from contextlib import chdir
from pathlib import Path

import click

from edi_gateway.demo.story import look_around, told


@click.command
@click.option("--exit", "leave", is_flag=True, help="Stop after the checks.")
def demo(leave: bool) -> None:
    """See it work from end to end, in a temporary directory.

    Starts a gateway over HTTPS, registers two partners, posts signed documents, good ones and bad ones, checks every
    receipt as a stranger would, and serves until Ctrl-C. Exits with 1 when anything is not as it should be.
    """
    # Whatever is set here for another gateway must not reach this one, nor this one that.
    for name in [name for name in os.environ if name.startswith("EDI_GATEWAY_")]:
        del os.environ[name]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    folder = Path(tempfile.mkdtemp(prefix="edi-gateway-demo-"))
    try:
        with chdir(folder), told(folder, click.echo) as scene:
            if not leave:
                look_around(scene)
                click.echo("\n  The gateway serves until you press Ctrl-C.")
                signal.pause()
    except KeyboardInterrupt:
        click.echo("\n  Stopped.")
