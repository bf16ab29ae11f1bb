"""Volatility: the average true range.

Sources: Wilder, *New Concepts in Technical Trading Systems* (1978), section III; TA-Lib ATR.
"""

from math import nan

from tradewind.indicators.base import Indicator, State

ATR_SLOTS = 4


def true_range(high: float, low: float, previous_close: float) -> float:
    """Return the greatest of high − low and both distances to the previous close, in price."""
    return max(high, previous_close) - min(low, previous_close)


def atr_kernel(
    state: State, k: int, open_: float, high: float, low: float, close: float, volume: float, period: float
) -> None:
    """Advance Wilder's average true range, in price; NaN for the first `period` bars.

    Slots: average, bars seen (up to `period` + 1), previous close, sum of the first true ranges.
    """
    seen = state[k + 1]
    span = true_range(high, low, state[k + 2])
    state[k + 2] = close
    if seen > period:
        state[k] = (state[k] * (period - 1.0) + span) / period
        return
    state[k + 1] = seen + 1.0
    if seen > 0.0:
        state[k + 3] += span
    state[k] = state[k + 3] / period if seen == period else nan


def atr(period: float = 14, output: str = "atr") -> Indicator:
    """Declare Wilder's average true range, in price."""
    return Indicator(atr_kernel, (period,), ATR_SLOTS, (output,), int(period) + 1)
