"""How often someone may ask: a bucket of tokens for each name, refilled at a steady rate.

Knows nothing of HTTP. Of a name that is not heard of any more nothing is kept: the fullest buckets,
which mean the same as none, are forgotten first.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST_NAMES = 10_000


@dataclass(frozen=True, slots=True)
class Limit:
    """How often."""

    per_second: float
    burst: int
    """How many at once after a pause."""


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Buckets:
    """One bucket for each name. Used by one thread."""

    def __init__(self, limit: Limit, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the limit and a clock that never goes back."""
        self._limit = limit
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, name: str) -> float:
        """Take one; gives the seconds to wait where there is none, 0 where it was taken."""
        wait = self.wait_s(name)
        if not wait:
            self._bucket(name).left -= 1
        return wait

    def wait_s(self, name: str) -> float:
        """Seconds until there is one to take; 0 where there is one now."""
        left = self._bucket(name).left
        return 0.0 if left >= 1 else (1 - left) / self._limit.per_second

    def __len__(self) -> int:
        return len(self._buckets)

    def _bucket(self, name: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.setdefault(name, _Bucket(self._limit.burst, now))
        self._buckets.move_to_end(name)
        gained = max(0.0, now - bucket.at) * self._limit.per_second
        bucket.left, bucket.at = min(self._limit.burst, bucket.left + gained), now
        while len(self._buckets) > MOST_NAMES:
            self._buckets.popitem(last=False)
        return bucket
