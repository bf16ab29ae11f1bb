"""The event loop: every step of a window, shard by shard, exactly as ARCHITECTURE's "One bar, step by step" has it."""

from tradewind.backtest.allotting import grant, rank
from tradewind.backtest.asking import answer_for, asks, move_levels, place_exit, take_answer, view_of
from tradewind.backtest.layout import (
    ACTIVE,
    ACTIVE_BEFORE,
    ASKS,
    ASSUMED,
    BOOK,
    BUSY,
    CASH,
    CASH_BEFORE,
    CHANGED,
    CURSOR,
    DEEPEST,
    EQUITY_BEFORE,
    EVENTS,
    EXPOSURE,
    FALL_FROM,
    FALL_TO,
    FIRST_EXIT,
    GRANTED,
    GRANTED_IN_ALL,
    HELD,
    HELD_BEFORE,
    HELD_STEPS,
    LONGEST,
    LOSSES,
    LOTS,
    MOVED,
    MOVES_LEVELS,
    NEXT_POINT,
    NONE,
    OPEN,
    PEAK,
    PEAK_TS,
    PLACE,
    POINT,
    POINT_EVERY,
    POINTS,
    R_IN_POSITION,
    R_STATE_FAULT,
    RESERVED,
    RESERVED_BEFORE,
    SPOT,
    STAKE,
    STEPS,
    TERM,
    TODAY_BEFORE,
    UNDER,
    VERSION,
    Stage,
)
from tradewind.backtest.ledger import book_equity, day_of, gain_at_marks, realised_on, whole
from tradewind.backtest.matcher import match_bar
from tradewind.backtest.pausing import forget

_NEVER = 1 << 62


def walk(stage: Stage) -> None:
    """Walk through a window."""
    for i in range(stage.instruments):
        stage.spots[i * SPOT + CURSOR] = stage.window.first[i]
    while True:
        if stage.counts[BUSY] == 0 and stage.instruments == 1:
            _pass_all_by(stage)
        ts = _NEVER
        for i in range(stage.instruments):
            row = stage.spots[i * SPOT + CURSOR]
            if row < stage.window.last[i] and stage.market.ts[row] < ts:
                ts = stage.market.ts[row]
        if ts == _NEVER:
            return
        if stage.counts[BUSY] == 0 and _pass_by(stage, ts):
            if ts > stage.rules.start:
                _point(stage, ts, whole(stage.account, CASH), 0.0)
            continue
        for shard in range(stage.shard_count):
            between = (stage.shards[shard], stage.shards[shard + 1])
            _step(stage, ts, between)
        if ts > stage.rules.start:
            _note(stage, ts)


def _pass_all_by(stage: Stage) -> None:
    """Pass all steps of an only instrument by until somebody asks: what `_pass_by` does, many steps at once."""
    row, last, ts = stage.spots[CURSOR], stage.window.last[0], stage.market.ts
    place, start, equity = stage.window.place[0] - stage.window.first[0], stage.rules.start, whole(stage.account, CASH)
    steps, due = 0, stage.account[NEXT_POINT]
    while row < last:
        for s in range(stage.strategies):
            if stage.signals.code[s * stage.window.width + place + row] == ASKS:
                last = row
        if row == last:
            break
        if ts[row] > start:
            steps += 1
            if ts[row] > due:
                _point(stage, ts[row], equity, 0.0)
                due = stage.account[NEXT_POINT]
                steps -= 1
        row += 1
    stage.counts[STEPS] += steps
    if row > stage.spots[CURSOR] and ts[row - 1] > start:
        _set_point(stage, ts[row - 1], equity, 0.0)
    stage.spots[CURSOR] = row


def _pass_by(stage: Stage, ts: int) -> bool:
    """Pass a step by on which nothing is held, nothing is ordered and nobody asks; return whether it is one."""
    for i in range(stage.instruments):
        row = stage.spots[i * SPOT + CURSOR]
        if row < stage.window.last[i] and stage.market.ts[row] == ts:
            place = stage.window.place[i] + row - stage.window.first[i]
            for s in range(stage.strategies):
                if stage.signals.code[s * stage.window.width + place] == ASKS:
                    return False
    for i in range(stage.instruments):
        row = stage.spots[i * SPOT + CURSOR]
        if row < stage.window.last[i] and stage.market.ts[row] == ts:
            stage.spots[i * SPOT + CURSOR] = row + 1
    return True


def _step(
    stage: Stage,
    ts: int,
    shard: tuple[int, int],
) -> None:
    """Take one shard one step: match what is ordered and held, ask every strategy, allot what is free."""
    spots, eventful, before = stage.spots, False, stage.counts[EVENTS]
    for i in range(shard[0], shard[1]):
        row = spots[i * SPOT + CURSOR]
        if row >= stage.window.last[i] or stage.market.ts[row] != ts:
            spots[i * SPOT + PLACE] = NONE
            continue
        spots[i * SPOT + CURSOR] = row + 1
        spots[i * SPOT + PLACE] = stage.window.place[i] + row - stage.window.first[i]
        if spots[i * SPOT + ACTIVE] > 0:
            if not eventful:
                _remember(stage, ts)
                eventful = True
            match_bar(stage, i, row)
    wishes, exits = _ask(stage, ts, shard)
    if wishes > 0 and not eventful:
        _remember(stage, ts)
    if wishes > 0 or exits > 0:
        _answer(stage, ts, wishes, exits)
    if stage.counts[EVENTS] != before:
        _settle(stage, shard)


