"""How a window's values are spread: their deviation, their weighted mean, the straight line through them.

Windows are kept in two blocks, as in `windows`. What is squared are distances to an anchor, the last value of the
block before: it is one of the window's own values, so the squares are no larger than the window's range asks for, at a
price of 100,000 as of a hundred-millionth, and where nothing moves they are zero.
"""

from math import nan, sqrt

from tradewind.indicators.base import Slots, State

DEVIATION_SLOTS = 6
"""Slots of a rolling deviation besides two for each bar of its window."""

WEIGHTED_SLOTS = 5
"""Slots of a weighted mean besides one for each bar of its window."""

LINE_SLOTS = 8
"""Slots of a rolling line besides three for each bar of its window."""


def deviation_slots(k: int, period: float) -> Slots:
    """Lay out a rolling mean with its deviation from slot `k` on.

    Its size, the place of the next value, the last place, the anchor, the head's sum and squares, then a pair of cells
    for each bar of the window.
    """
    first = float(k + DEVIATION_SLOTS)
    return (float(period), first, first + 2.0 * (period - 1.0), 0.0, 0.0, 0.0, *(nan,) * (2 * int(period)))


def roll_deviation(s: State, k: int, value: float) -> tuple[float, float]:
    """Take one value in and return mean and population standard deviation of the last `period`; NaN until warm."""
    place = s[k + 1]
    at = int(place)
    s[at] = value
    if place < s[k + 2]:
        off = value - s[k + 3]
        total = s[k + 4] + off
        squares = s[k + 5] + off * off
        s[k + 1] = place + 2.0
        s[k + 4] = total
        s[k + 5] = squares
        total += s[at + 2]
        squares += s[at + 3]
    else:
        total = squares = 0.0
        for cell in range(at, k + DEVIATION_SLOTS - 1, -2):
            off = s[cell] - value
            total += off
            squares += off * off
            s[cell] = total
            s[cell + 1] = squares
        s[k + 1] = float(k + DEVIATION_SLOTS)
        s[k + 3] = value
        s[k + 4] = 0.0
        s[k + 5] = 0.0
    mean = total / s[k]
    spread = squares / s[k] - mean * mean
    return s[k + 3] + mean, (0.0 if spread <= 0.0 else sqrt(spread))  # NaN stays NaN


def weighted_slots(k: int, period: float) -> Slots:
    """Lay out a linearly weighted mean from slot `k` on.

    Its size, the sum of its weights, values in the head, the head's sum and weighted sum, then a cell for each bar.
    """
    return (float(period), period * (period + 1.0) / 2.0, 0.0, 0.0, 0.0, *(nan,) * int(period))


def roll_weighted(s: State, k: int, value: float) -> float:
    """Take one value in and return the mean of the last `period`, the newest weighing `period`, the oldest 1.

    NaN until there were so many.
    """
    count = s[k + 2] + 1.0
    at = k + WEIGHTED_SLOTS + int(s[k + 2])
    s[at] = value
    if count < s[k]:
        total = s[k + 3] + value
        weighted = s[k + 4] + count * value
        s[k + 2] = count
        s[k + 3] = total
        s[k + 4] = weighted
        return (weighted + (s[k] - count) * total + s[at + 1]) / s[k + 1]
    total = weighted = 0.0
    for cell in range(at, k + WEIGHTED_SLOTS - 1, -1):
        total += s[cell]
        weighted += total
        s[cell] = weighted
    s[k + 2] = 0.0
    s[k + 3] = 0.0
    s[k + 4] = 0.0
    return weighted / s[k + 1]


def line_slots(k: int, period: float) -> Slots:
    """Lay out a rolling least-squares line from slot `k` on.

    Its size, the spread of the places 1 … `period`, values in the head, the anchor, the head's sum, weighted sum and
    squares, where the cells begin, then three cells for each bar.
    """
    spread = period * (period * period - 1.0) / 12.0
    begin = float(k + LINE_SLOTS)
    return (float(period), spread, 0.0, 0.0, 0.0, 0.0, 0.0, begin, *(nan,) * (3 * int(period)))


def roll_line(s: State, k: int, value: float) -> tuple[float, float, float]:
    """Take one value in; return the end of the line through the last `period`, its slope a bar, and their deviation.

    The deviation is the root of the mean squared distance of the values from the line. All are NaN until there were
    so many values. `period` is at least 2.
    """
    period = s[k]
    count = s[k + 2] + 1.0
    at = int(s[k + 7] + 3.0 * s[k + 2])
    s[at] = value
    if count < period:
        off = value - s[k + 3]
        total = s[k + 4] + off
        weighted = s[k + 5] + count * off
        squares = s[k + 6] + off * off
        s[k + 2] = count
        s[k + 4] = total
        s[k + 5] = weighted
        s[k + 6] = squares
        weighted += (period - count) * total + s[at + 4]
        total += s[at + 3]
        squares += s[at + 5]
    else:
        total, weighted, squares = _close_line(s, k, at)
    mean = total / period
    across = weighted - 0.5 * (period + 1.0) * total
    slope = across / s[k + 1]
    left = squares - total * mean - slope * across
    end = s[k + 3] + mean + 0.5 * slope * (period - 1.0)
    return end, slope, (0.0 if left <= 0.0 else sqrt(left / period))  # NaN stays NaN


def _close_line(s: State, k: int, at: int) -> tuple[float, float, float]:
    """Turn a full block's values into sums, weighted sums and squares of its tails; return the whole's."""
    anchor = s[at]
    total = weighted = squares = 0.0
    for cell in range(at, k + LINE_SLOTS - 1, -3):
        off = s[cell] - anchor
        total += off
        weighted += total
        squares += off * off
        s[cell] = total
        s[cell + 1] = weighted
        s[cell + 2] = squares
    s[k + 2] = 0.0
    s[k + 3] = anchor
    s[k + 4] = 0.0
    s[k + 5] = 0.0
    s[k + 6] = 0.0
    return total, weighted, squares
