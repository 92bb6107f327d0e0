"""The clock, moments as text, and identifiers that sort by theirs."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# RFC 3339 §5.6; Python reads much else that ISO 8601 has.
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def system_clock() -> datetime:
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, cut, not rounded: `2026-11-22T10:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def parse_timestamp(text: str) -> datetime:
    """RFC 3339 with a zone; digits beyond microseconds are cut. Raises ValueError for anything else."""
    if not _DATE_TIME.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a time of RFC 3339 with its zone")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text[:40]!r} is out of range") from error


def uuid7_moment(id: str) -> datetime:
    """The moment that a UUIDv7 begins with (RFC 9562 §5.7). Raises ValueError for what isn't one."""
    return _EPOCH + int(id.replace("-", "")[:12], 16) * _MILLISECOND


def uuid7(moment: datetime, randomness: bytes) -> str:
    """A UUIDv7 (RFC 9562 §5.7) from a moment since 1970, cut to milliseconds, and ten random bytes."""
    milliseconds = (moment - _EPOCH) // _MILLISECOND
    value = (milliseconds << 80) | int.from_bytes(randomness, "big")
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    digits = f"{value:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
