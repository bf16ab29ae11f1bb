"""Trend: convergence and divergence of two averages, and how directed the movement is.

Sources: Appel, *Technical Analysis: Power Tools for Active Investors* (2005); Wilder, *New Concepts in Technical
Trading Systems* (1978), section IV; TA-Lib MACD, ADX, PLUS_DI, MINUS_DI.
"""

from math import nan

from tradewind.indicators.averages import EMA_SLOTS, roll_exponential
from tradewind.indicators.base import Indicator, State
from tradewind.indicators.volatility import true_range

ADX_SLOTS = 11


def macd_kernel(
    state: State,
    k: int,
    open_: float,
    high: float,
    low: float,
    close: float,
    volume: float,
    fast: float,
    slow: float,
    signal: float,
) -> None:
    """Advance fast average − slow average, its own average, and their difference; all in price.

    Both averages are seeded at the same bar, `slow`, each with the mean of its own last closes.

    Slots: difference, signal, histogram, bars seen (up to `slow` − `fast`), then three exponential averages.
    """
    quick, steady, smooth = k + 4, k + 7, k + 10
    roll_exponential(state, steady, close, slow)
    if state[k + 3] < slow - fast:
        state[k + 3] += 1.0
    else:
        roll_exponential(state, quick, close, fast)
    difference = state[quick] - state[steady]
    if state[steady + 1] >= slow:
        roll_exponential(state, smooth, difference, signal)
    if state[smooth + 1] >= signal:
        state[k] = difference
        state[k + 1] = state[smooth]
        state[k + 2] = difference - state[smooth]
    else:
        state[k] = state[k + 1] = state[k + 2] = nan


def adx_kernel(
    state: State, k: int, open_: float, high: float, low: float, close: float, volume: float, period: float
) -> None:
    """Advance Wilder's average directional index and both directional indicators, 0 to 100.

    The indicators are NaN for the first `period` bars, the index for the first 2 × `period` − 1.

    Slots: index, plus and minus indicator, bars seen (up to 2 × `period`), previous high, low and close, smoothed
    plus and minus movement, smoothed true range, index so far (a sum until warm).
    """
    seen = state[k + 3]
    rise, fall = high - state[k + 4], state[k + 5] - low
    span = true_range(high, low, state[k + 6])
    state[k + 4] = high
    state[k + 5] = low
    state[k + 6] = close
    if seen < 2.0 * period:
        state[k + 3] = seen + 1.0
    if seen > 0.0:
        _smooth(state, k + 7, rise if rise > fall and rise > 0.0 else 0.0, seen, period)
        _smooth(state, k + 8, fall if fall > rise and fall > 0.0 else 0.0, seen, period)
        _smooth(state, k + 9, span, seen, period)
    if seen < period:
        state[k] = state[k + 1] = state[k + 2] = nan
        return
    _direct(state, k, seen, period)


def _smooth(state: State, slot: int, value: float, seen: float, period: float) -> None:
    """Sum up before bar `period`; from there on let Wilder's share of the sum go before adding."""
    if seen >= period:
        state[slot] -= state[slot] / period
    state[slot] += value


def _direct(state: State, k: int, seen: float, period: float) -> None:
    """Turn the smoothed movements into indicators, and these into the index."""
    span = state[k + 9]
    plus = 100.0 * (state[k + 7] / span) if span > 0.0 else 0.0
    minus = 100.0 * (state[k + 8] / span) if span > 0.0 else 0.0
    state[k + 1] = plus
    state[k + 2] = minus
    both = plus + minus
    last = 2.0 * period - 1.0
    if both > 0.0:  # where nothing moved, the index stays what it was
        directed = 100.0 * (abs(plus - minus) / both)
        if seen > last:
            state[k + 10] = (state[k + 10] * (period - 1.0) + directed) / period
        else:
            state[k + 10] += directed
    if seen == last:
        state[k + 10] /= period
    state[k] = state[k + 10] if seen >= last else nan


def macd(
    fast: float = 12, slow: float = 26, signal: float = 9, outputs: tuple[str, str, str] = ("macd", "signal", "hist")
) -> Indicator:
    """Declare the convergence and divergence of two exponential averages of closes, in price."""
    return Indicator(macd_kernel, (fast, slow, signal), 4 + 3 * EMA_SLOTS, outputs, int(slow + signal) - 1)


def adx(period: float = 14, outputs: tuple[str, str, str] = ("adx", "plus_di", "minus_di")) -> Indicator:
    """Declare Wilder's average directional index with its two indicators, 0 to 100."""
    return Indicator(adx_kernel, (period,), ADX_SLOTS, outputs, 2 * int(period))
