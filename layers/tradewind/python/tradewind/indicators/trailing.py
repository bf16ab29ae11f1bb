"""Stops that trail a trend: Wilder's parabolic, and the supertrend.

Sources: Wilder, *New Concepts in Technical Trading Systems* (1978), section II; Seban's supertrend as TradingView
defines it (`ta.supertrend`); TA-Lib SAR, SUPERTREND.
"""

from math import nan

from tradewind.indicators.base import Indicator, State
from tradewind.indicators.volatility import range_slots, roll_range


def sar_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance Wilder's parabolic stop and reverse: the stop that held for this bar, in price, and the side it is on.

    It begins with the second bar, long unless the low fell by more than the high rose.

    Slots: stop, side (1 long, −1 short, by the end of this bar), acceleration step, its maximum, next stop, extreme
    since the last turn, acceleration, previous high and low.
    """
    before_high, before_low = s[7], s[8]
    s[7] = high
    s[8] = low
    if before_high != before_high:  # NaN: this is the very first bar
        return
    if s[1] != s[1]:
        _begin_sar(s, before_high, before_low)
        before_high, before_low = high, low
    side = s[1]
    # A short trend is a long one upside down: whatever is compared is multiplied by the side.
    inner, outer, behind, ahead = low, high, before_low, before_high
    if side < 0.0:
        inner, outer, behind, ahead = high, low, before_high, before_low
    if side * inner <= side * s[4]:
        s[0] = _outermost(side, s[5], ahead, outer)
        s[1] = -side
        s[5] = inner
        s[6] = s[2]
        s[4] = _outermost(side, s[0] + s[6] * (inner - s[0]), ahead, outer)
        return
    s[0] = s[4]
    if side * outer > side * s[5]:
        s[5] = outer
        s[6] = s[6] + s[2] if s[6] + s[2] < s[3] else s[3]
    s[4] = _outermost(-side, s[4] + s[6] * (s[5] - s[4]), behind, inner)


def _begin_sar(s: State, before_high: float, before_low: float) -> None:
    """Choose the side by the first two bars, and put the stop at the first one's far end."""
    fall, rise = before_low - s[8], s[7] - before_high
    long = not (fall > 0.0 and fall > rise)
    s[1] = 1.0 if long else -1.0
    s[4] = before_low if long else before_high
    s[5] = s[7] if long else s[8]
    s[6] = s[2]


def _outermost(side: float, one: float, other: float, third: float) -> float:
    """Return the highest of three prices, or the lowest where the side is negative."""
    if side * other > side * one:
        one = other
    return third if side * third > side * one else one


def supertrend_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the supertrend: a band `multiplier` average true ranges from the bar's middle that moves one way only.

    Slots: stop, side (1 below the price, −1 above it), multiplier, lower band, upper band, previous close, then the
    average true range.
    """
    before = s[5]
    s[5] = close
    reach = s[2] * roll_range(s, 6, high, low, close)
    if reach != reach:
        return
    middle = 0.5 * (high + low)
    lower, upper = middle - reach, middle + reach
    if lower < s[3] and before >= s[3]:
        lower = s[3]
    if upper > s[4] and before <= s[4]:
        upper = s[4]
    s[3] = lower
    s[4] = upper
    if s[1] > 0.0:
        s[1] = -1.0 if close < lower else 1.0
    elif s[1] < 0.0:
        s[1] = 1.0 if close > upper else -1.0
    else:  # NaN: this is the first band
        s[1] = 1.0
    s[0] = lower if s[1] > 0.0 else upper


def sar(step: float = 0.02, maximum: float = 0.2, outputs: tuple[str, str] = ("sar", "sar_side")) -> Indicator:
    """Declare the parabolic stop and reverse, in price, and its side, 1 or −1."""
    first = float(min(step, maximum))
    return Indicator(sar_kernel, outputs, (first, float(maximum), nan, nan, nan, nan, nan), 2)


def supertrend(
    period: float = 10, multiplier: float = 3, outputs: tuple[str, str] = ("supertrend", "supertrend_side")
) -> Indicator:
    """Declare the supertrend, in price, and its side, 1 or −1.

    It begins below the price, as TA-Lib's; TradingView's begins above it. From the first turn on they agree.
    """
    memory = (float(multiplier), nan, nan, nan, *range_slots(period))
    return Indicator(supertrend_kernel, outputs, memory, 2 * int(period))
