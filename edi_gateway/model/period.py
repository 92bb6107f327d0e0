"""How long something is kept: `10y`, `18m` or `90d`."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_PERIOD = re.compile(r"([1-9][0-9]{0,2})([ymd])")


@dataclass(frozen=True, slots=True)
class Period:
    """So many years, months or days of the calendar."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> "Period":
        """A number from 1 to 999, and `y`, `m` or `d`. Raises ValueError."""
        found = _PERIOD.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not a period such as 10y, 18m or 90d")
        return cls(int(found[1]), found[2])

    def before(self, at: datetime) -> datetime:
        """The moment (aware, in UTC) that lies this long before another: whatever began then, or earlier, is over.

        A month without such a day counts with its last one, so that nothing is over too early.
        """
        at = at.astimezone(UTC)
        try:
            return at - timedelta(days=self.count) if self.unit == "d" else self._months_before(at)
        except (OverflowError, ValueError):
            return datetime.min.replace(tzinfo=UTC)

    def _months_before(self, at: datetime) -> datetime:
        months = at.year * 12 + at.month - 1 - self.count * (12 if self.unit == "y" else 1)
        year, month = divmod(months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return at.replace(year=year, month=month + 1, day=min(at.day, last))
