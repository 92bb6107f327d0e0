"""How many requests somebody may make: a bucket of tokens for each, filled again at an even rate."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from time import monotonic

MOST = 10_000
"""Buckets that one process keeps. Whoever hasn't asked for longest has a full one again, more or less."""


class Limiter:
    """`per_minute` requests for each key, also all at once; 0 means no limit. Of this process alone."""

    def __init__(self, per_minute: int, now: Callable[[], float] = monotonic) -> None:
        self._per_minute = per_minute
        self._now = now
        self._lock = Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, key: str) -> float:
        """Seconds until the next request of `key` is let through; 0: this one is, and counts."""
        if not self._per_minute:
            return 0.0
        now, rate = self._now(), self._per_minute / 60
        with self._lock:
            left, at = self._buckets.pop(key, (float(self._per_minute), now))
            left = min(float(self._per_minute), left + (now - at) * rate)
            granted = left >= 1
            self._buckets[key] = (left - 1 if granted else left, now)
            if len(self._buckets) > MOST:
                self._buckets.popitem(last=False)
        return 0.0 if granted else (1 - left) / rate
