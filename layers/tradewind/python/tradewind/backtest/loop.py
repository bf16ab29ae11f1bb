"""The event loop: every step of a window, shard by shard, exactly as ARCHITECTURE's "One bar, step by step" has it."""

from tradewind.backtest.allotting import grant, rank
from tradewind.backtest.asking import answer_for, ask_flat, asks, move_levels, place_exit, take_answer, view_of
from tradewind.backtest.curve import note, point
from tradewind.backtest.layout import (
    ACTIVE,
    ACTIVE_BEFORE,
    ASKS,
    ASSUMED,
    BOOK,
    BOOKED_PEAK,
    BUSY,
    CASH,
    CASH_BEFORE,
    CHANGED,
    CURSOR,
    EQUITY_BEFORE,
    EVENTS,
    FIRST_EXIT,
    GRANTED,
    GRANTED_IN_ALL,
    GRANTED_TO,
    GRANTS,
    HELD,
    HELD_BEFORE,
    LOSSES,
    LOTS,
    MOVED,
    MOVES_LEVELS,
    NONE,
    PEAK_BEFORE,
    PLACE,
    R_IN_POSITION,
    R_STATE_FAULT,
    RESERVED,
    RESERVED_BEFORE,
    SHARE,
    SPOT,
    STAKE,
    TERM,
    TIED_BEFORE,
    TODAY_BEFORE,
    VERSION,
    Stage,
)
from tradewind.backtest.ledger import book_equity, day_of, realised_on, tied_up, whole
from tradewind.backtest.matcher import match_bar
from tradewind.backtest.passing import pass_by_all, stay
from tradewind.backtest.pausing import forget

_NEVER = 1 << 62


def walk(stage: Stage) -> None:
    """Walk through a window."""
    for i in range(stage.instruments):
        stage.spots[i * SPOT + CURSOR] = stage.window.first[i]
    while True:
        if stage.instruments == 1:
            if stage.counts[BUSY] == 0:
                pass_by_all(stage)
            elif stage.strategies == 1:
                stay(stage)
        ts = _next(stage)
        if ts == _NEVER:
            return
        if stage.counts[BUSY] == 0 and _pass_by(stage, ts):
            if ts > stage.rules.start:
                point(stage, ts, whole(stage.account, CASH), 0.0)
            continue
        _step_all(stage, ts)
        if ts > stage.rules.start:
            note(stage, ts)


def _next(stage: Stage) -> int:
    """Return the time of the next step; by itself, as all that is called with a constant is compiled for it alone."""
    ts = _NEVER
    for i in range(stage.instruments):
        row = stage.spots[i * SPOT + CURSOR]
        if row < stage.window.last[i] and stage.market.ts[row] < ts:
            ts = stage.market.ts[row]
    return ts


def _pass_by(stage: Stage, ts: int) -> bool:
    """Pass a step by on which nothing is held, nothing is ordered and nobody asks; return whether it is one."""
    for i in range(stage.instruments):
        row = stage.spots[i * SPOT + CURSOR]
        if row < stage.window.last[i] and stage.market.ts[row] == ts:
            place = stage.window.place[i] + row - stage.window.first[i]
            for s in range(stage.strategies):
                ask_flat(stage, s * stage.instruments + i, row, s * stage.window.width + place)
                if stage.signals.code[s * stage.window.width + place] == ASKS:
                    return False
    for i in range(stage.instruments):
        row = stage.spots[i * SPOT + CURSOR]
        if row < stage.window.last[i] and stage.market.ts[row] == ts:
            stage.spots[i * SPOT + CURSOR] = row + 1
    return True


def _step_all(stage: Stage, ts: int) -> None:
    """Take every shard one step; what the account then stands at is a peak for later ones, and for none of this."""
    before = stage.counts[EVENTS]
    for shard in range(stage.shard_count):
        _step(stage, ts, (stage.shards[shard], stage.shards[shard + 1]))
    if stage.counts[EVENTS] != before:
        stage.account[BOOKED_PEAK] = max(stage.account[BOOKED_PEAK], book_equity(stage))


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
    stage.account[PEAK_BEFORE] = max(stage.account[BOOKED_PEAK], stage.account[EQUITY_BEFORE])
    if stage.rules.strategy_exposure > 0.0:
        for s in range(stage.strategies):
            stage.shares[s * SHARE + TIED_BEFORE] = tied_up(stage, s)


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
            k, at, row = s * stage.instruments + i, s * stage.window.width + place, stage.spots[i * SPOT + CURSOR] - 1
            if stage.books[k * BOOK + LOTS] == 0:
                ask_flat(stage, k, row, at)
            elif stage.signals.code[at] != R_STATE_FAULT:
                answer_for(stage, k, row, at, 1, view_of(stage, k))
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
    for s in range(stage.strategies):
        stage.shares[s * SHARE + GRANTED_TO] = 0.0
    stage.counts[GRANTS] = 0
    stage.account[LOSSES] = 0.0
    stage.account[GRANTED_IN_ALL] = 0.0
