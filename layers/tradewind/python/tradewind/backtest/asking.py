"""What the strategies say at one bar: over flat arrays what `application.desk` does over books and orders."""

from tradewind.backtest.belonging import belongs, end_of_stretch
from tradewind.backtest.layout import (
    ASKS,
    BARS_HELD,
    BOOK,
    CHANGED,
    ENTRIES,
    ENTRY,
    EXIT,
    EXIT_REASON,
    FIRST_EXIT,
    HELD_PRICE,
    HELD_QUANTITY,
    LEFT,
    LEVELS,
    LOTS,
    MARK,
    MOST_ENTRIES,
    MOVED,
    NONE,
    ORDERS,
    PARENT,
    R_ENTRY_WORKING,
    R_EXIT_WORKING,
    R_FAULT,
    R_IN_POSITION,
    R_NOT_A_MEMBER,
    SPOT,
    STOP,
    STOP_PRICE,
    TARGET,
    TARGET_PRICE,
    TERM,
    UNASKED,
    VERSION,
    VIEW,
    Stage,
)
from tradewind.backtest.ledger import tick_of, ticks_of
from tradewind.backtest.matcher import emit, show
from tradewind.backtest.pausing import paused
from tradewind.domain.signal import FLAT, PositionView


def answer_for(stage: Stage, k: int, row: int, at: int, count: int, position: PositionView) -> None:
    """Let a strategy say what it does at some bars one after the other, as long as it does nothing.

    The last one answered for is the first of `count` at which it asks to enter or to leave, or gives no sound answer.
    Written are code and digest of each, and of the last one everything else; how many they are goes into `answer`. The
    compiled engine puts its own in the place of this one.

    Parameters
    ----------
    k : int
        Strategy and instrument.
    row, at : int
        The first bar, and where the window's signals have it.
    position : PositionView
        What the strategy holds at the first bar; later ones see it older.
    """
    assert callable(stage.rule)  # noqa: S101 - the interpreted engine sets it
    stage.rule(stage, k, row, at, count, position)


def ask_flat(stage: Stage, k: int, row: int, at: int) -> None:
    """Ask a strategy that holds nothing about the bars from a row on, if it was not asked yet."""
    if stage.signals.code[at] == UNASKED:
        i = k % stage.instruments
        last = stage.window.last[i] if stage.rules.universe == 0 else end_of_stretch(stage, i, row)
        answer_for(stage, k, row, at, last - row, FLAT)


def view_of(stage: Stage, k: int) -> PositionView:
    """Return what a strategy holds as it sees it."""
    views, view, book = stage.views, k * VIEW, k * BOOK
    return PositionView(
        views[view + HELD_QUANTITY],
        views[view + HELD_PRICE],
        float(stage.books[book + BARS_HELD]),
        views[view + STOP_PRICE],
        views[view + TARGET_PRICE],
        float(stage.books[book + ENTRIES]),
    )


def take_answer(stage: Stage, s: int, k: int, at: int) -> None:
    """Note what a strategy said of what it holds: a fault, an exit, a wish for more, or to stay."""
    book, reason, code = k * BOOK, int(stage.answer[EXIT_REASON]), stage.signals.code[at]
    if code == R_FAULT:
        return
    if reason > 0:
        stage.signals.code[at] = R_EXIT_WORKING if stage.books[book + EXIT] != NONE else FIRST_EXIT + reason - 1
    elif code != ASKS or stage.books[book + ENTRIES] >= stage.terms[s * TERM + MOST_ENTRIES]:
        stage.signals.code[at] = R_IN_POSITION


def asks(stage: Stage, k: int, at: int, ts: int) -> bool:
    """Return whether a strategy asks to enter and may; note why where it may not."""
    if stage.signals.code[at] != ASKS:
        return False
    if stage.rules.universe != 0 and not belongs(stage, k % stage.instruments):
        stage.signals.code[at] = R_NOT_A_MEMBER
        return False
    if stage.books[k * BOOK + ENTRY] != NONE:
        stage.signals.code[at] = R_ENTRY_WORKING
        return False
    if stage.rules.remembers > 0 and stage.books[k * BOOK + LOTS] == 0:
        code = paused(stage, k // stage.instruments, k % stage.instruments, ts)
        if code != 0:
            stage.signals.code[at] = code
            return False
    return True


def move_levels(stage: Stage, i: int, k: int, at: int, ts: int) -> None:
    """Move the stop and the target of what is held, as `execution.paper.move_levels` does.

    They work from the next bar on. A stop only rises, and never to the bar's close or above it.
    """
    books, book, tick = stage.books, k * BOOK, tick_of(stage, i)
    wanted_stop, wanted_target = level_of(stage.signals.stop[at], tick), level_of(stage.signals.target[at], tick)
    stop, target = books[book + STOP], books[book + TARGET]
    if 0 < stop < wanted_stop < stage.spots[i * SPOT + MARK]:
        books[book + STOP] = wanted_stop
    if target > 0 and wanted_target > 0:
        books[book + TARGET] = wanted_target
    if books[book + STOP] == stop and books[book + TARGET] == target:
        return
    show(stage, i, k)
    if stage.spots[i * SPOT + CHANGED] == 0:
        stage.spots[i * SPOT + CHANGED] = 1
        stage.spots[i * SPOT + VERSION] += 1
    emit(stage, LEVELS, ts, (k, NONE, books[book + PARENT], 0, 0, books[book + STOP], books[book + TARGET], 0))


def level_of(price: float, tick: float) -> int:
    """Return a signal's level as whole ticks; 0 for none."""
    return ticks_of(price, tick) if price > 0.0 else 0


def place_exit(stage: Stage, i: int, k: int, at: int, ts: int) -> None:
    """Order an exit of all that a strategy holds; it fills at the next bar's open."""
    order = stage.counts[ORDERS]
    stage.counts[ORDERS] += 1
    stage.books[k * BOOK + EXIT] = order
    stage.spots[i * SPOT + VERSION] += 2
    stage.spots[i * SPOT + MOVED] = 1
    reason = stage.signals.code[at]
    emit(stage, LEFT, ts, (k, order, stage.books[k * BOOK + PARENT], stage.books[k * BOOK + LOTS], 0, reason, 0, 0))
