"""The gateway that a command works on, opened with the settings that were given."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from edi_gateway.cli.options import flags
from edi_gateway.gateway import Gateway, build
from edi_gateway.model.record import Act, Change
from edi_gateway.settings import Settings, load


def settings() -> Settings:
    """The settings in force for the running command. Raises Misuse."""
    return load(**flags())


@contextmanager
def opened() -> Iterator[Gateway]:
    """Raises Misuse where there is no usable gateway."""
    gateway = build(settings())
    try:
        yield gateway
    finally:
        gateway.close()


def record(gateway: Gateway, change: Change | Act) -> dict[str, Any]:
    """Record what an operator or an officer did. Returns the receipt. Raises Fault."""
    receipt: dict[str, Any] = json.loads(gateway.record(change).receipt)
    return receipt
