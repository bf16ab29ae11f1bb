"""Whether a universe can be polled at all within what its provider allows."""

from collections.abc import Mapping
from dataclasses import dataclass

from tradewind.domain.rate import RateLimit
from tradewind.domain.timeframe import Timeframe

BUDGET = 40.0
"""Seconds that one fetch may spend on asking providers: less than its function's own time."""

type Demand = Mapping[Timeframe, int]
"""Instruments by timeframe that are asked of one provider."""


@dataclass(frozen=True, slots=True)
class Polling:
    """What one provider is asked for.

    Attributes
    ----------
    batch : int
        How many instruments one request may name.
    seconds : float
        How long one fetch may take.
    """

    limit: RateLimit
    batch: int = 1
    seconds: float = BUDGET

    def largest(self, timeframe: Timeframe, others: Demand | None = None) -> int:
        """Return how many instruments can be fetched at a timeframe beside what else is asked of the provider."""
        window = min(self.seconds, timeframe.ms / 1000)
        spoken_for = sum(self._requests(count) for frame, count in (others or {}).items() if frame is not timeframe)
        return max(0, self.limit.within(window) - spoken_for) * self.batch

    def refusal(self, demand: Demand) -> tuple[Timeframe, int, int] | None:
        """Return the first timeframe that asks for too much, what it asks for, and the most that fits."""
        for timeframe, count in sorted(demand.items(), key=lambda one: one[0].ms):
            most = self.largest(timeframe, demand)
            if self._requests(count) * self.batch > most and count > most:
                return timeframe, count, most
        return None

    def _requests(self, instruments: int) -> int:
        return -(-instruments // self.batch)
