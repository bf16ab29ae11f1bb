"""Volatility: the average true range, and bands of standard deviation around a mean.

Sources: Wilder, *New Concepts in Technical Trading Systems* (1978), section III; Bollinger, *Bollinger on Bollinger
Bands* (2001); TA-Lib ATR, BBANDS.
"""

from math import nan, sqrt

from tradewind.indicators.base import Indicator, State

_CELLS = 10


def true_range(high: float, low: float, previous_close: float) -> float:
    """Return the greatest of high − low and both distances to the previous close, in price."""
    return (high if high > previous_close else previous_close) - (low if low < previous_close else previous_close)


def atr_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance Wilder's average true range, in price; NaN for the first `period` bars.

    Slots: average, period, period − 1, bars until the first average, previous close, sum of the first true ranges.
    """
    before = s[4]
    s[4] = close
    span = (high if high > before else before) - (low if low < before else before)
    if s[3] <= 0.0:
        s[0] = (s[0] * s[2] + span) / s[1]
        return
    if s[3] <= s[1]:  # the very first bar has none before it
        s[5] += span
    s[3] -= 1.0
    if s[3] == 0.0:
        s[0] = s[5] / s[1]


def atr(period: float = 14, output: str = "atr") -> Indicator:
    """Declare Wilder's average true range, in price."""
    memory = (float(period), period - 1.0, period + 1.0, nan, 0.0)
    return Indicator(atr_kernel, (output,), memory, int(period) + 1)


def bollinger_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the mean of closes and the bands `width` population standard deviations above and below it, in price.

    A window in two blocks (see `windows`), of sums and squares of the closes' distances to an anchor, the last close
    of the block before. The anchor is always one of the window's own closes: distances are no larger than the window's
    range, whatever the price is and whatever was before, and where nothing moves they are zero.

    Slots: upper, middle, lower, period, width, last place, place, anchor, head's sum and squares, then `period` pairs
    of cells: the head's closes, and from the place on the tail's sum and squares.
    """
    place = s[6]
    at = int(place)
    off = close - s[7]
    total = s[8] + off
    squares = s[9] + off * off
    s[at] = close
    if place < s[5]:
        s[6] = place + 2.0
        s[8] = total
        s[9] = squares
        total += s[at + 2]
        squares += s[at + 3]
    else:
        total, squares = _close_block(s, at, close)
    period = s[3]
    mean = total / period
    spread = squares / period - mean * mean
    middle = s[7] + mean
    reach = s[4] * sqrt(spread) if spread > 0.0 else 0.0
    s[0] = middle + reach
    s[1] = middle
    s[2] = middle - reach


def _close_block(s: State, at: int, anchor: float) -> tuple[float, float]:
    """Turn a full block's closes into sums and squares of its tails' distances to its last one; return the whole's."""
    total = squares = 0.0
    for cell in range(at, _CELLS - 1, -2):
        off = s[cell] - anchor
        total += off
        squares += off * off
        s[cell] = total
        s[cell + 1] = squares
    s[6] = float(_CELLS)
    s[7] = anchor
    s[8] = 0.0
    s[9] = 0.0
    return total, squares


def bollinger(
    period: float = 20, width: float = 2, outputs: tuple[str, str, str] = ("upper", "middle", "lower")
) -> Indicator:
    """Declare Bollinger's bands of closes, in price."""
    last = _CELLS + 2.0 * (period - 1.0)
    memory = (float(period), float(width), last, float(_CELLS), 0.0, 0.0, 0.0, *(nan,) * (2 * int(period)))
    return Indicator(bollinger_kernel, outputs, memory, int(period))
