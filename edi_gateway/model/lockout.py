"""How long somebody waits who has failed to begin a session: twice as long each time, up to a bound."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Literal, Self

Subject = Literal["name", "address", "both"]
"""Of whom attempts are counted: a name from anywhere, an address under any name, a name from an address."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)

_FREE: Mapping[Subject, int] = MappingProxyType({"both": 3, "name": 10, "address": 20})
_LONGEST: Mapping[Subject, timedelta] = MappingProxyType(
    # A name is held up for a minute at most, and not at all from where it has come in before: whoever fails on purpose
    # must not lock its owner out.
    {"both": timedelta(minutes=15), "name": timedelta(minutes=1), "address": timedelta(minutes=15)}
)


@dataclass(frozen=True, slots=True)
class Attempts:
    """`failures` of late, when to come again, when the last attempt was, and when one succeeded, if one did."""

    failures: int = 0
    retry_at: datetime = NEVER
    last_at: datetime = NEVER
    succeeded_at: datetime | None = None

    def failed(self, subject: Subject, now: datetime) -> Self:
        """With one more failure, now."""
        failures = self.failures + 1
        return replace(self, failures=failures, retry_at=_after(subject, failures, now), last_at=now)

    def succeeded(self, subject: Subject, now: datetime) -> Self:
        """With the last failure taken back; the failures of others under that name, or from there, stay."""
        if subject == "both":
            return replace(self, failures=0, retry_at=NEVER, last_at=now, succeeded_at=now)
        failures = max(0, self.failures - 1)
        return replace(self, failures=failures, retry_at=_after(subject, failures, now), last_at=now)


def _after(subject: Subject, failures: int, now: datetime) -> datetime:
    # Not now: another machine's clock may be a little behind.
    wait = delay(subject, failures)
    return now + wait if wait else NEVER


def delay(subject: Subject, failures: int) -> timedelta:
    """Nothing for the first few, then a second, two, four …"""
    beyond = failures - _FREE[subject]
    return min(timedelta(seconds=2 ** (min(beyond, 20) - 1)), _LONGEST[subject]) if beyond > 0 else timedelta(0)
