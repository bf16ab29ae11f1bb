"""Splits of shares: prices that jump as if one share had become several, or several one; and series on one scale."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from tradewind.domain.bar import Bar
from tradewind.domain.calendar import Calendar, CalendarName
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import DAY, Timeframe

FACTORS = (1.5, *map(float, range(2, 21)), 25.0, 30.0, 40.0, 50.0, 100.0)
"""New shares for one old that companies choose; each also the other way round."""

NEAR = 0.06
"""How far a jump may lie from a factor: the market also moves overnight."""


class SplitState(StrEnum):
    """What is known of a jump."""

    SUSPECTED = "SUSPECTED"
    """No bar enters until somebody says which of the others it is."""
    CONFIRMED = "CONFIRMED"
    DENIED = "DENIED"


@dataclass(frozen=True, slots=True)
class Split:
    """A jump of one instrument.

    Attributes
    ----------
    ts : int
        When it takes effect, UTC ms, as `effective` tells it of the first bar after it.
    factor : float
        New shares for one old: prices before are divided by it.
    before, after : float
        Close before and open after it, as told.
    """

    instrument: InstrumentId
    ts: int
    factor: float
    state: SplitState
    before: float = 0.0
    after: float = 0.0

    @property
    def day(self) -> int:
        """The start of its day, UTC ms; no share is split twice on one."""
        return self.ts - self.ts % DAY

    def is_told_with(self, other: "Split") -> bool:
        """Say whether bars of two lengths tell of one split: of one day, and the same way round.

        They may differ in when it takes effect: a share that trades seldom has its first minute hours after its day.
        """
        return (self.instrument, self.day, self.factor > 1) == (other.instrument, other.day, other.factor > 1)

    def becomes(self, state: SplitState, factor: float = 0.0) -> "Split":
        """Return it as somebody has judged it."""
        return replace(self, state=state, factor=factor or self.factor)


def effective(timeframe: Timeframe, ts_open: int) -> int:
    """Return when a split takes effect of which the first bar opens then, UTC ms.

    A company splits its shares between two sessions. With the first bar of a session it takes effect as its day begins,
    so that bars of every length tell of one split.
    """
    day = ts_open - ts_open % DAY
    return day if ts_open + timeframe.ms == _first_close(timeframe, day) else ts_open


def first_close(timeframe: Timeframe, ts: int) -> int:
    """Return `ts_close` of the first bar after a split that takes effect at `ts`, UTC ms."""
    return (0 if ts % DAY else _first_close(timeframe, ts)) or ts + timeframe.ms


@cache
def _first_close(timeframe: Timeframe, day: int) -> int:
    """Return the first `ts_close` of a day's session in New York; 0 where it has none."""
    calendar = Calendar(CalendarName.NEW_YORK)
    every = range(day + timeframe.ms, day + DAY + 1, timeframe.ms)
    return next((ts for ts in every if calendar.is_due(timeframe, ts)), 0)


def agreed(splits: Iterable[Split]) -> list[Split]:
    """Return splits with what was said of one of them said of all that were told with it: nobody asks twice."""
    every = list(splits)
    judged = [one for one in every if one.state is not SplitState.SUSPECTED]
    return [_as_judged(one, judged) for one in every]


def _as_judged(split: Split, judged: Sequence[Split]) -> Split:
    if split.state is not SplitState.SUSPECTED:
        return split
    known = next((one for one in judged if one.is_told_with(split)), split)
    return split.becomes(known.state, known.factor)


def suspected(close: float, open_: float) -> float:
    """Return the factor that a jump from one bar's close to the next one's open looks like; 0.0 if like none."""
    ratio = close / open_
    candidates = [*FACTORS, *(1.0 / factor for factor in FACTORS)]
    nearest = min(candidates, key=lambda factor: abs(ratio / factor - 1.0))
    return nearest if abs(ratio / nearest - 1.0) <= NEAR else 0.0


def adjusted(bars: Iterable[Bar], splits: Sequence[Split]) -> list[Bar]:
    """Return bars on today's scale: prices before a confirmed split divided by its factor, volumes multiplied.

    A share that trades seldom may tell of one split a little earlier or later in bars of another length: of those on
    one day the earliest counts.
    """
    told = sorted((one for one in splits if one.state is SplitState.CONFIRMED), key=lambda one: one.ts, reverse=True)
    confirmed = list({one.day: one for one in told}.values())
    return [_adjusted(bar, confirmed) for bar in bars] if confirmed else list(bars)


def _adjusted(bar: Bar, splits: Sequence[Split]) -> Bar:
    factor = 1.0
    for split in splits:
        factor *= split.factor if bar.ts_open < split.ts else 1.0
    if factor == 1.0:
        return bar
    open_, high, low, close, volume = bar[2:]
    return Bar(bar.ts_open, bar.ts_close, open_ / factor, high / factor, low / factor, close / factor, volume * factor)
