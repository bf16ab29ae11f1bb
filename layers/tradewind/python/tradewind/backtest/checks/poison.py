"""Futures that never were: what comes after a bar, made unusable in several ways."""

from collections.abc import Callable, Mapping, Sequence
from math import nan

from tradewind.domain.bar import Bar

type Poison = Callable[[Sequence[Bar]], list[Bar]]
"""Future bars in, as many bars of the same times out; or none at all."""

_HUGE = 1e6


def not_numbers(future: Sequence[Bar]) -> list[Bar]:
    """Return the bars with NaN for every value."""
    return [Bar(bar.ts_open, bar.ts_close, nan, nan, nan, nan, nan) for bar in future]


def extremes(future: Sequence[Bar]) -> list[Bar]:
    """Return the bars at a million times the price and at a millionth by turns, and so the volume."""
    factors = (_HUGE if place % 2 == 0 else 1 / _HUGE for place in range(len(future)))
    return [Bar(*bar[:2], *(value * factor for value in bar[2:])) for bar, factor in zip(future, factors, strict=True)]


def reversed_order(future: Sequence[Bar]) -> list[Bar]:
    """Return the bars' values from the last to the first, rises where falls were; a lone bar is turned upside down."""
    if len(future) == 1:
        (bar,) = future
        return [bar._replace(open=bar.close * 2, high=bar.high * 2, low=bar.low / 2, close=bar.open / 2)]
    values = [bar[2:] for bar in reversed(future)]
    return [Bar(*bar[:2], *value) for bar, value in zip(future, values, strict=True)]


def nothing(future: Sequence[Bar]) -> list[Bar]:
    """Return no bar: the future has not happened."""
    del future
    return []


POISONS: Mapping[str, Poison] = {
    "future bars that are not numbers": not_numbers,
    "future bars at extreme prices": extremes,
    "future bars in reversed order": reversed_order,
    "no future bars": nothing,
}