def _remember(stage: Stage, ts: int) -> None:
    """Keep what the account was before the bar."""
    stage.account[CASH_BEFORE] = whole(stage.account, CASH)
    stage.account[EQUITY_BEFORE] = book_equity(stage)
    stage.account[TODAY_BEFORE] = realised_on(stage, day_of(ts))


def _ask(
    stage: Stage,
    ts: int,
    shard: tuple[int, int],
) -> tuple[int, int]:
    """Ask every strategy about every instrument; return how many ask to enter, and how many leave."""
    wishes, exits, middle = 0, 0, stage.strategies * stage.instruments
    for s in range(stage.strategies):
        for i in range(shard[0], shard[1]):
            place = stage.spots[i * SPOT + PLACE]
            if place == NONE:
                continue
            k, at = s * stage.instruments + i, s * stage.window.width + place
            if stage.books[k * BOOK + LOTS] != 0 and stage.signals.code[at] != R_STATE_FAULT:
                row = stage.spots[i * SPOT + CURSOR] - 1
                answer_for(stage, s, row, at, view_of(stage, k))
                take_answer(stage, s, k, at)
                if stage.signals.code[at] >= FIRST_EXIT:
                    stage.scratch[middle + exits] = k
                    exits += 1
                elif stage.terms[s * TERM + MOVES_LEVELS] > 0.0 and stage.signals.code[at] in (ASKS, R_IN_POSITION):
                    move_levels(stage, i, k, at, ts)
            if stage.signals.code[at] == ASKS and asks(stage, k, at, ts):
                stage.scratch[wishes] = k
                wishes += 1
    return wishes, exits


def _answer(
    stage: Stage,
    ts: int,
    wishes: int,
    exits: int,
) -> None:
    """Place exits, then grant or deny entries in their rank."""
    for one in range(wishes):
        spot = stage.scratch[one] % stage.instruments * SPOT
        stage.spots[spot + ASSUMED] = stage.spots[spot + VERSION] if stage.spots[spot + ACTIVE] > 0 else NONE
    for one in range(exits):
        k = stage.scratch[stage.strategies * stage.instruments + one]
        i = k % stage.instruments
        place_exit(stage, i, k, k // stage.instruments * stage.window.width + stage.spots[i * SPOT + PLACE], ts)
    rank(stage, wishes)
    for one in range(wishes):
        grant(stage, stage.scratch[one], ts)


def _settle(stage: Stage, shard: tuple[int, int]) -> None:
    """Let what the bar freed be free from the next step on."""
    for i in range(shard[0], shard[1]):
        spot, stake = i * SPOT, i * STAKE
        stage.spots[spot + ACTIVE_BEFORE] = stage.spots[spot + ACTIVE]
        stage.spots[spot + CHANGED] = 0
        stage.spots[spot + MOVED] = 0
        stage.stakes[stake + HELD_BEFORE] = stage.stakes[stake + HELD]
        stage.stakes[stake + RESERVED_BEFORE] = stage.stakes[stake + RESERVED]
        stage.stakes[stake + GRANTED] = 0.0
    if stage.rules.remembers > 0:
        forget(stage)
    stage.account[LOSSES] = 0.0
    stage.account[GRANTED_IN_ALL] = 0.0


def _note(stage: Stage, ts: int) -> None:
    """Note what everything is worth after a step: the curve, the deepest fall and the longest."""
    account, counts, held = stage.account, stage.counts, 0.0
    if counts[OPEN] > 0:
        counts[HELD_STEPS] += 1
        held = gain_at_marks(stage)
        for i in range(stage.instruments):
            held += stage.stakes[i * STAKE + HELD]
    equity = whole(account, CASH) + held
    account[EXPOSURE] += held / equity if equity > 0.0 else 0.0
    _point(stage, ts, equity, held)
    _measure_fall(stage, ts, equity)


def _point(stage: Stage, ts: int, equity: float, held: float) -> None:
    """Put a point on the curve, in the place of the last one where that is of the same stretch of time."""
    account, counts = stage.account, stage.counts
    counts[STEPS] += 1
    if ts > account[NEXT_POINT]:
        account[NEXT_POINT] = (ts - 1) // counts[POINT_EVERY] * counts[POINT_EVERY] + counts[POINT_EVERY]
        counts[POINTS] += 1
    _set_point(stage, ts, equity, held)


def _set_point(stage: Stage, ts: int, equity: float, held: float) -> None:
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
