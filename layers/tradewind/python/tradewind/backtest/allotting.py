"""Who gets what is free at one bar: over flat arrays what `application.allotment` and the executor do in decimals."""

from tradewind.backtest.asking import level_of
from tradewind.backtest.layout import (
    ACTIVE,
    ACTIVE_BEFORE,
    ASSUMED,
    BOOK,
    BUSY,
    CASH_BEFORE,
    COARSE,
    CURSOR,
    DENIED,
    ENTERED,
    ENTRY,
    ENTRY_LOTS,
    ENTRY_STOP,
    ENTRY_TARGET,
    ENTRY_WORST,
    EQUITY_BEFORE,
    EXACT,
    GRANTED,
    GRANTED_IN_ALL,
    GRANTED_TO,
    GRANTS,
    GRID,
    HELD_BEFORE,
    LOSSES,
    LOT,
    LOTS,
    MARK,
    MINIMUM,
    MINUTE,
    MOVED,
    ORDERS,
    PARENT,
    PEAK_BEFORE,
    PLACE,
    R_DAILY_LOSS,
    R_ENTRY,
    R_INSUFFICIENT_CASH,
    R_MAX_DRAWDOWN,
    R_MAX_EXPOSURE,
    R_MAX_INSTRUMENT_EXPOSURE,
    R_MAX_OPEN_POSITIONS,
    R_MAX_ORDER_NOTIONAL,
    R_MAX_STRATEGY_EXPOSURE,
    R_NO_STOP,
    R_ORDER_RATE,
    R_SIZE_TOO_SMALL,
    RESERVED_BEFORE,
    SENT,
    SHARE,
    SPOT,
    STAKE,
    TIED_BEFORE,
    TODAY_BEFORE,
    UNIT,
    VERSION,
    Stage,
)
from tradewind.backtest.ledger import (
    fee_of,
    gain_at_marks,
    price_of,
    restake,
    tick_of,
    ticks_of,
)
from tradewind.backtest.matcher import emit
from tradewind.backtest.sizing import terms_at
from tradewind.execution.matching import slipped
from tradewind.risk.position_size import entry_lots, whole_lots

_MINUTE = 60_000


def rank(stage: Stage, count: int) -> None:
    """Sort the step's wishes: the strongest first, equal ones by instrument, then by strategy."""
    wishes = stage.scratch
    for one in range(1, count):
        k, at = wishes[one], one
        strength = _strength(stage, k)
        while at > 0:
            other = wishes[at - 1]
            theirs = _strength(stage, other)
            if theirs > strength or (theirs == strength and stage.ranks[other] < stage.ranks[k]):
                break
            wishes[at] = other
            at -= 1
        wishes[at] = k


def _strength(stage: Stage, k: int) -> float:
    s, i = k // stage.instruments, k % stage.instruments
    return stage.signals.strength[s * stage.window.width + stage.spots[i * SPOT + PLACE]]


def grant(
    stage: Stage,
    k: int,
    ts: int,
) -> None:
    """Grant or deny one wish, and place its order."""
    s, i = k // stage.instruments, k % stage.instruments
    at = s * stage.window.width + stage.spots[i * SPOT + PLACE]
    mark = ticks_of(stage.market.close[stage.spots[i * SPOT + CURSOR] - 1], tick_of(stage, i))
    stage.spots[i * SPOT + MARK] = mark
    close, stop = price_of(stage, i, mark), stage.signals.stop[at]
    if not 0.0 < stop < close:
        stage.signals.code[at] = R_NO_STOP
        return
    worst = slipped(mark, 1, stage.rules.collar_bps)
    lots = _size(stage, s, i, at, worst)
    if lots == 0:
        stage.signals.code[at] = R_SIZE_TOO_SMALL
        return
    volume = lots * worst
    reserved = volume * stage.grid[i * GRID + UNIT] + fee_of(stage, i, volume)
    denial = _wild(stage, ts) or _lost(stage) or _denial(stage, s, i, reserved)
    if denial:
        stage.signals.code[at] = denial
        return
    stage.signals.code[at] = R_ENTRY
    stage.stakes[i * STAKE + GRANTED] += reserved
    stage.account[GRANTED_IN_ALL] += reserved
    stage.shares[s * SHARE + GRANTED_TO] += reserved
    _place(stage, i, k, at, ts, lots, worst)
    restake(stage, i)


def _size(stage: Stage, s: int, i: int, at: int, worst: int) -> int:
    lot, mark = stage.grid[i * GRID + LOT], stage.spots[i * SPOT + MARK]
    if stage.rules.fixed_quantity > 0.0:
        return whole_lots(stage.rules.fixed_quantity / lot) // stage.exact[i * EXACT + COARSE]
    stop, terms = stage.signals.stop[at], terms_at(stage, s, at)
    at_cost = stage.account[EQUITY_BEFORE] + stage.account[LOSSES]
    equity = at_cost + gain_at_marks(stage)
    close, highest = price_of(stage, i, mark), price_of(stage, i, worst)
    lots = entry_lots(equity, at_cost, close, highest, stop, lot, stage.grid[i * GRID + MINIMUM], terms)
    return lots // stage.exact[i * EXACT + COARSE]


