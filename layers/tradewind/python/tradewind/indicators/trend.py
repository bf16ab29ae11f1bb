"""Trend: convergence and divergence of two averages, and how directed the movement is.

Sources: Appel, *Technical Analysis: Power Tools for Active Investors* (2005); Wilder, *New Concepts in Technical
Trading Systems* (1978), section IV; TA-Lib MACD, ADX, PLUS_DI, MINUS_DI.
"""

from math import nan

from tradewind.indicators.base import Indicator, State


def macd_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance fast average − slow average, its own average, and their difference; all in price.

    Both averages are seeded at the same bar, `slow`, each with the mean of its own last closes.

    Slots: difference, signal, histogram, the weights of fast, slow and signal, bars until the first value, fast and
    slow average (sums until seeded), then for the beginning: sum of differences, the three periods.
    """
    if s[6] > 0.0:
        _begin_macd(s, close)
        return
    fast = s[7]
    slow = s[8]
    signal = s[1]
    fast += (close - fast) * s[3]
    slow += (close - slow) * s[4]
    difference = fast - slow
    signal += (difference - signal) * s[5]
    s[0] = difference
    s[1] = signal
    s[2] = difference - signal
    s[7] = fast
    s[8] = slow


def _begin_macd(s: State, close: float) -> None:
    """Sum up the seeds of both averages, then of the signal."""
    fast, slow, signal = s[10], s[11], s[12]
    left = s[6]
    s[6] = left - 1.0
    if left > signal:
        s[8] += close
        if left < signal + fast:
            s[7] += close
        return
    if left == signal:
        s[7] = (s[7] + close) / fast
        s[8] = (s[8] + close) / slow
    else:
        s[7] += (close - s[7]) * s[3]
        s[8] += (close - s[8]) * s[4]
    difference = s[7] - s[8]
    s[9] += difference
    if left == 1.0:
        s[0] = difference
        s[1] = s[9] / signal
        s[2] = difference - s[1]


def adx_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance Wilder's average directional index and both directional indicators, 0 to 100.

    The indicators are NaN for the first `period` bars, the index for the first 2 × `period` − 1. Where nothing moved,
    the index stays what it was.

    Slots: index, plus and minus indicator, period, share of the sums that a bar keeps (at first all), bars until the
    first index, previous high, low and close, sums of plus and minus movement, of true range, of the first indices,
    the share as it will be.
    """
    rise = high - s[6]
    fall = s[7] - low
    before = s[8]
    s[6] = high
    s[7] = low
    s[8] = close
    keep = s[4]
    plus = s[9] * keep
    minus = s[10] * keep
    if rise > fall:
        if rise > 0.0:
            plus += rise
    elif fall > rise and fall > 0.0:
        minus += fall
    span = s[11] * keep + ((high if high > before else before) - (low if low < before else before))
    s[9] = plus
    s[10] = minus
    s[11] = span
    if s[5] > 0.0:
        _begin_adx(s)
        return
    if span <= 0.0:
        s[1] = s[2] = 0.0
        return
    s[1] = 100.0 * (plus / span)
    s[2] = 100.0 * (minus / span)
    both = plus + minus
    if both > 0.0:
        apart = plus - minus if plus > minus else minus - plus
        s[0] = s[0] * keep + 100.0 * (apart / both) / s[3]


def _begin_adx(s: State) -> None:
    """Sum up movements until there are enough for the first indicators, then these for the first index."""
    left, period = s[5], s[3]
    s[5] = left - 1.0
    if left == 2.0 * period:  # the very first bar has none before it
        s[9] = s[10] = s[11] = 0.0
    elif left == period + 1.0:
        s[4] = s[13]
    if left > period:
        return
    plus, minus, span = s[9], s[10], s[11]
    both = plus + minus
    if both > 0.0:
        s[12] += 100.0 * (abs(plus - minus) / both)
    s[1] = 100.0 * (plus / span) if span > 0.0 else 0.0
    s[2] = 100.0 * (minus / span) if span > 0.0 else 0.0
    if left == 1.0:
        s[0] = s[12] / period


def macd(
    fast: float = 12, slow: float = 26, signal: float = 9, outputs: tuple[str, str, str] = ("macd", "signal", "hist")
) -> Indicator:
    """Declare the convergence and divergence of two exponential averages of closes, in price."""
    weights = tuple(2.0 / (period + 1.0) for period in (fast, slow, signal))
    memory = (*weights, slow + signal - 1.0, 0.0, 0.0, 0.0, float(fast), float(slow), float(signal))
    return Indicator(macd_kernel, outputs, memory, int(slow + signal) - 1)


def adx(period: float = 14, outputs: tuple[str, str, str] = ("adx", "plus_di", "minus_di")) -> Indicator:
    """Declare Wilder's average directional index with its two indicators, 0 to 100."""
    keep = (period - 1.0) / period
    memory = (float(period), 1.0, 2.0 * period, nan, nan, nan, 0.0, 0.0, 0.0, 0.0, keep)
    return Indicator(adx_kernel, outputs, memory, 2 * int(period))
