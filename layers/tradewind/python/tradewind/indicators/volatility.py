"""Volatility: the average true range, and bands of standard deviation around a mean.

Sources: Wilder, *New Concepts in Technical Trading Systems* (1978), section III; Bollinger, *Bollinger on Bollinger
Bands* (2001); Chan, Golub & LeVeque (1979) for joining variances without cancellation; TA-Lib ATR, BBANDS.
"""

from math import nan, sqrt

from tradewind.indicators.base import Indicator, State

ATR_SLOTS = 4


def true_range(high: float, low: float, previous_close: float) -> float:
    """Return the greatest of high − low and both distances to the previous close, in price."""
    return (high if high > previous_close else previous_close) - (low if low < previous_close else previous_close)


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


def bollinger_kernel(
    state: State,
    k: int,
    open_: float,
    high: float,
    low: float,
    close: float,
    volume: float,
    period: float,
    width: float,
) -> None:
    """Advance the mean of closes and the bands `width` population standard deviations above and below it, in price.

    Like the rolling mean, it joins the tail of the last full block with the head of the current one, and never
    takes away from a sum: a quiet stretch after a wild one is exact at once.

    Slots: upper, middle, lower, place in the block, head's mean and sum of squared deviations, blocks seen (0 or
    1), `period` cells of closes or tail means, `period` cells of tail sums of squared deviations.
    """
    place = int(state[k + 3])
    size = int(period)
    cells = k + 7
    count = place + 1.0
    off = close - state[k + 4]
    mean = state[k + 4] + off / count
    spread = state[k + 5] + off * (close - mean)
    state[cells + place] = close
    state[k + 3] = count
    state[k + 4] = mean
    state[k + 5] = spread
    if place + 1 == size:
        _close_block(state, k, size)
    elif state[k + 6] > 0.0:
        rest = period - count
        apart = state[cells + place + 1] - mean
        mean += apart * (rest / period)
        spread += state[cells + size + place + 1] + apart * apart * (count * rest / period)
    if state[k + 6] > 0.0:
        reach = width * sqrt(spread / period)
        state[k] = mean + reach
        state[k + 1] = mean
        state[k + 2] = mean - reach
    else:
        state[k] = state[k + 1] = state[k + 2] = nan


def _close_block(state: State, k: int, size: int) -> None:
    """Turn a full block's closes into the means and squared deviations of its tails; begin the next block."""
    cells = k + 7
    mean = spread = 0.0
    for cell in range(cells + size - 1, cells - 1, -1):
        value = state[cell]
        off = value - mean
        mean += off / (cells + size - cell)
        spread += off * (value - mean)
        state[cell] = mean
        state[cell + size] = spread
    state[k + 3] = state[k + 4] = state[k + 5] = 0.0
    state[k + 6] = 1.0


def bollinger(
    period: float = 20, width: float = 2, outputs: tuple[str, str, str] = ("upper", "middle", "lower")
) -> Indicator:
    """Declare Bollinger's bands of closes, in price."""
    return Indicator(bollinger_kernel, (period, width), 7 + 2 * int(period), outputs, int(period))
