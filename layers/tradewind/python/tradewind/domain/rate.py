"""Rate limits as evenly spaced slots: who holds a slot may make one request at its time.

Source: the generic cell rate algorithm, ITU-T I.371 (2004), annex A, which is a leaky bucket told as one time: when the
next slot is free. Everybody shares that one number.
"""

from dataclasses import dataclass

SHARE = 0.95
"""How much of an allowed rate is used: the rest absorbs what networks do to evenly spaced requests."""

FETCH_SECONDS = 40.0
"""How long one fetch may spend on asking providers: less than its function's own time."""

_FIRST_TURN = 0.6


def turns(providers: int) -> tuple[float, ...]:
    """Part a fetch's seconds among so many providers, in their order: whoever comes later must still have time."""
    left, parts = FETCH_SECONDS, list[float]()
    for _ in range(providers - 1):
        parts.append(left * _FIRST_TURN)
        left -= parts[-1]
    return (*parts, left)


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
