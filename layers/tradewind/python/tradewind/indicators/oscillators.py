"""Oscillators: where a price lies within what it was lately.

Sources: Chande & Kroll, *The New Technical Trader* (1994), for the stochastic of the relative strength index; Lambert,
"Commodity Channel Index", *Commodities* (1980); Williams, *How I Made One Million Dollars* (1973); Quong & Soudack,
"Volume-Weighted RSI: Money Flow", *Technical Analysis of Stocks & Commodities* 7 (1989). Conventions are TA-Lib's
(STOCHRSI, CCI, WILLR, ROC, MFI) but where nothing moved or nothing was traded: there TA-Lib says 0, at the end of
three of these scales, and ours the middle.
"""

from math import nan

from tradewind.indicators.base import Indicator, State
from tradewind.indicators.moments import deviation_slots, roll_deviation
from tradewind.indicators.momentum import NEUTRAL, RSI_SLOTS, roll_strength, strength_slots
from tradewind.indicators.windows import (
    DELAY_SLOTS,
    delay_slots,
    extremes_slots,
    mean_slots,
    roll_delay,
    roll_extremes,
    roll_mean,
    roll_sums,
    sums_slots,
)

LAMBERT = 0.015
"""Lambert's constant: about three quarters of all values then lie between −100 and 100."""


def stoch_rsi_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the stochastic of the relative strength index: %K, the mean of `slowing` raw values, and %D of it.

    Slots: %K, %D, where the means of %K and of %D begin, the index, its extremes, both means.
    """
    index = roll_strength(s, 4, close)
    if index != index:
        return
    highest, lowest = roll_extremes(s, 4 + RSI_SLOTS, index, index)
    span = highest - lowest
    raw = NEUTRAL if span <= 0.0 else 100.0 * ((index - lowest) / span)  # NaN stays NaN
    slow = roll_mean(s, int(s[2]), raw)
    smooth = roll_mean(s, int(s[3]), slow)
    if smooth == smooth:
        s[0] = slow
        s[1] = smooth


def williams_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance Williams' %R, −100 at the lowest low to 0 at the highest high; rolling extremes from slot 1 on."""
    highest, lowest = roll_extremes(s, 1, high, low)
    span = highest - lowest
    s[0] = -NEUTRAL if span <= 0.0 else 100.0 * ((close - highest) / span)  # NaN stays NaN


def cci_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the commodity channel index: how many mean deviations the typical price lies from its mean, over 0.015.

    The mean deviation is from the latest mean, so it is summed up anew at every bar.

    Slots: index, period, where the rolling mean begins, then the typical prices of `period` bars and that mean.
    """
    typical = (high + low + close) / 3.0
    period = int(s[1])
    roll_delay(s, 3, typical)
    mean, _ = roll_deviation(s, int(s[2]), typical)  # of prices that stand still it is exactly their price
    apart = 0.0
    first = 3 + DELAY_SLOTS
    for cell in range(first, first + period):
        apart += s[cell] - mean if s[cell] > mean else mean - s[cell]
    s[0] = 0.0 if apart <= 0.0 else (typical - mean) / (LAMBERT * (apart / s[1]))  # NaN stays NaN


def roc_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the rate of change of closes over `period` bars, in per cent; a delay from slot 1 on."""
    before = roll_delay(s, 1, close)
    s[0] = 0.0 if before <= 0.0 else 100.0 * (close / before - 1.0)


def mfi_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the money flow index: the share of money traded at rising typical prices, 0 to 100.

    Slots: index, previous typical price, then both rolling sums.
    """
    typical = (high + low + close) / 3.0
    change = typical - s[1]
    s[1] = typical
    rising = falling = 0.0
    if change > 0.0:
        rising = typical * volume
    elif change < 0.0:
        falling = typical * volume
    elif change != change:  # NaN: the very first bar has none before it
        rising = falling = nan
    up, down = roll_sums(s, 2, rising, falling)
    both = up + down
    s[0] = NEUTRAL if both <= 0.0 else 100.0 * (up / both)  # NaN stays NaN


def stoch_rsi(
    period: float = 14,
    window: float = 14,
    slowing: float = 3,
    smoothing: float = 3,
    outputs: tuple[str, str] = ("rsi_k", "rsi_d"),
) -> Indicator:
    """Declare the stochastic of the relative strength index, 0 to 100; TA-Lib's is that without slowing."""
    own = strength_slots(period) + extremes_slots(4 + RSI_SLOTS, window)
    slow = 4 + len(own)
    means = mean_slots(slow, slowing)
    smooth = slow + len(means)
    memory = (float(slow), float(smooth), *own, *means, *mean_slots(smooth, smoothing))
    return Indicator(stoch_rsi_kernel, outputs, memory, int(period + window + slowing + smoothing) - 2)


def williams_r(period: float = 14, output: str = "williams_r") -> Indicator:
    """Declare Williams' %R of closes within highs and lows, −100 to 0."""
    return Indicator(williams_kernel, (output,), extremes_slots(1, period), int(period))


def cci(period: float = 20, output: str = "cci") -> Indicator:
    """Declare the commodity channel index, mostly within −100 to 100; 0 where nothing moved."""
    mean = 3 + DELAY_SLOTS + int(period)
    memory = (float(period), float(mean), *delay_slots(3, period), *deviation_slots(mean, period))
    return Indicator(cci_kernel, (output,), memory, int(period))


def roc(period: float = 10, output: str = "roc") -> Indicator:
    """Declare the rate of change of closes over `period` bars, in per cent."""
    return Indicator(roc_kernel, (output,), delay_slots(1, period), int(period) + 1)


def mfi(period: float = 14, output: str = "mfi") -> Indicator:
    """Declare the money flow index, 0 to 100; 50 where no money flowed."""
    return Indicator(mfi_kernel, (output,), (nan, *sums_slots(2, period)), int(period) + 1)
