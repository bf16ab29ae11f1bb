"""Rate limits as evenly spaced slots: who holds a slot may make one request at its time.

Source: the generic cell rate algorithm, ITU-T I.371 (2004), annex A, which is a leaky bucket told as one time: when the
next slot is free. Everybody shares that one number.
"""

from dataclasses import dataclass

SHARE = 0.95
"""How much of an allowed rate is used: the rest absorbs what networks do to evenly spaced requests."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `requests` in every `seconds`."""

    requests: int
    seconds: int

    @property
    def interval(self) -> int:
        """Microseconds between two slots."""
        return round(self.seconds * 1_000_000 / self.requests / SHARE)

    def within(self, seconds: float) -> int:
        """Return how many requests fit into so many seconds."""
        return int(seconds * 1_000_000 / self.interval)


@dataclass(frozen=True, slots=True)
class Lease:
    """Slots from `start` on, UTC µs, `interval` apart."""

    start: int
    slots: int
    interval: int

    def taken(self) -> "Lease":
        """Return what is left after the first slot."""
        return Lease(self.start + self.interval, self.slots - 1, self.interval)
