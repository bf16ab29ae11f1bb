"""Bars to try indicators and strategies on: seeded walks, and the recorded ones where the shared folder exists."""

import csv
import gzip
import random
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from tests.builders import bar
from tradewind.domain.bar import Bar
from tradewind.indicators.base import Indicator

RECORDED = Path(__file__).parents[2] / "shared" / "data" / "bars"


def walk(seed: int, count: int, *, drift: float = 0.0005, volatility: float = 0.02) -> list[Bar]:
    """Return a random walk with gaps, with bars that did not move and bars without volume."""
    chance = random.Random(seed)  # noqa: S311 - the same walk every time is the point
    bars, close = [], 100.0
    for number in range(1, count + 1):
        open_ = close * (1 + chance.gauss(0, volatility / 4))
        close = open_ * (1 + chance.gauss(drift, volatility))
        if chance.random() < 0.02:
            open_ = close
        reach = 0.0 if chance.random() < 0.02 else abs(chance.gauss(0, volatility / 2))
        volume = 0.0 if chance.random() < 0.02 else chance.lognormvariate(10, 1)
        bars.append(bar(number, open_, max(open_, close) * (1 + reach), min(open_, close) * (1 - reach), close, volume))
    return bars


def recorded(path: Path, count: int) -> list[Bar]:
    """Return the first bars of a recorded file; numbered like days, since no indicator asks for the time."""
    with gzip.open(path, "rt") as lines:
        rows = islice(csv.reader(lines), 1, count + 1)
        return [bar(number, *map(float, row[1:6])) for number, row in enumerate(rows, 1)]


def run(indicator: Indicator, bars: Sequence[Bar]) -> list[tuple[float, ...]]:
    """Return an indicator's outputs after each bar, interpreted as in a function."""
    state = indicator.new_state()
    rows = []
    for each in bars:
        indicator.kernel(state, float(each.ts_open), *each[2:])
        rows.append(tuple(state[: len(indicator.outputs)]))
    return rows
