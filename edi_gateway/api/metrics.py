"""What Prometheus is told: what became of documents, how long a receipt took, how commits were shared.

Several workers count together when `multiprocess.prepare` ran before they were started.
"""

import os
from collections.abc import Iterator, Mapping
from functools import cache

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from edi_gateway.api.multiprocess import DIRECTORY_VARIABLE
from edi_gateway.model.record import Examined, Recorded

CONTENT_TYPE = CONTENT_TYPE_LATEST

Gauges = Mapping[str, tuple[str, float | Mapping[tuple[str, str], float]]]
"""By name: help, and the value, or one for each (label, label's value)."""

DOCUMENTS = Counter(
    "edi_gateway_documents",
    "Transmissions by outcome (accepted, repeated, rejected, conflict, unidentified, limited, fault) and reason.",
    ("outcome", "code"),
)
RECEIPT_SECONDS = Histogram(
    "edi_gateway_receipt_seconds",
    "Seconds from the moment at which a document had arrived to that at which its receipt was ready.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
BATCH_SIZE = Histogram(
    "edi_gateway_commit_batch_size",
    "Submissions that shared a commit.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
)


def answered(recorded: Recorded, seconds: float) -> None:
    """Count a document that has a receipt, new, repeated, or for a refusal."""
    RECEIPT_SECONDS.observe(seconds)
    if recorded.repeated:
        _documents("repeated", "").inc()
    elif isinstance(recorded.submission, Examined):
        _documents(recorded.submission.verdict, recorded.submission.code or "").inc()


def turned_away(outcome: str, code: str) -> None:
    """Count a transmission that left no trace in the ledger: `unidentified`, `limited`, or a `fault` of ours."""
    _documents(outcome, code).inc()


@cache
def _documents(outcome: str, code: str) -> Counter:
    # Looking a counter up by its labels takes as long as counting.
    return DOCUMENTS.labels(outcome, code)


def exposition(gauges: Gauges) -> bytes:
    """The metrics of all workers, as text; `gauges` by name, each with its help and its value."""
    asked = CollectorRegistry()
    asked.register(_Gauges(gauges))
    counted = REGISTRY
    if DIRECTORY_VARIABLE in os.environ:
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call] # theirs has no types
    return generate_latest(counted) + generate_latest(asked)


class _Gauges(Collector):
    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        for name, (help, value) in self._gauges.items():
            if not isinstance(value, Mapping):
                yield GaugeMetricFamily(name, help, value)
                continue
            # One family for all values: a name that is explained twice is no exposition that Prometheus reads.
            family = GaugeMetricFamily(name, help, labels=sorted({label for label, _ in value}))
            for (_, of), one in value.items():
                family.add_metric([of], one)
            yield family
