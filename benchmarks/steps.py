"""Where a document's time goes inside one worker: each step of the path alone, on one core, in seconds per document."""

import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from edi_gateway.envelopes.unwrap import unwrap
from edi_gateway.gateway import Gateway
from edi_gateway.model.transmission import Transmission
from edi_gateway.signatures.verify import verify
from edi_gateway.workflows.judge import judge
from edi_gateway.workflows.receive import examined, identify

T = TypeVar("T")
_BATCH = 16


def steps(gateway: Gateway, documents: list[bytes]) -> dict[str, float]:
    """Seconds per document for each verb of the path; `record` is in commits of 16."""
    now = gateway.clock()
    arrived = [Transmission(body, "application/xml", now, {"content-type": "application/xml"}) for body in documents]
    for one in arrived[: len(arrived) // 10]:
        gateway.examine(one)  # compiled, cached, warm
    spent: dict[str, float] = {}

    def timed(name: str, results: Callable[[], Iterable[T]]) -> list[T]:
        start = time.perf_counter()
        kept = list(results())
        spent[name] = (time.perf_counter() - start) / len(documents)
        return kept

    envelopes = timed("unwrap", lambda: map(unwrap, arrived))
    keys = timed("identify", lambda: (identify(one, now, gateway.desk) for one in envelopes))
    verified = timed("verify", lambda: map(verify, envelopes, keys))
    directory = gateway.directory.current()
    judgements = timed("validate", lambda: (judge(one, now, directory, gateway.policy) for one in verified))
    origin = gateway.settings.origin
    drafts = timed(
        "draft",
        lambda: (
            examined(one, gateway.new_id(now), origin, what, verdict)
            for one, what, verdict in zip(arrived, verified, judgements, strict=True)
        ),
    )
    batches = [drafts[first : first + _BATCH] for first in range(0, len(drafts), _BATCH)]
    timed("record and acknowledge", lambda: map(gateway.recorder.record, batches))
    return spent
