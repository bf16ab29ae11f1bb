"""Moving averages: simple (of closes, of volume) and exponential.

Sources: TA-Lib's definitions (SMA, EMA with the simple average as its seed).
"""

from math import nan

from tradewind.indicators.base import Indicator, Slots, State
from tradewind.indicators.windows import mean_slots, roll_mean

EMA_SLOTS = 5


def exponential_slots(period: float) -> Slots:
    """Lay out an exponential average: average, weight of a new value, period, values until its seed, their sum."""
    return (nan, 2.0 / (period + 1.0), float(period), float(period), 0.0)


def roll_exponential(s: State, k: int, value: float) -> float:
    """Take one value in and return the exponential average; NaN until its seed, the mean of `period` values."""
    if s[k + 3] > 0.0:
        s[k + 3] -= 1.0
        s[k + 4] += value
        if s[k + 3] == 0.0:
            s[k] = s[k + 4] / s[k + 2]
        return s[k]
    average = s[k]
    average += (value - average) * s[k + 1]
    s[k] = average
    return average


def sma_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the simple moving average of closes; a rolling mean from slot 1 on."""
    s[0] = roll_mean(s, 1, close)


def volume_sma_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the simple moving average of volume; a rolling mean from slot 1 on."""
    s[0] = roll_mean(s, 1, volume)


def ema_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the exponential moving average of closes; slots as `exponential_slots`."""
    if s[3] > 0.0:
        roll_exponential(s, 0, close)
    else:  # as there, whose call would cost as much as this update
        average = s[0]
        s[0] = average + (close - average) * s[1]


def sma(period: float, output: str = "sma") -> Indicator:
    """Declare the mean of the last `period` closes, in price."""
    return Indicator(sma_kernel, (output,), mean_slots(1, period), int(period))


def volume_sma(period: float, output: str = "volume_sma") -> Indicator:
    """Declare the mean of the last `period` volumes, in shares or coins."""
    return Indicator(volume_sma_kernel, (output,), mean_slots(1, period), int(period))


def ema(period: float, output: str = "ema") -> Indicator:
    """Declare the exponential average of closes with weight 2 / (period + 1), in price.

    It is a number from bar `period` on and settled a quarter of the period later, when its seed has begun to fade.
    """
    return Indicator(ema_kernel, (output,), exponential_slots(period)[1:], int(period + period / 4))
