"""Whether the gateway lives, whether it can record documents, and what it has counted."""

import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from edi_gateway.api import metrics
from edi_gateway.api.admission import FOR_ANYBODY, Here, MetricsReader
from edi_gateway.api.gauges import ending, publishing, stamping, telling
from edi_gateway.api.problems import RETRY_AFTER, Problem
from edi_gateway.api.schemas import Readiness
from edi_gateway.errors import GatewayError, Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.ledger.tree import check_head
from edi_gateway.model.moment import parse_timestamp
from edi_gateway.storage.readiness import check_schema
from edi_gateway.storage.space import check_space, folders, free
from edi_gateway.workflows.acknowledge import sign_head
from edi_gateway.workflows.clock import behind, not_before
from edi_gateway.workflows.scrub import Scrubbed

log = logging.getLogger(__name__)

router = APIRouter(tags=["health"])


def _check_database(gateway: Gateway) -> None:
    gateway.watch.check_installed()
    check_schema(gateway.engine)


def _check_ledger(gateway: Gateway) -> None:
    # The frontier gives the root, and the stored tiles and newest entries give the frontier.
    check_head(gateway.ledger.head())
    gateway.recorder.reload()


def _check_key(gateway: Gateway) -> None:
    sign_head(gateway.notary, gateway.watch.memory.newest())


def _check_payload_key(gateway: Gateway) -> None:
    gateway.vault.check()


def _check_anchor(gateway: Gateway) -> None:
    gateway.watch.check()


def _check_clock(gateway: Gateway) -> None:
    not_before(gateway.ledger.recorded_at(), gateway.clock())


def _check_space(gateway: Gateway) -> None:
    check_space(folders(gateway.engine, gateway.settings))


def _check_audit(gateway: Gateway) -> None:
    found = gateway.auditing.scrubbed()
    if found.failure:
        raise _Lie(found)


class _Lie(Unproven):
    """What the audit that never ends has found."""

    def __init__(self, found: Scrubbed) -> None:
        self.index = found.index
        super().__init__(found.failure)


def _check_forks(gateway: Gateway) -> None:
    gateway.forks.check()


CHECKS: Mapping[str, Callable[[Gateway], None]] = MappingProxyType(
    {
        "database": _check_database,
        "ledger": _check_ledger,
        "key": _check_key,
        "payload-key": _check_payload_key,
        "anchor": _check_anchor,
        "clock": _check_clock,
        "space": _check_space,
        "audit": _check_audit,
        "forks": _check_forks,
    }
)
"""In this order: nothing is signed, even to try the key, for a head that does not agree with its ledger."""


@router.get("/healthz", response_class=PlainTextResponse, dependencies=[FOR_ANYBODY])
async def read_health() -> Response:
    """Alive: this worker answers."""
    return PlainTextResponse("alive\n")


@router.get("/readyz", dependencies=[FOR_ANYBODY])
def read_readiness(gateway: Here) -> Readiness:
    """Ready: database and schema, signing key, and ledger agree. The reason why not is in the log only."""
    for name, check in CHECKS.items():
        try:
            check(gateway)
        except GatewayError as error:
            log.error("not ready: %s: %s", name, error)
            where = f" at entry {error.index}" if isinstance(error, _Lie) else ""
            raise Problem("not-ready", f"The check {name} failed{where}.", {"Retry-After": RETRY_AFTER}) from error
    return Readiness(status="ready", checks=dict.fromkeys(CHECKS, "ok"))


@router.get("/metrics", response_class=PlainTextResponse)
def read_metrics(gateway: Here, _: MetricsReader) -> Response:
    """For Prometheus, in its text format: all workers of this server together."""
    return Response(metrics.exposition(_gauges(gateway)), media_type=metrics.CONTENT_TYPE)


def _gauges(gateway: Gateway) -> metrics.Gauges:
    """What is asked anew at each scrape, being nobody's counter: name, help, value."""
    late = behind(gateway.ledger.recorded_at(), gateway.clock())
    size = gateway.ledger.head().size
    found = gateway.auditing.scrubbed()
    forks = int(gateway.forks.known() is not None)
    room = min(map(free, folders(gateway.engine, gateway.settings)))
    ended = parse_timestamp(found.ended_at).timestamp() if found.ended_at else 0
    return {
        **publishing(gateway, size),
        **stamping(gateway),
        **ending(gateway),
        **telling(gateway),
        "edi_gateway_ledger_size": ("Entries in the ledger.", size),
        "edi_gateway_clock_behind_seconds": ("Seconds that the clock is behind the newest entry.", late),
        "edi_gateway_forks": ("Proven forks that no operator has looked at: any is too many.", forks),
        "edi_gateway_free_bytes": ("Bytes free where this machine writes, the least of it.", room),
        "edi_gateway_verified_size": ("Entries that held when they were audited last.", found.verified),
        "edi_gateway_audit_position": ("Entries that the present round of the audit has come past.", found.position),
        "edi_gateway_audit_ended_seconds": ("When the last whole round ended, in Unix time; 0 before that.", ended),
        "edi_gateway_audit_failures": ("Findings of the audit since it began: any is too many.", found.failures),
    }
