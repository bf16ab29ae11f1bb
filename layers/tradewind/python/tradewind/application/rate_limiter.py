"""One function's view of a rate that all functions share: slots leased by the batch, handed out one by one."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tradewind.application.ports_reliability import RateBudget
from tradewind.domain.rate import Lease, RateLimit

BATCH = 20
"""Slots of one lease, at most, where they come slowly: a write for so many requests."""

AT_ONCE = 5.0
"""Where they come fast, a lease may be of so many seconds: each is a write to pay for."""

_CONSIDERATE = 2.0
"""Of so many seconds is a lease of whoever has time: so long may a live fetch have to wait for it."""

_NEVER = float("inf")
_SECOND = 1_000_000


@dataclass(slots=True)
class RateLimiter:
    """Says how long to wait before the next request may start; threads of one function may share it.

    Attributes
    ----------
    clock : callable
        UTC µs.
    horizon : float
        Seconds that waiting for a slot may take; where the queue is longer, the answer is to wait for ever.
    """

    budget: RateBudget
    provider: str
    limit: RateLimit
    clock: Callable[[], int]
    horizon: float = 30.0
    _held: Lease | None = None
    _expected: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def expect(self, requests: int) -> None:
        """Say how many requests are about to come, so that neither too few nor too many slots are leased."""
        with self._lock:
            self._expected = requests

    def __call__(self) -> float:
        """Take the next slot; return the seconds until it, or infinity where no slot can be had in time."""
        with self._lock:
            lease = self._current(self.clock())
            if lease is None:
                return _NEVER
            self._held = lease.taken()
            self._expected -= 1
            return max(0, lease.start - self.clock()) / _SECOND  # later than it was: to lease takes time

    def _current(self, now: int) -> Lease | None:
        """Return a lease whose first slot is not missed: a late request would meet somebody else's."""
        held = self._held
        while held and held.slots and held.start + held.interval < now:
            held = held.taken()
        if held and held.slots:
            return held
        return self._lease(now)

    def _lease(self, now: int) -> Lease | None:
        slots = max(1, min(max(BATCH, self.limit.within(AT_ONCE)), self._expected))
        return self._taken(slots, now)

    def _taken(self, slots: int, now: int) -> Lease | None:
        latest = now + int(self.horizon * _SECOND)
        return self.budget.lease(self.provider, slots, self.limit.interval, now, latest)


@dataclass(slots=True)
class ConsiderateLimiter(RateLimiter):
    """For long work beside live fetches: it takes few slots at a time and pauses between, so that others find room.

    Attributes
    ----------
    share : float
        How much of the rate it uses at most.
    sleep : callable
        Waits so many seconds.
    """

    share: float = 0.5
    sleep: Callable[[float], object] = float
    _rests_until: int = 0

    def _lease(self, now: int) -> Lease | None:
        if self._rests_until > now:
            self.sleep((self._rests_until - now) / _SECOND)  # everybody of this process rests
            now = self.clock()
        slots = max(1, self.limit.within(_CONSIDERATE))
        lease = self._taken(slots, now)
        if lease:
            self._rests_until = lease.start + round(slots * self.limit.interval / self.share)
        return lease
