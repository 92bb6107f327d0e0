"""Moments as text, and identifiers that sort by theirs."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi_gateway.model.moment import parse_timestamp, timestamp, uuid7

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@given(MOMENTS, st.binary(min_size=10, max_size=10))
def test_an_id_is_a_uuid_of_version_7_with_the_milliseconds_of_its_timestamp(moment: datetime, randomness: bytes):
    id = UUID(uuid7(moment, randomness))
    assert (id.version, id.variant) == (7, "specified in RFC 4122")
    since = parse_timestamp(timestamp(moment)) - datetime(1970, 1, 1, tzinfo=UTC)
    assert id.int >> 80 == since // timedelta(milliseconds=1)


@given(MOMENTS, MOMENTS)
def test_ids_and_timestamps_sort_as_their_moments_do(one: datetime, other: datetime):
    earlier, later = sorted([one, other])
    assert timestamp(earlier) <= timestamp(later)
    if timestamp(earlier) != timestamp(later):
        assert uuid7(earlier, b"\xff" * 10) < uuid7(later, bytes(10))


def test_ids_of_one_moment_differ_in_74_bits():
    assert (
        int.from_bytes(UUID(uuid7(NOON, b"\xff" * 10)).bytes).bit_count()
        - int.from_bytes(UUID(uuid7(NOON, bytes(10))).bytes).bit_count()
        == 74
    )


@given(MOMENTS)
def test_a_timestamp_reads_back_as_its_moment_cut_to_milliseconds(moment: datetime):
    assert parse_timestamp(timestamp(moment)) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def test_a_timestamp_is_in_utc_wherever_its_moment_is_from():
    assert (
        timestamp(datetime(2026, 11, 22, 1, 2, 3, 999_999, timezone(timedelta(hours=2)))) == "2026-11-21T23:02:03.999Z"
    )


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T12:00:00Z",
        "2026-11-22T13:00:00+01:00",
        "2026-11-22t12:00:00z",
        "2026-11-22 12:00:00.000000000-00:00",
    ],
)
def test_every_form_of_rfc_3339_is_read(text: str):
    assert parse_timestamp(text) == NOON


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22",
        "2026-11-22T12:00:00",
        "2026-11-22T12:00Z",
        "20261122T120000Z",
        "2026-W47-7T12:00:00Z",
        "2026-11-22T12:00:00,5Z",
        "2026-11-22T12:00:00.Z",
        "2026-11-22T12:00:00+0100",
        "2026-11-22T12:00:00+01:00:30",
        "2026-02-30T12:00:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T12:00:60Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "٢٠٢٦-11-22T12:00:00Z",
        "2026-11-22T12:00:00Z\n",
    ],
)
def test_nothing_else_is_read(text: str):
    with pytest.raises(ValueError):  # noqa: PT011 - whichever it is
        parse_timestamp(text)
