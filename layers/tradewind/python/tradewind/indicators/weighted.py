"""Averages that follow more closely: linearly weighted, double, triple, Hull's and Kaufman's.

Sources: Mulloy, "Smoothing Data with Faster Moving Averages", *Technical Analysis of Stocks & Commodities* 12 (1994),
for the double and the triple; Hull, "How to reduce lag in a moving average" (2005); Kaufman, *Smarter Trading* (1995).
Conventions are TA-Lib's (WMA, DEMA, TEMA, HMA, KAMA): every exponential average begins with a plain one.
"""

from math import isqrt, nan

from tradewind.indicators.averages import EMA_SLOTS, exponential_slots, roll_exponential
from tradewind.indicators.base import Indicator, State
from tradewind.indicators.moments import WEIGHTED_SLOTS, roll_weighted, weighted_slots
from tradewind.indicators.windows import delay_slots, mean_slots, roll_delay, roll_mean


def wma_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the weighted average of closes; a weighted mean from slot 1 on."""
    s[0] = roll_weighted(s, 1, close)


def dema_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the double exponential average of closes: twice the average less the average's own average.

    Slots: the average, then both exponential ones.
    """
    first = roll_exponential(s, 1, close)
    if first == first:
        s[0] = 2.0 * first - roll_exponential(s, 1 + EMA_SLOTS, first)


def tema_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the triple exponential average of closes: 3 × the first − 3 × the second + the third.

    Slots: the average, then the three exponential ones, each of the one before.
    """
    first = roll_exponential(s, 1, close)
    if first != first:
        return
    second = roll_exponential(s, 1 + EMA_SLOTS, first)
    if second == second:
        s[0] = 3.0 * first - 3.0 * second + roll_exponential(s, 1 + 2 * EMA_SLOTS, second)


def hma_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance Hull's average of closes: the weighted mean of 2 × the fast weighted mean − the slow one.

    Slots: the average, where the fast and the last weighted mean begin, then the slow, the fast and the last one.
    """
    slow = roll_weighted(s, 3, close)
    fast = roll_weighted(s, int(s[1]), close)
    if slow == slow:
        s[0] = roll_weighted(s, int(s[2]), 2.0 * fast - slow)


def kama_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance Kaufman's adaptive average of closes.

    Its weight lies between those of a fast and a slow exponential average, squared, by how directly the close went
    over `period` bars: the way from first to last as a share of all the steps in between.

    Slots: average, period, fast weight, slow weight, where the mean of steps begins, previous close, then the closes of
    `period` bars and that mean.
    """
    before = s[5]
    step = close - before if close > before else before - close
    s[5] = close
    oldest = roll_delay(s, 6, close)
    path = roll_mean(s, int(s[4]), step) * s[1]
    if oldest != oldest:  # NaN: there are not so many closes yet
        return
    way = close - oldest if close > oldest else oldest - close
    efficiency = way / path if path > way else 1.0
    weight = efficiency * (s[2] - s[3]) + s[3]
    average = s[0] if s[0] == s[0] else before
    s[0] = average + weight * weight * (close - average)


def wma(period: float, output: str = "wma") -> Indicator:
    """Declare the linearly weighted average of the last `period` closes, in price."""
    return Indicator(wma_kernel, (output,), weighted_slots(1, period), int(period))


def dema(period: float, output: str = "dema") -> Indicator:
    """Declare the double exponential average of closes, in price."""
    return Indicator(dema_kernel, (output,), exponential_slots(period) * 2, 2 * int(period) - 1 + int(period / 2))


def tema(period: float, output: str = "tema") -> Indicator:
    """Declare the triple exponential average of closes, in price."""
    return Indicator(tema_kernel, (output,), exponential_slots(period) * 3, 3 * int(period) - 2 + int(period / 2))


def hma(period: float, output: str = "hma") -> Indicator:
    """Declare Hull's average of closes, in price, of windows of `period`, its half and its root, rounded down."""
    half, root = int(period) // 2, isqrt(int(period))
    fast = 3 + WEIGHTED_SLOTS + int(period)
    last = fast + WEIGHTED_SLOTS + half
    memory = (
        float(fast), float(last), *weighted_slots(3, period), *weighted_slots(fast, half), *weighted_slots(last, root),
    )  # fmt: skip
    return Indicator(hma_kernel, (output,), memory, int(period) + root - 1)


def kama(period: float = 10, fast: float = 2, slow: float = 30, output: str = "kama") -> Indicator:
    """Declare Kaufman's adaptive average of closes, in price; `fast` and `slow` are periods of exponential averages.

    It settles as its seed, the close before the first value, fades; how fast is the market's to say.
    """
    closes = delay_slots(6, period)
    mean = 6 + len(closes)
    memory = (
        float(period), 2.0 / (fast + 1.0), 2.0 / (slow + 1.0), float(mean), nan, *closes, *mean_slots(mean, period),
    )  # fmt: skip
    return Indicator(kama_kernel, (output,), memory, 2 * int(period) + 1)
