"""What runs beside the doors: duties that come round again and again, in a process of their own."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic

from edi_gateway.errors import GatewayError
from edi_gateway.gateway import Gateway
from edi_gateway.neighbours import cosigner
from edi_gateway.storage.state import state_in
from edi_gateway.workflows.key_warnings import KeyWarnings
from edi_gateway.workflows.scrub import Scrubber
from edi_gateway.workflows.witnessed import Submitter

LAST_ROUND = 5.0
"""Seconds that duties under way get to end once all is to stop. What they leave undone is done after the next start."""

SCRUB_SECONDS = 2.0
"""Between two slices of the audit that never ends."""

TIMESTAMP_ROUND = 60.0
"""Seconds after which an authority that failed is asked again, and the next few tokens are renewed."""

KEY_WARNINGS_ROUND = 600.0
"""Seconds between two looks at which of partners' keys end soon."""

TRAIL_ROUND = 300.0
"""Seconds between two looks at whether the ledger has to speak of the trail of access."""

WEBHOOK_ROUND = 5.0
"""Seconds between two looks at what webhooks are to be told."""

log = logging.getLogger("edi_gateway.worker")


@dataclass(frozen=True, slots=True)
class Duty:
    """`run` is called, then again so many seconds after it returned. Running twice at once must be harmless.

    Several hosts that serve one ledger each have their own duties, and a duty may be cut off at any point.
    """

    name: str
    seconds: float
    run: Callable[[], object]


def duties(gateway: Gateway) -> tuple[Duty, ...]:
    """What this gateway has to do beside answering."""
    settings = gateway.settings
    found = [
        Duty("anchor", settings.anchor_seconds, gateway.watch.keep),
        Duty("publishing", settings.publish_seconds, gateway.publisher.publish),
    ]
    found += [
        Duty(f"asking the witness {one.witness.name}", settings.publish_seconds, one.submit)
        for one in _submitters(gateway)
    ]
    told = state_in(settings.data_dir, "key-warnings")
    warnings = KeyWarnings(gateway.directory, gateway.archive, told, gateway.clock)
    found.append(Duty("key warnings", KEY_WARNINGS_ROUND, warnings.run))
    found.append(Duty("stating the trail of access", TRAIL_ROUND, gateway.state_trail))
    if settings.webhooks:
        found.append(Duty("key notices", KEY_WARNINGS_ROUND, gateway.notifier.warn))
        found.append(Duty("webhooks", WEBHOOK_ROUND, gateway.notifier.run))
    if settings.scrub_rate:
        found.append(Duty("scrubbing", SCRUB_SECONDS, _scrubber(gateway).run))
    if gateway.revocation_sources:
        found.append(Duty("revocation lists", settings.revocation_seconds, gateway.fetch_revocations))
    if gateway.authorities:
        found.append(Duty("timestamps", min(TIMESTAMP_ROUND, settings.timestamp_seconds), gateway.take_timestamps))
    return tuple(found)


def _submitters(gateway: Gateway) -> list[Submitter]:
    """One for each witness that is to be asked for cosignatures. Each keeps a connection for itself."""
    asked = gateway.witnessed.policy.witnesses if gateway.witnessed else ()
    return [
        Submitter(gateway.ledger, gateway.publications, gateway.clock, one, cosigner(one), gateway.forks)
        for one in asked
    ]


def _scrubber(gateway: Gateway) -> Scrubber:
    return gateway.auditing.scrubber(max(1, round(gateway.settings.scrub_rate * SCRUB_SECONDS)))


def work(duties: Sequence[Duty], wait: Callable[[], object]) -> None:
    """Do the duties until `wait` returns. Each has a thread of its own: one that hangs holds up no other."""
    stop = Event()
    threads = [Thread(target=_repeat, args=(duty, stop), name=duty.name, daemon=True) for duty in duties]
    for thread in threads:
        thread.start()
    wait()
    stop.set()
    deadline = monotonic() + LAST_ROUND
    for thread in threads:
        thread.join(max(0.0, deadline - monotonic()))


def _repeat(duty: Duty, stop: Event) -> None:
    reason = None
    while not stop.is_set():
        reason = _attempt(duty, reason)
        stop.wait(duty.seconds)


def _attempt(duty: Duty, before: str | None) -> str | None:
    """Why the duty failed; it comes round again all the same. Logged is only what is not as it was `before`."""
    try:
        duty.run()
    except GatewayError as error:
        if str(error) != before:
            log.error("%s failed: %s", duty.name, error)
        return str(error)
    except Exception as error:
        if repr(error) != before:
            log.exception("%s failed", duty.name)
        return repr(error)
    if before:
        log.info("%s succeeds again", duty.name)
    return None
