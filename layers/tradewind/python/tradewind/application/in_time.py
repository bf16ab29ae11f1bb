"""Spans of time, and where one ends in a list that is numbered: a few hundred looks in what may be millions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tradewind.application.ports_reading import ALWAYS
from tradewind.domain.timeframe import DAY

ASIDE = 2 * DAY
"""Ms by which what is numbered later may be earlier: a bar of a day is applied once it has closed, a person trades
meanwhile, and a venue tells of a fill when it is asked."""

_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Span:
    """Times that are asked for: `since < ts <= until`, UTC ms."""

    since: int = 0
    until: int = ALWAYS

    def has(self, ts: int) -> bool:
        """Whether a time lies in it."""
        return self.since < ts <= self.until

    @property
    def first(self) -> int:
        """Time up to which nothing that was numbered can belong to it."""
        return self.since - ASIDE

    @property
    def last(self) -> int:
        """Time after which nothing that was numbered can belong to it."""
        return self.until + ASIDE


EVER = Span()


def first_later(times: Callable[[Sequence[int]], Mapping[int, int]], last: int, ts: int) -> int:
    """Return the lowest of the numbers from 1 to `last` whose time is later than a time; one more where none is.

    Parameters
    ----------
    times : callable
        Returns the times of some numbers; what it leaves out counts as early.
    """
    early, late = 0, last + 1
    while late - early > 1:
        step = -(-(late - early) // _AT_ONCE)
        asked = range(early + step, late, step)
        known = times(asked)
        for one in asked:
            if known.get(one, 0) > ts:
                late = one
                break
            early = one
    return late
