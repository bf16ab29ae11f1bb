"""Volatility: the average true range, and bands of standard deviation around a mean.

Sources: Wilder, *New Concepts in Technical Trading Systems* (1978), section III; Bollinger, *Bollinger on Bollinger
Bands* (2001); TA-Lib ATR, BBANDS.
"""

from math import nan, sqrt

from tradewind.indicators.base import Indicator, Slots, State
from tradewind.indicators.elementary import natural_logarithm
from tradewind.indicators.moments import deviation_slots, roll_deviation

RANGE_SLOTS = 6

_CELLS = 10


def range_slots(period: float) -> Slots:
    """Lay out an average true range: average, period, period − 1, bars until the first, previous close, first sum."""
    return (nan, float(period), period - 1.0, period + 1.0, nan, 0.0)


def roll_range(s: State, k: int, high: float, low: float, close: float) -> float:
    """Take one bar in and return Wilder's average true range; NaN for the first `period` bars."""
    before = s[k + 4]
    s[k + 4] = close
    span = (high if high > before else before) - (low if low < before else before)
    if s[k + 3] <= 0.0:
        s[k] = (s[k] * s[k + 2] + span) / s[k + 1]
        return s[k]
    if s[k + 3] <= s[k + 1]:  # the very first bar has none before it
        s[k + 5] += span
    s[k + 3] -= 1.0
    if s[k + 3] == 0.0:
        s[k] = s[k + 5] / s[k + 1]
    return s[k]


def atr_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance Wilder's average true range, in price; slots as `range_slots`."""
    if s[3] > 0.0:
        roll_range(s, 0, high, low, close)
        return
    # As there, whose call would cost half as much as this update.
    before = s[4]
    s[4] = close
    span = (high if high > before else before) - (low if low < before else before)
    s[0] = (s[0] * s[2] + span) / s[1]


def natr_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the average true range in per cent of the close; an average true range from slot 1 on."""
    span = roll_range(s, 1, high, low, close)
    s[0] = 100.0 * (span / close) if close > 0.0 else nan


def atr(period: float = 14, output: str = "atr") -> Indicator:
    """Declare Wilder's average true range, in price."""
    return Indicator(atr_kernel, (output,), range_slots(period)[1:], int(period) + 1)


def natr(period: float = 14, output: str = "natr") -> Indicator:
    """Declare Wilder's average true range in per cent of the close."""
    return Indicator(natr_kernel, (output,), range_slots(period), int(period) + 1)


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


def bollinger_share_kernel(
    s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float
) -> None:
    """Advance Bollinger's bandwidth and %B.

    Slots: width of the bands as a share of their middle, the close's place between them (0 lower, 1 upper), width in
    deviations, then the mean with its deviation.
    """
    mean, deviation = roll_deviation(s, 3, close)
    reach = s[2] * deviation
    s[0] = 2.0 * reach / mean if mean > 0.0 else mean * nan
    s[1] = 0.5 if reach <= 0.0 else 0.5 + 0.5 * ((close - mean) / reach)  # NaN stays NaN


def bollinger_share(
    period: float = 20, width: float = 2, outputs: tuple[str, str] = ("bandwidth", "percent_b")
) -> Indicator:
    """Declare Bollinger's bandwidth, as a share of the middle, and %B: 0 at the lower band, 1 at the upper one.

    Where nothing moved, %B is the middle, 0.5.
    """
    return Indicator(bollinger_share_kernel, outputs, (float(width), *deviation_slots(3, period)), int(period))


def realised_volatility_kernel(
    s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float
) -> None:
    """Advance the standard deviation of logarithmic returns, scaled to a year.

    Slots: volatility, root of the bars a year, previous close, then the mean with its deviation.
    """
    before = s[2]
    s[2] = close
    if before > 0.0 and close > 0.0:
        _, deviation = roll_deviation(s, 3, natural_logarithm(close / before))
        s[0] = s[1] * deviation


def realised_volatility(period: float = 20, bars_a_year: float = 365, output: str = "volatility") -> Indicator:
    """Declare the realised volatility: population deviation of `period` logarithmic returns × √(bars a year).

    As a share: 0.6 is 60 % a year. 365 suits daily bars of a market that never closes, 252 those of an exchange.
    """
    memory = (sqrt(bars_a_year), nan, *deviation_slots(3, period))
    return Indicator(realised_volatility_kernel, (output,), memory, int(period) + 1)
