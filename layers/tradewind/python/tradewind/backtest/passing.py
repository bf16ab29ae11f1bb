"""Many steps at once, where an only instrument gives nothing to do: the same numbers as `loop` one by one."""

from tradewind.backtest.asking import answer_for, ask_flat, take_answer, view_of
from tradewind.backtest.curve import note_held, point, set_point
from tradewind.backtest.layout import (
    ANSWERED,
    ASKS,
    BARS_HELD,
    BUSY,
    CASH,
    CURSOR,
    EXIT,
    MARK,
    MOVES_LEVELS,
    NEXT_POINT,
    NONE,
    OPEN,
    R_IN_POSITION,
    R_STATE_FAULT,
    STEPS,
    Stage,
)
from tradewind.backtest.ledger import tick_of, ticks_of, whole
from tradewind.backtest.matcher import may_touch

_MOST = 128
"""Bars that are looked at ahead: a position may end after a few, and each looks again."""


def pass_by_all(stage: Stage) -> None:
    """Pass all steps by on which nothing is held and nobody asks."""
    row, last, ts = stage.spots[CURSOR], stage.window.last[0], stage.market.ts
    place, start, equity = stage.window.place[0] - stage.window.first[0], stage.rules.start, whole(stage.account, CASH)
    steps, due = 0, stage.account[NEXT_POINT]
    while row < last:
        for s in range(stage.strategies):
            at = s * stage.window.width + place + row
            ask_flat(stage, s, row, at)
            if stage.signals.code[at] == ASKS:
                last = row
        if row == last:
            break
        if ts[row] > start:
            steps += 1
            if ts[row] > due:
                if row > stage.spots[CURSOR] and ts[row - 1] > start:
                    set_point(stage, ts[row - 1], equity, 0.0)
                point(stage, ts[row], equity, 0.0)
                due = stage.account[NEXT_POINT]
                steps -= 1
        row += 1
    stage.counts[STEPS] += steps
    if row > stage.spots[CURSOR] and ts[row - 1] > start:
        set_point(stage, ts[row - 1], equity, 0.0)
    stage.spots[CURSOR] = row


def stay(stage: Stage) -> None:
    """Pass all steps by on which an only strategy stays in what it holds, and nothing of it fills."""
    if stage.counts[BUSY] != stage.counts[OPEN] or stage.books[EXIT] != NONE or stage.terms[MOVES_LEVELS] > 0.0:
        return
    row, tick = stage.spots[CURSOR], tick_of(stage, 0)
    count = _untouched(stage, row, tick)
    if count == 0:
        return
    at = stage.window.place[0] + row - stage.window.first[0]
    stage.books[BARS_HELD] += 1
    answer_for(stage, 0, row, at, count, view_of(stage, 0))
    stage.books[BARS_HELD] -= 1
    count = int(stage.answer[ANSWERED])
    take_answer(stage, 0, 0, at + count - 1)
    if stage.signals.code[at + count - 1] != R_IN_POSITION:
        count -= 1  # a step of its own, for which it is asked again
    if count == 0:
        return
    for one in range(at, at + count):
        stage.signals.code[one] = R_IN_POSITION
    note_held(stage, row, count)
    stage.spots[MARK] = ticks_of(stage.market.close[row + count - 1], tick)
    stage.books[BARS_HELD] += count
    stage.spots[CURSOR] = row + count


def _untouched(stage: Stage, row: int, tick: float) -> int:
    """Return how many bars, of the next few, come near neither stop nor target, and can be decided on."""
    place, end, last = stage.window.place[0] - stage.window.first[0], row, min(stage.window.last[0], row + _MOST)
    while end < last and not may_touch(stage, 0, end, tick):
        if stage.signals.code[place + end] == R_STATE_FAULT:
            break
        end += 1
    return end - row
