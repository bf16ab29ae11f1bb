"""What a window of bars holds: its mean, its sums, its highest and lowest, its first, without ever taking away.

A running sum that subtracts what leaves keeps the rounding errors of everything it ever held, and an extreme that
leaves has to be searched for. A window here is the tail of the last full block, whose sums (or extremes) to its end
were made when it filled, and the head of the current one: what has left is forgotten exactly, at the price of one more
addition (or comparison) a bar. Until the first block is full its cells hold NaN, so that the outcome is NaN as well.

Source: the two-block window of van Herk, "A fast algorithm for local minimum and maximum filters on rectangular and
octagonal kernels" (1992), taken over for sums.
"""

from math import inf, nan

from tradewind.indicators.base import Slots, State

MEAN_SLOTS = 4
"""Slots of a rolling mean besides one for each bar of its window."""

EXTREMES_SLOTS = 5
"""Slots of rolling extremes besides two for each bar of their window."""

SUMS_SLOTS = 5
"""Slots of two rolling sums besides two for each bar of their window."""

DELAY_SLOTS = 2
"""Slots of a delay besides one for each bar."""


def mean_slots(k: int, period: float) -> Slots:
    """Lay out a rolling mean from slot `k` on: its size, the place of the next value, the last place, the head's sum.

    Then a cell for each bar of the window.
    """
    first = float(k + MEAN_SLOTS)
    return (float(period), first, first + period - 1.0, 0.0, *(nan,) * int(period))


def roll_mean(s: State, k: int, value: float) -> float:
    """Take one value in and return the mean of the last `period`; NaN until there were so many, or while one is NaN."""
    place = s[k + 1]
    at = int(place)
    s[at] = value
    total = s[k + 3] + value
    if place < s[k + 2]:
        s[k + 1] = place + 1.0
        s[k + 3] = total
        return (total + s[at + 1]) / s[k]
    first = k + MEAN_SLOTS
    total = 0.0
    for cell in range(at, first - 1, -1):
        total += s[cell]
        s[cell] = total
    s[k + 1] = float(first)
    s[k + 3] = 0.0
    return total / s[k]


def extremes_slots(k: int, period: float) -> Slots:
    """Lay out rolling extremes from slot `k` on: the place of the next pair, the last place, the head's extremes.

    Then a slot that says where the cells begin, and a pair of cells for each bar of the window: high, low.
    """
    first = float(k + EXTREMES_SLOTS)
    return (first, first + 2.0 * (period - 1.0), -inf, inf, first, *(nan,) * (2 * int(period)))


def roll_extremes(s: State, k: int, high: float, low: float) -> tuple[float, float]:
    """Take one pair in and return the highest high and lowest low of the last `period`; NaN until there were so many.

    Neither may be NaN.
    """
    place = s[k]
    at = int(place)
    s[at] = high
    s[at + 1] = low
    if s[k + 2] > high:
        high = s[k + 2]
    if s[k + 3] < low:
        low = s[k + 3]
    if place < s[k + 1]:
        s[k] = place + 2.0
        s[k + 2] = high
        s[k + 3] = low
        top = s[at + 2]
        bottom = s[at + 3]
        # Of a tail that is NaN, neither comparison is true: NaN is what comes out.
        return (high if high > top else top), (low if low < bottom else bottom)
    close_extremes(s, k, at)
    return high, low


def close_extremes(s: State, k: int, at: int) -> None:
    """Turn a full block's pairs, the last one at `at`, into the extremes of its tails; begin the next block."""
    s[k] = s[k + 4]
    s[k + 2] = -inf
    s[k + 3] = inf
    for cell in range(at, k + EXTREMES_SLOTS, -2):
        if s[cell] > s[cell - 2]:
            s[cell - 2] = s[cell]
        if s[cell + 1] < s[cell - 1]:
            s[cell - 1] = s[cell + 1]


def sums_slots(k: int, period: float) -> Slots:
    """Lay out two rolling sums from slot `k` on: the place of the next pair, the last place, both heads' sums.

    Then a slot that says where the cells begin, and a pair of cells for each bar of the window.
    """
    first = float(k + SUMS_SLOTS)
    return (first, first + 2.0 * (period - 1.0), 0.0, 0.0, first, *(nan,) * (2 * int(period)))


def roll_sums(s: State, k: int, one: float, other: float) -> tuple[float, float]:
    """Take one pair in and return both sums over the last `period`; NaN until there were so many, or while one is."""
    place = s[k]
    at = int(place)
    s[at] = one
    s[at + 1] = other
    if place < s[k + 1]:
        one += s[k + 2]
        other += s[k + 3]
        s[k] = place + 2.0
        s[k + 2] = one
        s[k + 3] = other
        return one + s[at + 2], other + s[at + 3]
    one = other = 0.0
    for cell in range(at, k + SUMS_SLOTS - 1, -2):
        one += s[cell]
        other += s[cell + 1]
        s[cell] = one
        s[cell + 1] = other
    s[k] = s[k + 4]
    s[k + 2] = 0.0
    s[k + 3] = 0.0
    return one, other


def delay_slots(k: int, bars: float) -> Slots:
    """Lay out a delay from slot `k` on: the place of the next value, the last place, then a cell for each bar."""
    first = float(k + DELAY_SLOTS)
    return (first, first + bars - 1.0, *(nan,) * int(bars))


def roll_delay(s: State, k: int, value: float) -> float:
    """Take one value in and return the one of `bars` bars ago; NaN where there was none."""
    place = s[k]
    at = int(place)
    old = s[at]
    s[at] = value
    s[k] = place + 1.0 if place < s[k + 1] else float(k + DELAY_SLOTS)
    return old
