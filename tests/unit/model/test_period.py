"""How long something is kept, by the calendar."""

from datetime import UTC, datetime

import pytest

from edi_gateway.model.moment import parse_timestamp, timestamp
from edi_gateway.model.period import Period


def before(period: str, at: str) -> str:
    return timestamp(Period.parse(period).before(parse_timestamp(at)))


@pytest.mark.parametrize(
    ("period", "at", "found"),
    [
        ("10y", "2036-11-23T12:00:00.5Z", "2026-11-23T12:00:00.500Z"),
        ("18m", "2028-06-30T00:00:00Z", "2026-12-30T00:00:00.000Z"),
        ("1m", "2026-01-15T00:00:00Z", "2025-12-15T00:00:00.000Z"),
        ("12m", "2026-12-31T00:00:00Z", "2025-12-31T00:00:00.000Z"),
        ("90d", "2027-01-01T00:00:00Z", "2026-10-03T00:00:00.000Z"),
        ("1y", "2027-01-01T00:30:00+01:00", "2025-12-31T23:30:00.000Z"),
    ],
)
def test_what_began_a_period_ago_is_over(period: str, at: str, found: str) -> None:
    assert before(period, at) == found


@pytest.mark.parametrize(
    ("period", "at", "found"),
    [
        ("1y", "2028-02-29T00:00:00Z", "2027-02-28T00:00:00.000Z"),
        ("4y", "2028-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"),
        ("1m", "2026-03-31T00:00:00Z", "2026-02-28T00:00:00.000Z"),
        ("1m", "2026-07-31T00:00:00Z", "2026-06-30T00:00:00.000Z"),
    ],
)
def test_a_month_without_such_a_day_counts_with_its_last(period: str, at: str, found: str) -> None:
    assert before(period, at) == found


@pytest.mark.parametrize("period", ["999y", "999m", "999d"])
def test_before_all_time_nothing_is_over(period: str) -> None:
    assert Period.parse(period).before(datetime(1, 1, 1, tzinfo=UTC)) == datetime.min.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "10", "y", "0y", "010y", "-1y", "1000y", "10 y", "10Y", "1.5y", "10y\n", "١y", "forever"]
)
def test_anything_else_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match="is not a period such as 10y"):
        Period.parse(text)
