"""Momentum: the relative strength index, and how low it has been.

Sources: Wilder, *New Concepts in Technical Trading Systems* (1978), section VI; TA-Lib RSI.
"""

from math import nan

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
    state[ring + place] = index
    state[k + 3] = place + 1.0 if place + 1 < size else 0.0
    if state[k + 2] < window:
        state[k + 2] += 1.0
    if state[k + 2] < window:
        state[k + 1] = nan
        return
    lowest = index
    for cell in range(ring, inner):
        lowest = min(lowest, state[cell])
    state[k + 1] = lowest


def rsi(period: float = 14, output: str = "rsi") -> Indicator:
    """Declare Wilder's relative strength index of closes, 0 to 100."""
    return Indicator(rsi_kernel, (period,), RSI_SLOTS, (output,), int(period) + 1)


def rsi_dip(period: float = 14, window: float = 5, outputs: tuple[str, str] = ("rsi", "rsi_low")) -> Indicator:
    """Declare the relative strength index and its lowest value of the last `window` bars."""
    size = 4 + int(window) + RSI_SLOTS
    return Indicator(rsi_dip_kernel, (period, window), size, outputs, int(period + window))
