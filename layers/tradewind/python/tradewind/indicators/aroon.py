"""Aroon: how long ago the highest high and the lowest low were.

Source: Chande, "The Time Price Oscillator", *Technical Analysis of Stocks & Commodities* 13 (1995); TA-Lib AROON, whose
latest of several equal extremes counts.
"""

from math import inf

from tradewind.indicators.base import Indicator, State

_CELLS = 9


def aroon_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance Aroon up and down: 100 where the extreme is this bar's, 0 where it is `period` bars old.

    Slots: up, down, period, bars until the first value, place in the ring, highest high and its age, lowest low and its
    age, then a ring of `period` + 1 pairs: high, low.
    """
    period = s[2]
    at = _CELLS + 2 * int(s[4])
    s[at] = high
    s[at + 1] = low
    s[6] += 1.0
    s[8] += 1.0
    if high >= s[5]:
        s[5] = high
        s[6] = 0.0
    elif s[6] > period:
        s[5] = -inf
        _search(s, at, 5, 1.0)
    if low <= s[7]:
        s[7] = low
        s[8] = 0.0
    elif s[8] > period:
        s[7] = inf
        _search(s, at + 1, 7, -1.0)
    s[4] = s[4] + 1.0 if s[4] < period else 0.0
    if s[3] > 1.0:
        s[3] -= 1.0
        return
    s[0] = 100.0 * ((period - s[6]) / period)
    s[1] = 100.0 * ((period - s[8]) / period)


def _search(s: State, newest: int, slot: int, sign: float) -> None:
    """Find the extreme of the whole ring and its age, from the newest value backwards."""
    size = int(s[2]) + 1
    first = _CELLS + (newest - _CELLS) % 2
    at = newest
    for age in range(size):
        if sign * s[at] > sign * s[slot]:
            s[slot] = s[at]
            s[slot + 1] = float(age)
        at = at - 2 if at > first else first + 2 * (size - 1)


def aroon(period: float = 25, outputs: tuple[str, str] = ("aroon_up", "aroon_down")) -> Indicator:
    """Declare Aroon up and down, 0 to 100."""
    memory = (float(period), period + 1.0, 0.0, -inf, 0.0, inf, 0.0, *(0.0,) * (2 * int(period) + 2))
    return Indicator(aroon_kernel, outputs, memory, int(period) + 1)
