"""Momentum: the relative strength index, how low it has been, and where a close lies in the latest range.

Sources: Wilder, *New Concepts in Technical Trading Systems* (1978), section VI; Lane, "Lane's Stochastics",
*Technical Analysis of Stocks & Commodities* 2 (1984); TA-Lib RSI, STOCH.
"""

from math import nan

from tradewind.indicators.base import Indicator, Slots, State
from tradewind.indicators.windows import close_extremes, extremes_slots, mean_slots, roll_extremes, roll_mean

NEUTRAL = 50.0
"""What an oscillator reads when nothing moved. (TA-Lib says 0, which would look like a deep fall.)"""

RSI_SLOTS = 6
_LANE = 3


def strength_slots(period: float) -> Slots:
    """Lay out a relative strength index.

    Its value, the share of the sums that a bar keeps, bars until the first value, previous close, sum of gains, sum
    of losses. Wilder's averages are these sums divided by the period, which their ratio does not see.
    """
    return (nan, (period - 1.0) / period, period + 1.0, nan, 0.0, 0.0)


def roll_strength(s: State, k: int, close: float) -> float:
    """Take one close in and return its relative strength index, 0 to 100; NaN for the first `period` bars."""
    change = close - s[k + 3]
    s[k + 3] = close
    left = s[k + 2]
    keep = s[k + 1]
    if left > 0.0:  # Wilder's first averages are plain ones
        s[k + 2] = left - 1.0
        keep = 1.0
    gain = s[k + 4] * keep
    loss = s[k + 5] * keep
    if change > 0.0:
        gain += change
    elif change < 0.0:
        loss -= change
    s[k + 4] = gain
    s[k + 5] = loss
    if left > 1.0:
        return nan
    both = gain + loss
    s[k] = 100.0 * (gain / both) if both > 0.0 else NEUTRAL
    return s[k]


def rsi_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance Wilder's relative strength index of closes; slots as `strength_slots`."""
    if s[2] > 0.0:
        roll_strength(s, 0, close)
        return
    # As there, whose call would cost half as much as this update.
    change = close - s[3]
    s[3] = close
    gain = s[4] * s[1]
    loss = s[5] * s[1]
    if change > 0.0:
        gain += change
    elif change < 0.0:
        loss -= change
    s[4] = gain
    s[5] = loss
    both = gain + loss
    s[0] = 100.0 * (gain / both) if both > 0.0 else NEUTRAL


def rsi_dip_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the relative strength index and its lowest value of the last `window` bars, this one included.

    Slots: index, lowest, those of the index, those of its extremes.
    """
    index = roll_strength(s, 2, close)
    if index == index:
        s[0] = index
        _, s[1] = roll_extremes(s, 2 + RSI_SLOTS, index, index)


def stochastic_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the slow stochastic: %K, the mean of `slowing` raw values, and %D, the mean of `smoothing` %K.

    Slots: %K, %D, where the means of %K and of %D begin (0 for Lane's own, three values, which are cheaper to add up
    than to keep in blocks), the two raw values and the two %K before, then the rolling extremes and the means.
    """
    # As `roll_extremes`, whose call would cost half as much as the work.
    place = s[8]
    at = int(place)
    s[at] = high
    s[at + 1] = low
    if s[10] > high:
        high = s[10]
    if s[11] < low:
        low = s[11]
    if place < s[9]:
        s[8] = place + 2.0
        s[10] = high
        s[11] = low
        high = high if high > s[at + 2] else s[at + 2]
        low = low if low < s[at + 3] else s[at + 3]
    else:
        close_extremes(s, 8, at)
    span = high - low
    raw = NEUTRAL if span <= 0.0 else 100.0 * ((close - low) / span)  # NaN stays NaN
    if s[2] == 0.0:
        slow = (s[4] + s[5] + raw) / 3.0
        s[4] = s[5]
        s[5] = raw
    else:
        slow = roll_mean(s, int(s[2]), raw)
    if s[3] == 0.0:
        smooth = (s[6] + s[7] + slow) / 3.0
        s[6] = s[7]
        s[7] = slow
    else:
        smooth = roll_mean(s, int(s[3]), slow)
    if smooth == smooth:
        s[0] = slow
        s[1] = smooth


def rsi(period: float = 14, output: str = "rsi") -> Indicator:
    """Declare Wilder's relative strength index of closes, 0 to 100."""
    return Indicator(rsi_kernel, (output,), strength_slots(period)[1:], int(period) + 1)


def rsi_dip(period: float = 14, window: float = 5, outputs: tuple[str, str] = ("rsi", "rsi_low")) -> Indicator:
    """Declare the relative strength index and its lowest value of the last `window` bars."""
    memory = strength_slots(period) + extremes_slots(2 + RSI_SLOTS, window)
    return Indicator(rsi_dip_kernel, outputs, memory, int(period + window))


def stochastic(
    period: float = 14, slowing: float = 3, smoothing: float = 3, outputs: tuple[str, str] = ("percent_k", "percent_d")
) -> Indicator:
    """Declare the slow stochastic of closes within highs and lows, 0 to 100."""
    windows = extremes_slots(8, period)
    begins = []
    for count in (slowing, smoothing):
        begins.append(0.0 if count == _LANE else 8.0 + len(windows))
        windows += () if count == _LANE else mean_slots(8 + len(windows), count)
    memory = (*begins, *(nan,) * 4, *windows)
    return Indicator(stochastic_kernel, outputs, memory, int(period + slowing + smoothing) - 2)
