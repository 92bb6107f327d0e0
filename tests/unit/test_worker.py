"""Duties: they come round again, and none waits for another."""

import logging
from threading import Event

import pytest

from edi_gateway import worker
from edi_gateway.errors import Fault
from edi_gateway.worker import Duty, work
from tests.support.programs import PATIENCE


class Counting:
    """A duty that says when it has run so many times; what it raises, if anything, it raises each time."""

    def __init__(self, times: int, error: Exception | None = None) -> None:
        self.done = Event()
        self.runs = 0
        self._times = times
        self._error = error

    def __call__(self) -> None:
        self.runs += 1
        if self.runs >= self._times:
            self.done.set()
        if self._error:
            raise self._error


def test_duties_come_round_again() -> None:
    first, second = Counting(3), Counting(5)
    work([Duty("first", 0.001, first), Duty("second", 0.001, second)], lambda: _all(first.done, second.done))
    assert first.runs >= 3
    assert second.runs >= 5


@pytest.mark.parametrize("error", [Fault("no database"), ValueError("a defect")], ids=["fault", "defect"])
def test_a_duty_that_fails_is_logged_and_comes_round_again(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    failing, other = Counting(2, error), Counting(2)
    with caplog.at_level(logging.ERROR, "edi_gateway.worker"):
        work([Duty("failing", 0.001, failing), Duty("other", 0.001, other)], lambda: _all(failing.done, other.done))
    assert {record.getMessage().partition(":")[0] for record in caplog.records} == {"failing failed"}


def test_a_duty_that_hangs_holds_up_neither_the_others_nor_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LAST_ROUND", 0.05)
    never, other = Event(), Counting(3)
    work([Duty("hanging", 0.001, never.wait), Duty("other", 0.001, other)], lambda: _all(other.done))
    assert other.runs >= 3
    never.set()


def test_nothing_begins_once_all_is_to_stop() -> None:
    first = Counting(1)
    work([Duty("first", 3600, first)], lambda: _all(first.done))
    assert first.runs == 1


def _all(*events: Event) -> None:
    assert all(event.wait(PATIENCE) for event in events)
