"""Indicators of a higher timeframe, fed with closed higher bars alone.

The base bars are aggregated inside the indicator's own state, so that a checkpoint, a backtest and a function agree.
A higher bar is handed on at the close of the base bar that completes it, or, where that one is missing, when the next
higher bar begins. Until then its outputs are those of the higher bar before: nothing of an open one is ever seen.
"""

from functools import cache
from math import nan

from tradewind.domain.timeframe import DAY, Timeframe
from tradewind.indicators.base import Indicator, Kernel, State

MONDAY = 4.0 * DAY
"""The epoch was a Thursday: weeks begin on the Monday after it, UTC, and everything shorter where days do."""

SLOTS = 14
_LENGTH, _STEP, _LAST, _BEGIN, _OPEN, _FIRST, _COUNT, _WARM = 0, 1, 2, 3, 4, 5, 11, 12
_TIMES = 13


def higher(frame: Timeframe | int, inner: Indicator) -> Indicator:
    """Declare an indicator over the bars of a higher timeframe.

    Parameters
    ----------
    frame : Timeframe or int
        A timeframe, or so many bars of the strategy's own; either way on the UTC grid, weeks from Monday. A frame that
        is shorter than the strategy's own bars is theirs.
    inner : Indicator
        What to feed. Its outputs stay NaN until it has seen its warm-up, in higher bars.
    """
    fixed = isinstance(frame, Timeframe)
    times = 0 if isinstance(frame, Timeframe) else frame
    length = float(frame.ms) if isinstance(frame, Timeframe) else 0.0
    outputs = len(inner.outputs)
    memory = (length, 0.0, -1.0, -1.0, 0.0, nan, nan, nan, nan, nan, nan, 0.0, float(inner.warmup), float(times))
    warmup = 1 if fixed else (inner.warmup + 1) * times
    kernel = _kernel_over(inner.kernel, outputs)
    return Indicator(kernel, inner.outputs, (*memory, *inner.new_state()), warmup)


@cache
def _kernel_over(inner: Kernel, outputs: int) -> Kernel:
    """Return the one kernel that feeds another, so that it is compiled once."""

    def hand_on(s: State) -> None:
        """Close the higher bar: advance the inner indicator with it, and show its outputs once it is warm."""
        bar = outputs + _FIRST
        own = s[outputs + SLOTS :]
        inner(own, s[bar], s[bar + 1], s[bar + 2], s[bar + 3], s[bar + 4], s[bar + 5])
        closed(s, outputs, own)

    # Both close over what they call: machine code that is handed a function cannot be kept on disk.
    def higher_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
        if begins(s, outputs, ts):
            hand_on(s)
        if completes(s, outputs, ts, open_, high, low, close, volume):
            hand_on(s)

    higher_kernel.__module__ = inner.__module__
    return higher_kernel


def begins(s: State, k: int, ts: float) -> bool:
    """Note the bars' length, and return whether a bar that opens at `ts` finds an older higher bar still open."""
    apart = ts - s[k + _LAST]
    if s[k + _LAST] >= 0.0 and (s[k + _STEP] == 0.0 or apart < s[k + _STEP]):
        s[k + _STEP] = apart
        if s[k + _TIMES] > 0.0:
            s[k + _LENGTH] = s[k + _TIMES] * apart
    s[k + _LAST] = ts
    if s[k + _LENGTH] == 0.0:
        return False
    begin = ts - (ts - MONDAY) % s[k + _LENGTH]
    return begin != s[k + _BEGIN] and s[k + _OPEN] > 0.0


def completes(s: State, k: int, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> bool:
    """Take a bar into the higher one, and return whether that is complete now."""
    length, bar = s[k + _LENGTH], k + _FIRST
    if length == 0.0:
        return False
    begin = ts - (ts - MONDAY) % length
    if begin != s[k + _BEGIN]:
        s[k + _BEGIN] = begin
        s[k + _OPEN] = 1.0
        s[bar] = begin
        s[bar + 1] = open_
        s[bar + 2] = high
        s[bar + 3] = low
        s[bar + 4] = close
        s[bar + 5] = volume
    elif s[k + _OPEN] > 0.0:
        if high > s[bar + 2]:
            s[bar + 2] = high
        if low < s[bar + 3]:
            s[bar + 3] = low
        s[bar + 4] = close
        s[bar + 5] += volume
    return s[k + _OPEN] > 0.0 and s[k + _STEP] > 0.0 and ts + s[k + _STEP] >= begin + length


def closed(s: State, k: int, own: State) -> None:
    """Keep the inner indicator's state after a higher bar, and show its outputs once it is warm."""
    at = k + SLOTS
    s[k + _OPEN] = 0.0
    s[k + _COUNT] += 1.0
    s[at:] = own  # interpreted, a slice of a list is a copy
    if s[k + _COUNT] >= s[k + _WARM]:
        for place in range(k):
            s[place] = s[at + place]
