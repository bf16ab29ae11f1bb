"""Swing points: highs and lows that the bars to both sides confirm.

Source: Williams, *Trading Chaos* (1995), whose fractals have two bars to each side; TA-Lib FRACTAL.
"""

from math import nan

from tradewind.indicators.base import Indicator, Slots, State

SWING_SLOTS = 8
"""Slots of rolling swings besides two for each bar that takes part in one."""


def swing_slots(left: float, right: float) -> Slots:
    """Lay out rolling swings.

    The latest swing high and its age in bars, the latest swing low and its age, bars to the left, bars to the right,
    bars until one can be confirmed, place in the ring, then a ring of pairs: high, low. The bar that confirms a swing
    is the one at which its age is the bars to the right.
    """
    count = left + right + 1.0
    return (nan, nan, nan, nan, float(left), float(right), count, 0.0, *(nan,) * (2 * int(count)))


def roll_swings(s: State, k: int, high: float, low: float) -> None:
    """Take one bar in; a swing is confirmed when `right` bars after it have closed, and never changes then.

    A swing high is above every high of the `left` bars before it and the `right` after it; so, upside down, a low.
    """
    size = int(s[k + 4] + s[k + 5]) + 1
    ring = k + SWING_SLOTS
    place = int(s[k + 7])
    s[ring + 2 * place] = high
    s[ring + 2 * place + 1] = low
    s[k + 7] = float((place + 1) % size)
    s[k + 1] += 1.0
    s[k + 3] += 1.0
    if s[k + 6] > 1.0:
        s[k + 6] -= 1.0
        return
    middle = ring + 2 * ((place - int(s[k + 5])) % size)
    if _stands_out(s, ring, size, middle, 1.0):
        s[k] = s[middle]
        s[k + 1] = s[k + 5]
    if _stands_out(s, ring + 1, size, middle + 1, -1.0):
        s[k + 2] = s[middle + 1]
        s[k + 3] = s[k + 5]


def _stands_out(s: State, first: int, size: int, middle: int, sign: float) -> bool:
    """Say whether one value of a ring is above all others, or below them where the sign is negative."""
    value = sign * s[middle]
    for cell in range(first, first + 2 * size, 2):
        if cell != middle and sign * s[cell] >= value:
            return False
    return True


def swings_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the latest confirmed swings; slots as `swing_slots`."""
    roll_swings(s, 0, high, low)


def swings(
    left: float = 2,
    right: float = 2,
    outputs: tuple[str, str, str, str] = ("swing_high", "swing_high_age", "swing_low", "swing_low_age"),
) -> Indicator:
    """Declare the latest confirmed swing high and low, in price, and how many bars ago each was.

    NaN until the first of its kind.
    """
    return Indicator(swings_kernel, outputs, swing_slots(left, right)[4:], int(left + right) + 1)
