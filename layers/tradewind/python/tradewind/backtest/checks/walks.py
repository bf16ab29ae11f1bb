"""Bars to try a strategy on where none are given: seeded walks in which every kind of market occurs."""

import random

from tradewind.domain.bar import Bar
from tradewind.domain.timeframe import Timeframe

START = 1_704_067_200_000
"""2024-01-01, UTC ms."""

_DECIMALS = 4
_REGIME = 100
_RISE, _WILD, _FALL = (0.003, 0.007, 0.04), (0.002, 0.015, 0.03), (-0.002, 0.006, 0.0)
_REGIMES = (_RISE, _RISE, _WILD, _RISE, _FALL, _RISE)
"""Drift and spread of a bar, and the chance of a fall that lasts some bars."""


def walk(seed: int, count: int, timeframe: Timeframe = Timeframe.H1) -> list[Bar]:
    """Return a walk of rises with sharp falls in them, long falls, calm and wild stretches, and dead bars.

    Parameters
    ----------
    seed : int
        The same seed gives the same bars.
    count : int
        How many.
    """
    chance = random.Random(seed)  # noqa: S311 - the same walk every time is the point
    bars: list[Bar] = []
    close, pull = 100.0, 0
    for number in range(count):
        drift, spread, falls = _REGIMES[number // _REGIME % len(_REGIMES)]
        pull = chance.randint(4, 9) if pull <= 0 and chance.random() < falls else pull - 1
        move = chance.gauss(-1.7 * spread if pull > 0 else drift, spread)
        bars.append(_bar(chance, START + number * timeframe.ms, timeframe.ms, close, move, spread))
        close = bars[-1].close
    return bars


def _bar(chance: random.Random, ts: int, length: int, before: float, move: float, spread: float) -> Bar:
    if chance.random() < 0.01:  # noqa: PLR2004 - one bar in a hundred is dead
        return Bar(ts, ts + length, before, before, before, before, 0.0)
    open_ = round(before * (1 + chance.gauss(0, spread / 10)), _DECIMALS)
    close = round(max(before * (1 + move), 0.01), _DECIMALS)
    high = round(max(open_, close) * (1 + abs(chance.gauss(0, spread / 3))), _DECIMALS)
    low = round(min(open_, close) * (1 - abs(chance.gauss(0, spread / 3))), _DECIMALS)
    return Bar(ts, ts + length, open_, high, max(low, 0.01), close, round(chance.lognormvariate(6, 1), 2))
