"""The curve of equity: a point a stretch of time, and the deepest fall and the longest on the way."""

from tradewind.backtest.layout import (
    CASH,
    COST,
    DEEPEST,
    EXPOSURE,
    FALL_FROM,
    FALL_TO,
    HELD,
    HELD_STEPS,
    LONGEST,
    LOTS,
    NEXT_POINT,
    OPEN,
    PEAK,
    PEAK_TS,
    POINT,
    POINT_EVERY,
    POINTS,
    STAKE,
    STEPS,
    UNDER,
    UNIT,
    Stage,
)
from tradewind.backtest.ledger import gain_at_marks, tick_of, ticks_of, whole

NOWHERE = 1e300
"""Above every equity."""


def note(stage: Stage, ts: int) -> None:
    """Note what everything is worth after a step: the curve, the deepest fall and the longest."""
    account, counts, held = stage.account, stage.counts, 0.0
    if counts[OPEN] > 0:
        counts[HELD_STEPS] += 1
        held = gain_at_marks(stage)
        for i in range(stage.instruments):
            held += stage.stakes[i * STAKE + HELD]
    equity = whole(account, CASH) + held
    account[EXPOSURE] += held / equity if equity > 0.0 else 0.0
    point(stage, ts, equity, held)
    _measure_fall(stage, ts, equity)


def note_held(stage: Stage, row: int, count: int) -> None:
    """Note the same after some steps of an only instrument in which nothing but the price of what is held changes."""
    account, ts, cash, tick = stage.account, stage.market.ts, whole(stage.account, CASH), tick_of(stage, 0)
    lots, paid, unit, cost = stage.books[LOTS], stage.books[COST], stage.grid[UNIT], stage.stakes[HELD]
    exposure, equity, held, last = account[EXPOSURE], 0.0, 0.0, 0
    peak, lowest, due, steps = account[PEAK], NOWHERE, account[NEXT_POINT], 0
    for one in range(row, row + count):
        if ts[one] > due and last:
            set_point(stage, last, equity, held)
        last = ts[one]
        held = (lots * ticks_of(stage.market.close[one], tick) - paid) * unit + cost
        equity = cash + held
        exposure += held / equity if equity > 0.0 else 0.0
        if last > due:
            point(stage, last, equity, held)
            due, steps = account[NEXT_POINT], steps - 1
        steps += 1
        if equity >= peak or equity < lowest:  # between them nothing can be the highest or the deepest
            _measure_fall(stage, last, equity)
            peak, lowest = account[PEAK], equity if equity < peak else NOWHERE
    account[EXPOSURE] = exposure
    stage.counts[STEPS] += steps
    stage.counts[HELD_STEPS] += count
    set_point(stage, last, equity, held)


def point(stage: Stage, ts: int, equity: float, held: float) -> None:
    """Put a point on the curve, in the place of the last one where that is of the same stretch of time."""
    account, counts = stage.account, stage.counts
    counts[STEPS] += 1
    if ts > account[NEXT_POINT]:
        account[NEXT_POINT] = (ts - 1) // counts[POINT_EVERY] * counts[POINT_EVERY] + counts[POINT_EVERY]
        counts[POINTS] += 1
    set_point(stage, ts, equity, held)


def set_point(stage: Stage, ts: int, equity: float, held: float) -> None:
    """Let the last point of the curve tell of this moment."""
    at = (stage.counts[POINTS] - 1) * POINT
    stage.curve[at] = ts
    stage.curve[at + 1] = equity
    stage.curve[at + 2] = held


def _measure_fall(stage: Stage, ts: int, equity: float) -> None:
    account, counts = stage.account, stage.counts
    if equity >= account[PEAK]:
        if counts[UNDER] != 0:
            counts[LONGEST] = max(counts[LONGEST], ts - counts[PEAK_TS])
            counts[UNDER] = 0
        account[PEAK] = equity
        counts[PEAK_TS] = ts
        return
    counts[UNDER] = 1
    fall = (account[PEAK] - equity) / account[PEAK]
    if fall > account[DEEPEST]:
        account[DEEPEST] = fall
        counts[FALL_FROM] = counts[PEAK_TS]
        counts[FALL_TO] = ts
