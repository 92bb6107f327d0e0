"""What runs beside the doors: duties that come round again and again, in a process of their own."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event
from time import monotonic

from edi_gateway.errors import GatewayError
from edi_gateway.gateway import Gateway

log = logging.getLogger("edi_gateway.worker")


@dataclass(frozen=True, slots=True)
class Duty:
    """`run` is called every so many seconds, as near as the others allow; it must be safe to run twice at once."""

    name: str
    seconds: float
    run: Callable[[], object]


def duties(gateway: Gateway) -> tuple[Duty, ...]:
    """What this gateway has to do beside answering."""
    found = [Duty("anchor", gateway.settings.anchor_seconds, gateway.watch.keep)]
    if gateway.authorities:
        found.append(Duty("timestamps", gateway.settings.timestamp_seconds, gateway.take_timestamps))
    return tuple(found)


def work(duties: Sequence[Duty], stop: Event) -> None:
    """Do the duties until `stop` is set. One that fails is logged, and comes round again like the others."""
    due = {duty.name: monotonic() for duty in duties}
    while duties and not stop.is_set():
        duty = min(duties, key=lambda one: due[one.name])
        if stop.wait(max(0.0, due[duty.name] - monotonic())):
            return
        try:
            duty.run()
        except GatewayError as error:
            log.error("%s failed: %s", duty.name, error)
        except Exception:
            log.exception("%s failed", duty.name)
        due[duty.name] = monotonic() + duty.seconds
