"""The ledger's time never goes backwards, whatever the machine's clock does.

Nobody can tell from a clock alone that it is ahead: what a forward jump has recorded stays, and later moments must not
come before it. Bounds from outside are what witnesses and time-stamping authorities say.
"""

from datetime import datetime, timedelta

from edi_gateway.ledger.sequencer import Unavailable

TOLERANCE = timedelta(seconds=5)
"""What a correction by NTP, or the difference between two machines, may come to: the ledger's time stands still."""


_SHOWN = "%Y-%m-%d %H:%M:%S"


class ClockBehind(Unavailable):
    """This machine's clock is behind the newest entry by more than a correction explains."""


def not_before(newest: datetime | None, now: datetime) -> datetime:
    """The moment for new entries: `now`, or that of the newest entry where the clock is a little behind it.

    Raises ClockBehind where it is further behind.
    """
    if newest is None or now >= newest:
        return now
    if newest - now > TOLERANCE:
        raise ClockBehind(
            f"The newest entry is of {newest:{_SHOWN}} UTC, but this machine's clock says {now:{_SHOWN}} UTC: nothing "
            "is recorded before the clock has come to the newest entry. If it is slow, set it right; if it was ahead "
            f"when that entry was recorded, wait until {newest:{_SHOWN}} UTC, or read docs/operations.md, The clock."
        )
    return newest


def behind(newest: datetime | None, now: datetime) -> float:
    """By how many seconds the clock is behind the newest entry; 0 where it is not."""
    return max(0.0, (newest - now).total_seconds()) if newest else 0.0
