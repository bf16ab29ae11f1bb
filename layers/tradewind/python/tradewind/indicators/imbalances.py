"""What the "inner circle trader" school reads: fair value gaps, order blocks and liquidity sweeps.

These are a school's terms, not established findings; the definitions are the usual ones, made exact. Source:
Huddleston's lectures (ICT, 2016 and later), as summarised by LuxAlgo, "Smart Money Concepts" (2022). Everything is
decided on closed bars. A level that there is not, is NaN.
"""

from math import nan

from tradewind.indicators.base import Indicator, State
from tradewind.indicators.swings import roll_swings, swing_slots

_SWINGS = 8
_BLOCK_SWINGS = 12


def fair_value_gaps_kernel(
    s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float
) -> None:
    """Advance the latest open gap to either side.

    Slots: top, bottom and age of the gap below the price, bottom, top and age of the one above it, smallest gap as a
    share of the close, highs and lows of the bar before and of the one before that.
    """
    before_high, before_low = s[9], s[10]
    s[9] = s[7]
    s[10] = s[8]
    s[7] = high
    s[8] = low
    s[2] += 1.0
    s[5] += 1.0
    if low <= s[1]:  # traded through: it is closed
        s[0] = s[1] = s[2] = nan
    if high >= s[4]:
        s[3] = s[4] = s[5] = nan
    smallest = s[6] * close
    if low - before_high > smallest:
        s[0] = low
        s[1] = before_high
        s[2] = 0.0
    elif before_low - high > smallest:
        s[3] = high
        s[4] = before_low
        s[5] = 0.0


def order_blocks_kernel(
    s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float
) -> None:
    """Advance the latest order block to either side that still holds.

    Slots: top, bottom and age of the block below the price, bottom, top and age of the one above it, high and low of
    the last falling bar, high and low of the last rising bar, whether the latest swing high and low are broken, then
    the swings from slot 12 on.
    """
    s[2] += 1.0
    s[5] += 1.0
    if close < s[1]:
        s[0] = s[1] = s[2] = nan
    if close > s[4]:
        s[3] = s[4] = s[5] = nan
    swing_high, swing_low = s[_BLOCK_SWINGS], s[_BLOCK_SWINGS + 2]
    if close > swing_high and s[10] == 0.0:
        s[10] = 1.0
        s[0] = s[6]
        s[1] = s[7]
        s[2] = 0.0
    if close < swing_low and s[11] == 0.0:
        s[11] = 1.0
        s[3] = s[9]
        s[4] = s[8]
        s[5] = 0.0
    _remember_body(s, open_, high, low, close)
    roll_swings(s, _BLOCK_SWINGS, high, low)
    _renew(s, _BLOCK_SWINGS, 10, 11)


def _remember_body(s: State, open_: float, high: float, low: float, close: float) -> None:
    if close < open_:
        s[6] = high
        s[7] = low
    elif close > open_:
        s[8] = high
        s[9] = low


def sweeps_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance sweeps of the latest confirmed swings.

    Slots: whether this bar swept the lows (1 or 0), the swept low and bars since, whether it swept the highs, the swept
    high and bars since, whether the latest swing low and high are taken, then the swings from slot 8 on.
    """
    swing_high, swing_low = s[_SWINGS], s[_SWINGS + 2]
    s[0] = s[3] = 0.0
    s[2] += 1.0
    s[5] += 1.0
    if low < swing_low and s[6] == 0.0:
        s[6] = 1.0
        if close > swing_low:
            s[0] = 1.0
            s[1] = swing_low
            s[2] = 0.0
    if high > swing_high and s[7] == 0.0:
        s[7] = 1.0
        if close < swing_high:
            s[3] = 1.0
            s[4] = swing_high
            s[5] = 0.0
    roll_swings(s, _SWINGS, high, low)
    _renew(s, _SWINGS, 7, 6)


def _renew(s: State, swings: int, high_taken: int, low_taken: int) -> None:
    """Forget that the latest swing was taken where this bar has confirmed a new one."""
    right = s[swings + 5]
    if s[swings + 1] == right:
        s[high_taken] = 0.0
    if s[swings + 3] == right:
        s[low_taken] = 0.0


def fair_value_gaps(
    smallest: float = 0,
    outputs: tuple[str, str, str, str, str, str] = (
        "gap_below_top", "gap_below_bottom", "gap_below_age", "gap_above_bottom", "gap_above_top", "gap_above_age",
    ),
) -> Indicator:  # fmt: skip
    """Declare the latest open fair value gap below and above the price, in price, and the bars since each arose.

    Of three bars, the first's high lies below the third's low (or its low above the third's high): nobody traded in
    between. A gap closes when the price has gone all the way through; the one before it is not remembered then.
    `smallest` is the least gap that counts, as a share of the close.
    """
    return Indicator(fair_value_gaps_kernel, outputs, (float(smallest), nan, nan, nan, nan), 3)


def order_blocks(
    left: float = 3,
    right: float = 3,
    outputs: tuple[str, str, str, str, str, str] = (
        "block_below_top", "block_below_bottom", "block_below_age",
        "block_above_bottom", "block_above_top", "block_above_age",
    ),
) -> Indicator:  # fmt: skip
    """Declare the latest order block below and above the price, in price, and the bars since each was confirmed.

    The block below is the last falling bar before the close that first broke the latest swing high; it holds until a
    close below it. Above: the last rising bar before the break of the latest swing low.
    """
    memory = (nan, nan, nan, nan, 0.0, 0.0, *swing_slots(left, right))
    return Indicator(order_blocks_kernel, outputs, memory, int(left + right) + 2)


def liquidity_sweeps(
    left: float = 3,
    right: float = 3,
    outputs: tuple[str, str, str, str, str, str] = (
        "swept_lows", "swept_low", "swept_low_age", "swept_highs", "swept_high", "swept_high_age",
    ),
) -> Indicator:  # fmt: skip
    """Declare sweeps: a bar that trades beyond the latest swing for the first time and closes back on its own side.

    Stops that rested there have been taken. Given are whether this bar did so (1 or 0), the level of the last sweep in
    price, and the bars since, of lows and of highs.
    """
    memory = (0.0, 0.0, *swing_slots(left, right))
    return Indicator(sweeps_kernel, outputs, memory, int(left + right) + 2)
