"""Who belongs to the universe on a bar: plain functions over the rows at which instruments join and leave it."""

from collections.abc import Iterator

import numpy as np

from tradewind.backtest.layout import CURSOR, SPOT, Stage
from tradewind.backtest.setup import Setup


def turns(setup: Setup) -> list[int]:
    """Return where each instrument's turns begin, one place more for where the last ones end, and then the turns.

    A turn is the row from which on an instrument belongs, or no longer does; before its first it does not.
    """
    if setup.universe is None:
        return []
    rows, starts, begin = list[int](), list[int](), 0
    places = len(setup.bars.columns) + 1
    for one in setup.bars.columns:
        starts.append(places + len(rows))
        times = np.array(setup.universe.turns_of(one.instrument.id), np.int64)
        rows += (begin + np.searchsorted(one.ts, times, "right")).tolist()
        begin += len(one.ts)
    return [*starts, places + len(rows), *rows]


def next_turn(stage: Stage, i: int, row: int) -> int:
    """Return the place of an instrument's first turn after a row."""
    low, high = stage.turns[i], stage.turns[i + 1]
    while low < high:
        middle = (low + high) // 2
        if stage.turns[middle] <= row:
            low = middle + 1
        else:
            high = middle
    return low


def end_of_stretch(stage: Stage, i: int, row: int) -> int:
    """Return the first row of the window after this one on which the instrument belongs no longer, or its end."""
    last, place = stage.window.last[i], next_turn(stage, i, row)
    return min(last, stage.turns[place]) if place < stage.turns[i + 1] else last


def belongs(stage: Stage, i: int) -> bool:
    """Return whether an instrument belongs on the bar that was taken last."""
    row = stage.spots[i * SPOT + CURSOR] - 1
    return (next_turn(stage, i, row) - stage.turns[i]) % 2 == 1


def outside(stage: Stage, i: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of rows of the window on which an instrument does not belong; none without a universe."""
    if stage.rules.universe == 0:
        return
    first, last = int(stage.window.first[i]), int(stage.window.last[i])
    rows = [int(row) for row in stage.turns[stage.turns[i] : stage.turns[i + 1]]]
    since = first
    for place, row in enumerate(rows):
        if place % 2 == 0 and since < min(row, last):
            yield since, min(row, last)
        since = max(first, row)
    if len(rows) % 2 == 0 and since < last:
        yield since, last
