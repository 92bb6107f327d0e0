"""A clock that jumps: recordedAt never goes backwards, and a clock that is far behind is no clock."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edi_gateway.continuation import continue_ledger
from edi_gateway.gateway import Gateway, build
from edi_gateway.model.record import Recorded
from edi_gateway.settings import load
from edi_gateway.workflows.clock import ClockBehind
from edi_gateway.workflows.record import Recorder
from tests.support.gateway import NOW, Ticking, make_gateway
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
    gateway = make_gateway(tmp_path, database_url)
    assert gateway.ledger.recorded_at() is None
    assert at(gateway, NOW - timedelta(days=9000), "a").startswith("2002-")
    gateway.close()


def test_a_ledger_whose_clock_was_a_year_ahead_goes_on_under_another_name(tmp_path: Path):
    gateway = make_gateway(tmp_path / "data")
    at(gateway, NOW + timedelta(days=365), "a")
    with pytest.raises(ClockBehind, match="2027-11-23 12:00:00"):
        at(gateway, NOW, "b")
    gateway.watch.keep()
    gateway.close()
    settings = load(data_dir=tmp_path / "data")
    continue_ledger(settings, "gw.example.com/2", ("the clock was ahead", "olga"), clock=Ticking(), sound=True)
    new = build(settings, Ticking())
    assert at(new, NOW + timedelta(minutes=1), "b") == "2026-11-23T12:01:00.000Z"
    new.close()
