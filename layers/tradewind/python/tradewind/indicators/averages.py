"""Moving averages: simple (of closes, of volume) and exponential.

Sources: TA-Lib's definitions (SMA, EMA with the simple average as its seed).
"""

from math import nan

from tradewind.indicators.base import Indicator, State

SMA_SLOTS = 4
"""Slots that a rolling mean keeps besides one for each bar of its window."""

EMA_SLOTS = 3


def roll_mean(state: State, k: int, value: float, period: float) -> None:
    """Take one value into a simple moving average; `state[k]` is the mean, NaN until `period` values were seen.

    A running sum that subtracts what leaves keeps the rounding errors of everything it ever held. This one only
    adds: the window is the tail of the last full block, whose sums were made when it filled, and the head of the
    current one. The price is `period` additions every `period` bars.

    Slots: mean, place in the block, sum of the current block, blocks seen (0 or 1), then `period` cells that hold
    the current block's values before the place and the last block's sums-to-its-end from there on (the first
    cell's sum is never asked for).
    """
    place = int(state[k + 1])
    cells = k + 4
    total = state[k + 2] + value
    state[cells + place] = value
    if place + 1 < period:
        state[k] = (total + state[cells + place + 1]) / period if state[k + 3] > 0.0 else nan
        state[k + 1] = place + 1.0
        state[k + 2] = total
        return
    state[k] = total / period
    for cell in range(cells + place - 1, cells, -1):
        state[cell] += state[cell + 1]
    state[k + 1] = 0.0
    state[k + 2] = 0.0
    state[k + 3] = 1.0


def roll_exponential(state: State, k: int, value: float, period: float) -> None:
    """Take one value into an exponential average; `state[k]` is NaN until its seed, the mean of `period` values.

    Slots: average, values seen (up to `period`), their sum.
    """
    if state[k + 1] >= period:
        state[k] += (value - state[k]) * (2.0 / (period + 1.0))
        return
    state[k + 1] += 1.0
    state[k + 2] += value
    state[k] = state[k + 2] / period if state[k + 1] >= period else nan


def sma_kernel(
    state: State, k: int, open_: float, high: float, low: float, close: float, volume: float, period: float
) -> None:
    """Advance the simple moving average of closes."""
    roll_mean(state, k, close, period)


def volume_sma_kernel(
    state: State, k: int, open_: float, high: float, low: float, close: float, volume: float, period: float
) -> None:
    """Advance the simple moving average of volume."""
    roll_mean(state, k, volume, period)


def ema_kernel(
    state: State, k: int, open_: float, high: float, low: float, close: float, volume: float, period: float
) -> None:
    """Advance the exponential moving average of closes."""
    if state[k + 1] >= period:  # as in `roll_exponential`, whose call would cost as much as this update
        state[k] += (close - state[k]) * (2.0 / (period + 1.0))
    else:
        roll_exponential(state, k, close, period)


def sma(period: float, output: str = "sma") -> Indicator:
    """Declare the mean of the last `period` closes, in price."""
    return Indicator(sma_kernel, (period,), SMA_SLOTS + int(period), (output,), int(period))


def volume_sma(period: float, output: str = "volume_sma") -> Indicator:
    """Declare the mean of the last `period` volumes, in shares or coins."""
    return Indicator(volume_sma_kernel, (period,), SMA_SLOTS + int(period), (output,), int(period))


def ema(period: float, output: str = "ema") -> Indicator:
    """Declare the exponential average of closes with weight 2 / (period + 1), in price.

    It is a number from bar `period` on and settled a quarter of the period later, when its seed has begun to fade.
    """
    return Indicator(ema_kernel, (period,), EMA_SLOTS, (output,), int(period + period / 4))
