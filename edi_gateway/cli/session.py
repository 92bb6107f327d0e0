"""The gateway that a command works on, opened with the settings that were given."""

import getpass
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from edi_gateway.access import note
from edi_gateway.cli.options import flags
from edi_gateway.errors import GatewayError
from edi_gateway.gateway import Gateway, build
from edi_gateway.model.record import Submission
from edi_gateway.model.trail import Actor, TrailEvent
from edi_gateway.settings import Settings, load


def settings() -> Settings:
    """The settings in force for the running command. Raises Misuse."""
    return load(**flags())


@contextmanager
def opened(*, as_found: bool = False) -> Iterator[Gateway]:
    """Raises Misuse where there is no usable gateway, and Unproven where its anchor tells of another ledger.

    `as_found`: only to look at what is there, whatever the anchor says.
    """
    gateway = build(settings(), as_found=as_found)
    try:
        yield gateway
        if not as_found:
            _keep_anchor(gateway)
    finally:
        gateway.close()


def _keep_anchor(gateway: Gateway) -> None:
    # What was asked for is done and durable: it is told, whatever becomes of the anchor.
    try:
        gateway.watch.keep()
    except GatewayError as error:
        click.echo(f"WARNING: the anchor is not up to date: {error}", err=True)


def host_actor() -> Actor:
    """Who runs the command, as this machine knows them."""
    try:
        return Actor(getpass.getuser(), "host")
    except (KeyError, OSError):
        # A container may run under a number that has no name.
        return Actor(str(os.getuid()), "host")


def note_read(gateway: Gateway, event: TrailEvent, subject: str, detail: str | None = None) -> None:
    """What is written out here is in the trail of access, too. Raises Fault."""
    note(gateway, host_actor(), event, subject, detail)


def record(gateway: Gateway, change: Submission) -> dict[str, Any]:
    """Record what an operator or an officer did. Returns the receipt. Raises Fault."""
    receipt: dict[str, Any] = json.loads(gateway.record(change).receipt)
    return receipt
