"""Splits of shares: prices that jump as if one share had become several, or several one; and series on one scale."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from tradewind.domain.bar import Bar
from tradewind.domain.instrument import InstrumentId

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
        Start of the first bar after it, UTC ms.
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

    def becomes(self, state: SplitState, factor: float = 0.0) -> "Split":
        """Return it as somebody has judged it."""
        return replace(self, state=state, factor=factor or self.factor)


def suspected(close: float, open_: float) -> float:
    """Return the factor that a jump from one bar's close to the next one's open looks like; 0.0 if like none."""
    ratio = close / open_
    candidates = [*FACTORS, *(1.0 / factor for factor in FACTORS)]
    nearest = min(candidates, key=lambda factor: abs(ratio / factor - 1.0))
    return nearest if abs(ratio / nearest - 1.0) <= NEAR else 0.0


def adjusted(bars: Iterable[Bar], splits: Sequence[Split]) -> list[Bar]:
    """Return bars on today's scale: prices before a confirmed split divided by its factor, volumes multiplied."""
    confirmed = [one for one in splits if one.state is SplitState.CONFIRMED]
    return [_adjusted(bar, confirmed) for bar in bars] if confirmed else list(bars)


def _adjusted(bar: Bar, splits: Sequence[Split]) -> Bar:
    factor = 1.0
    for split in splits:
        factor *= split.factor if bar.ts_open < split.ts else 1.0
    if factor == 1.0:
        return bar
    open_, high, low, close, volume = bar[2:]
    return Bar(bar.ts_open, bar.ts_close, open_ / factor, high / factor, low / factor, close / factor, volume * factor)