def _wild(stage: Stage, ts: int) -> int:
    """Return the code where an entry would be one too many in its minute, or 0."""
    sent = stage.counts[SENT] if stage.counts[MINUTE] >= ts // _MINUTE else 0
    return R_ORDER_RATE if sent + stage.counts[GRANTS] >= stage.rules.orders_per_minute else 0


def _lost(stage: Stage) -> int:
    """Return the code where the account has lost too much for anything new, in a day or since its peak, or 0."""
    account, rules = stage.account, stage.rules
    at_cost, today = account[EQUITY_BEFORE] + account[LOSSES], account[TODAY_BEFORE] + account[LOSSES]
    if -today >= rules.daily_loss * (at_cost - today):
        return R_DAILY_LOSS
    fallen = rules.drawdown > 0.0 and account[PEAK_BEFORE] - at_cost >= rules.drawdown * account[PEAK_BEFORE]
    return R_MAX_DRAWDOWN if fallen else 0


def _denial(stage: Stage, s: int, i: int, reserved: float) -> int:
    """Return the code of the first limit that an entry would break, or 0: `risk.limits`, in its order.

    What the bar uses counts, what it frees does not: cash, slots and exposure are those of before it.
    """
    account, stakes, spots = stage.account, stage.stakes, stage.spots
    at_cost = account[EQUITY_BEFORE] + account[LOSSES]
    taken, exposure, held_back = 0, account[GRANTED_IN_ALL], account[GRANTED_IN_ALL]
    for j in range(stage.instruments):
        taken += 1 if j == i or spots[j * SPOT + ACTIVE_BEFORE] > 0 or stakes[j * STAKE + GRANTED] > 0.0 else 0
        exposure += stakes[j * STAKE + HELD_BEFORE] + stakes[j * STAKE + RESERVED_BEFORE]
        held_back += stakes[j * STAKE + RESERVED_BEFORE]
    at = i * STAKE
    mine = stakes[at + HELD_BEFORE] + stakes[at + RESERVED_BEFORE] + stakes[at + GRANTED]
    if 0.0 < stage.rules.order_notional < reserved:
        return R_MAX_ORDER_NOTIONAL
    if taken > stage.rules.open_positions:
        return R_MAX_OPEN_POSITIONS
    if mine + reserved > stage.rules.instrument_exposure * at_cost:
        return R_MAX_INSTRUMENT_EXPOSURE
    tied = stage.shares[s * SHARE + TIED_BEFORE] + stage.shares[s * SHARE + GRANTED_TO]
    limit = stage.rules.strategy_exposure
    if limit > 0.0 and tied + reserved > limit * at_cost:
        return R_MAX_STRATEGY_EXPOSURE
    if exposure + reserved > stage.rules.exposure * at_cost:
        return R_MAX_EXPOSURE
    return R_INSUFFICIENT_CASH if reserved > account[CASH_BEFORE] - held_back else 0


def _place(stage: Stage, i: int, k: int, at: int, ts: int, lots: int, worst: int) -> None:
    """Order an entry; one on an instrument where another order of this step came first is denied by the executor."""
    books, book, tick = stage.books, k * BOOK, tick_of(stage, i)
    order, spot = stage.counts[ORDERS], i * SPOT
    stage.counts[ORDERS] += 1
    parent = books[book + PARENT] if books[book + LOTS] != 0 else order
    stop, target = level_of(stage.signals.stop[at], tick), level_of(stage.signals.target[at], tick)
    emit(stage, ENTERED, ts, (k, order, parent, lots, stage.spots[spot + MARK], stop, target, worst))
    if stage.spots[spot + MOVED]:
        stage.counts[GRANTS] += 1
        emit(stage, DENIED, ts, (k, order, parent, stage.spots[spot + ASSUMED], stage.spots[spot + VERSION], 0, 0, 0))
        return
    _count(stage, ts // _MINUTE)
    stage.spots[spot + MOVED] = 1
    stage.spots[spot + VERSION] += 2
    stage.spots[spot + ACTIVE] += 1
    stage.counts[BUSY] += 1
    books[book + ENTRY] = order
    books[book + PARENT] = parent
    books[book + ENTRY_LOTS] = lots
    books[book + ENTRY_STOP] = stop
    books[book + ENTRY_TARGET] = target
    books[book + ENTRY_WORST] = worst


def _count(stage: Stage, minute: int) -> None:
    """Count an entry that was sent, in its minute."""
    counts = stage.counts
    counts[SENT] = counts[SENT] + 1 if counts[MINUTE] >= minute else 1
    counts[MINUTE] = max(counts[MINUTE], minute)
