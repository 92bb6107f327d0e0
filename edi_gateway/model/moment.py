"""Moments as text, and identifiers that sort by theirs."""

from datetime import UTC, datetime
from uuid import UUID


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, cut, not rounded: `2026-11-22T10:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def parse_timestamp(text: str) -> datetime:
    """RFC 3339 with a zone. Raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text[:40]!r} has no time zone")
    return moment.astimezone(UTC)


def uuid7(moment: datetime, randomness: bytes) -> str:
    """A UUIDv7 (RFC 9562 §5.7) from a moment and ten random bytes."""
    milliseconds = int(moment.timestamp() * 1000)
    value = (milliseconds << 80) | int.from_bytes(randomness, "big")
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return str(UUID(int=value))
