"""The ledger's time does not go backwards."""

from datetime import UTC, datetime, timedelta

import pytest

from edi_gateway.workflows.clock import TOLERANCE, ClockBehind, behind, not_before

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
A_MOMENT = timedelta(microseconds=1)


def test_a_clock_that_goes_on_is_believed():
    assert not_before(None, NOON) == NOON
    assert not_before(NOON, NOON) == NOON
    assert not_before(NOON, NOON + A_MOMENT) == NOON + A_MOMENT


@pytest.mark.parametrize("late", [A_MOMENT, TOLERANCE], ids=str)
def test_time_stands_still_while_the_clock_is_a_little_behind(late: timedelta):
    assert not_before(NOON, NOON - late) == NOON


def test_a_clock_that_is_further_behind_is_refused():
    with pytest.raises(ClockBehind) as told:
        not_before(NOON, NOON - timedelta(seconds=6))
    assert str(told.value).startswith("The newest entry is of 2026-11-23 12:00:00 UTC, but this machine's clock says ")
    assert "2026-11-23 11:59:54 UTC" in str(told.value)
    assert "wait until 2026-11-23 12:00:00 UTC" in str(told.value)


def test_a_forward_jump_can_not_be_told_from_time_that_has_passed():
    assert not_before(NOON, NOON + timedelta(days=400)) == NOON + timedelta(days=400)


def test_how_far_behind_the_clock_is_can_be_told():
    assert behind(NOON, NOON - timedelta(seconds=90)) == 90
    assert behind(NOON, NOON + timedelta(seconds=90)) == 0
    assert behind(None, NOON) == 0
