"""The process that does the gateway's duties beside the workers: supervised like them."""

import os
import signal
from collections.abc import Callable

from edi_gateway.gateway import build
from edi_gateway.settings import Settings
from edi_gateway.worker import duties, work


def keep(chosen: Settings, ready: Callable[[], None]) -> bool:
    """Do the duties until SIGTERM or SIGINT."""
    asked, ask = os.pipe()
    # Written to from whichever thread a signal interrupts: that need not be this one, which would go on waiting.
    os.set_blocking(ask, False)
    signal.set_wakeup_fd(ask)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    gateway = build(chosen)
    try:
        ready()
        work(duties(gateway), lambda: os.read(asked, 1))
    finally:
        gateway.close()
    return True
