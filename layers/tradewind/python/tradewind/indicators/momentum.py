"""Momentum: the relative strength index, how low it has been, and where a close lies in the latest range.

Sources: Wilder, *New Concepts in Technical Trading Systems* (1978), section VI; Lane, "Lane's Stochastics",
*Technical Analysis of Stocks & Commodities* 2 (1984); TA-Lib RSI, STOCH.
"""

from math import nan

from tradewind.indicators.averages import SMA_SLOTS, roll_mean
from tradewind.indicators.base import Indicator, State

NEUTRAL = 50.0
"""What an oscillator reads when nothing moved. (TA-Lib says 0, which would look like a deep fall.)"""

RSI_SLOTS = 5


def rsi_kernel(
    state: State, k: int, open_: float, high: float, low: float, close: float, volume: float, period: float
) -> None:
    """Advance Wilder's relative strength index of closes, 0 to 100; NaN for the first `period` bars.

    Slots: index, bars seen (up to `period` + 1), previous close, average gain, average loss; until the first
    index the averages are sums.
    """
    seen = state[k + 1]
    change = close - state[k + 2] if seen > 0.0 else 0.0
    state[k + 2] = close
    gain = loss = 0.0
    if change > 0.0:
        gain = change
    elif change < 0.0:
        loss = -change
    if seen > period:
        gain = (state[k + 3] * (period - 1.0) + gain) / period
        loss = (state[k + 4] * (period - 1.0) + loss) / period
    else:
        state[k + 1] = seen + 1.0
        gain += state[k + 3]
        loss += state[k + 4]
        if seen == period:
            gain /= period
            loss /= period
    state[k + 3] = gain
    state[k + 4] = loss
    if seen < period:
        state[k] = nan
    else:
        both = gain + loss
        state[k] = 100.0 * (gain / both) if both > 0.0 else NEUTRAL


def rsi_dip_kernel(
    state: State,
    k: int,
    open_: float,
    high: float,
    low: float,
    close: float,
    volume: float,
    period: float,
    window: float,
) -> None:
    """Advance the relative strength index and its lowest value of the last `window` bars, this one included.

    Slots: index, lowest, indices seen (up to `window`), place in the ring, the ring of `window` cells, then those
    of the index itself.
    """
    size = int(window)
    ring = k + 4
    inner = ring + size
    rsi_kernel(state, inner, open_, high, low, close, volume, period)
    index = state[inner]
    state[k] = index
    if index != index:  # noqa: PLR0124 — NaN: not warm yet
        state[k + 1] = nan
        return
    place = int(state[k + 3])
    gone = state[ring + place]
    state[ring + place] = index
    state[k + 3] = place + 1.0 if place + 1 < size else 0.0
    if state[k + 2] < window:
        state[k + 2] += 1.0
    if state[k + 2] < window:
        state[k + 1] = nan
        return
    lowest = state[k + 1]
    if not (index > lowest and gone > lowest):  # the lowest was not there, is beaten, or has just left
        lowest = index
        for cell in range(ring, inner):
            if state[cell] < lowest:
                lowest = state[cell]
    state[k + 1] = lowest


def roll_range(state: State, k: int, high: float, low: float, period: float) -> None:
    """Take one bar into the highest high and lowest low of `period` bars; NaN until so many were seen.

    Slots: highest, lowest, place in the block, blocks seen (0 or 1), the current block's highest and lowest, then
    `period` cells of highs and `period` of lows: as they were before the place, and from there on the last block's
    extremes-to-its-end.
    """
    size = int(period)
    place = int(state[k + 2])
    tops = k + 6 + place
    bottoms = tops + size
    highest, lowest = high, low
    if place > 0:
        highest = state[k + 4] if state[k + 4] > high else high
        lowest = state[k + 5] if state[k + 5] < low else low
    state[tops] = high
    state[bottoms] = low
    state[k + 4] = highest
    state[k + 5] = lowest
    if place + 1 == size:
        _close_block(state, tops, size)
        state[k + 2] = 0.0
        state[k + 3] = 1.0
    else:
        state[k + 2] = place + 1.0
        if state[k + 3] > 0.0:
            highest = state[tops + 1] if state[tops + 1] > highest else highest
            lowest = state[bottoms + 1] if state[bottoms + 1] < lowest else lowest
        else:
            highest = lowest = nan
    state[k] = highest
    state[k + 1] = lowest


def _close_block(state: State, last: int, size: int) -> None:
    """Turn a full block's highs, which end at the slot `last`, and its lows into the extremes of its tails."""
    for top in range(last - 1, last - size, -1):
        bottom = top + size
        if state[top + 1] > state[top]:
            state[top] = state[top + 1]
        if state[bottom + 1] < state[bottom]:
            state[bottom] = state[bottom + 1]


def stochastic_kernel(
    state: State,
    k: int,
    open_: float,
    high: float,
    low: float,
    close: float,
    volume: float,
    period: float,
    slowing: float,
    smoothing: float,
) -> None:
    """Advance the slow stochastic: %K, the mean of `slowing` raw values, and %D, the mean of `smoothing` %K.

    Slots: %K, %D, then the rolling range, the mean for %K and the mean for %D.
    """
    extremes = k + 2
    slow = extremes + 6 + 2 * int(period)
    smooth = slow + SMA_SLOTS + int(slowing)
    state[k] = state[k + 1] = nan
    roll_range(state, extremes, high, low, period)
    highest, lowest = state[extremes], state[extremes + 1]
    if highest != highest:  # noqa: PLR0124 — NaN: not warm yet
        return
    span = highest - lowest
    roll_mean(state, slow, 100.0 * ((close - lowest) / span) if span > 0.0 else NEUTRAL, slowing)
    if state[slow] != state[slow]:
        return
    roll_mean(state, smooth, state[slow], smoothing)
    if state[smooth] == state[smooth]:
        state[k] = state[slow]
        state[k + 1] = state[smooth]


def rsi(period: float = 14, output: str = "rsi") -> Indicator:
    """Declare Wilder's relative strength index of closes, 0 to 100."""
    return Indicator(rsi_kernel, (period,), RSI_SLOTS, (output,), int(period) + 1)


def rsi_dip(period: float = 14, window: float = 5, outputs: tuple[str, str] = ("rsi", "rsi_low")) -> Indicator:
    """Declare the relative strength index and its lowest value of the last `window` bars."""
    size = 4 + int(window) + RSI_SLOTS
    return Indicator(rsi_dip_kernel, (period, window), size, outputs, int(period + window))


def stochastic(
    period: float = 14, slowing: float = 3, smoothing: float = 3, outputs: tuple[str, str] = ("percent_k", "percent_d")
) -> Indicator:
    """Declare the slow stochastic of closes within highs and lows, 0 to 100."""
    size = 2 + 6 + 2 * int(period) + SMA_SLOTS + int(slowing) + SMA_SLOTS + int(smoothing)
    warmup = int(period + slowing + smoothing) - 2
    return Indicator(stochastic_kernel, (period, slowing, smoothing), size, outputs, warmup)
