"""Outliers: bars possible by themselves whose prices no neighbour comes near, as where a venue slipped by a digit."""

from collections.abc import Sequence
from itertools import chain

from tradewind.domain.bar import Bar
from tradewind.domain.splits import suspected
from tradewind.domain.timeframe import Timeframe

_FACTOR, _FACTOR_OF_LONG = 2.0, 4.0


def factor(timeframe: Timeframe) -> float:
    """Return how many times its neighbours' price a bar of this length is believed to reach."""
    return _FACTOR if timeframe.ms < Timeframe.H1.ms else _FACTOR_OF_LONG


def outliers(bars: Sequence[Bar], timeframe: Timeframe, *, shares: bool) -> list[Bar]:
    """Return the bars that leave the closes before and after them too far behind.

    A price that stays is confirmed by the bar that follows, so the latest bar waits for the next one where it jumps.
    A series' first bar has nothing that it could leave behind.

    Parameters
    ----------
    bars : sequence of Bar
        Sound ones, strictly ascending.
    shares : bool
        Whether a jump may be a split of shares, which is for others to judge.
    """
    most = factor(timeframe)
    found: list[Bar] = []
    before = bars[0].close if bars else 0.0
    followers = chain((one.close for one in bars[2:]), (0.0,))
    for bar, after in zip(bars[1:], followers, strict=False):
        around = (before, after or before)
        strange = bar.high > most * max(around) or bar.low * most < min(around)
        if strange and not (shares and suspected(before, bar.open)):
            found.append(bar)
        else:
            before = bar.close
    return found
