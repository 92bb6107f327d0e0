"""A clock that jumps: recordedAt never goes backwards, and a clock that is far behind is no clock."""

import json
from datetime import datetime, timedelta

import pytest

from edi_gateway.gateway import Gateway
from edi_gateway.model.record import Recorded
from edi_gateway.workflows.clock import ClockBehind
from edi_gateway.workflows.record import Recorder
from tests.support.gateway import NOW
from tests.support.recording import examined

LATER = NOW + timedelta(hours=1)


def at(gateway: Gateway, moment: datetime, number: str) -> str:
    """Record a document at a moment; what its statement says of it."""
    recorder = Recorder(gateway.ledger, gateway.notary, lambda: moment, gateway.watch.memory)
    (recorded,) = recorder.record([examined(number)])
    assert isinstance(recorded, Recorded)
    return str(json.loads(recorded.receipt)["statement"]["recordedAt"])


def test_the_moment_of_the_newest_entry_is_kept(gateway: Gateway):
    said = at(gateway, LATER + timedelta(microseconds=999), "a")
    assert said == "2026-11-23T13:00:00.000Z"
    assert gateway.ledger.recorded_at() == LATER


def test_a_small_step_back_keeps_the_moment_of_the_newest_entry(gateway: Gateway):
    assert at(gateway, LATER, "a") == at(gateway, LATER - timedelta(seconds=5), "b") == "2026-11-23T13:00:00.000Z"


def test_a_large_step_back_records_nothing_until_the_clock_is_right(gateway: Gateway):
    at(gateway, LATER, "a")
    with pytest.raises(ClockBehind):
        at(gateway, LATER - timedelta(seconds=6), "b")
    assert gateway.ledger.head().size == 5
    assert at(gateway, LATER + timedelta(seconds=1), "b") == "2026-11-23T13:00:01.000Z"


def test_a_new_ledger_has_no_moment_to_be_behind(database_url: str, tmp_path):
    from tests.support.gateway import make_gateway

    gateway = make_gateway(tmp_path, database_url)
    assert gateway.ledger.recorded_at() is None
    assert at(gateway, NOW - timedelta(days=9000), "a").startswith("2002-")
    gateway.close()
