"""The gateway that a command works on, opened with the settings that were given."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from edi_gateway.cli.options import flags
from edi_gateway.gateway import Gateway, build
from edi_gateway.model.record import Change
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


def record(gateway: Gateway, change: Callable[[datetime, str], Change]) -> dict[str, Any]:
    """Record what an operator did: `change` gets the moment and an id. Returns the receipt. Raises Misuse or Fault."""
    now = gateway.clock()
    receipt: dict[str, Any] = json.loads(gateway.record(change(now, gateway.new_id(now))).receipt)
    return receipt
