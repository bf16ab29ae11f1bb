"""One bar through everything that is ordered or held of one instrument: what the paper venue does, over whole ticks.

The rules are those of `execution.matching`, the very functions. What is done here in flat arrays, `execution.paper`
does over orders and books; a parity test holds the two together.
"""

from tradewind.backtest.layout import (
    ACTIVE,
    BARS_HELD,
    BOOK,
    BUSY,
    CANCELED,
    CHANGED,
    COARSE,
    COST,
    ENTRIES,
    ENTRY,
    ENTRY_LOTS,
    ENTRY_STOP,
    ENTRY_TARGET,
    ENTRY_WORST,
    EQUITY_BEFORE,
    EVENT,
    EVENTS,
    EXACT,
    EXIT,
    FILLED,
    GRID,
    HELD_PRICE,
    HELD_QUANTITY,
    LAST_TS,
    LEFT,
    LEG_ENTRY,
    LEG_EXIT,
    LEG_STOP,
    LEG_TARGET,
    LOSSES,
    LOT,
    LOTS,
    MARK,
    NONE,
    OPEN,
    ORDERS,
    PARENT,
    R_DELISTED,
    REJECTED,
    SPOT,
    STOP,
    STOP_PRICE,
    TARGET,
    TARGET_PRICE,
    UNIT,
    VERSION,
    VIEW,
    Stage,
)
from tradewind.backtest.ledger import (
    average_price,
    book_fill,
    fee_of,
    price_of,
    quantity_of,
    restake,
    tick_of,
    ticks_of,
)
from tradewind.backtest.pausing import remember
from tradewind.execution.matching import NO_FILL, STOPPED, bracket, slipped


def emit(stage: Stage, kind: int, ts: int, facts: tuple[int, int, int, int, int, int, int, int]) -> None:
    """Write down an event; its facts are strategy and instrument, order, parent, lots, ticks and three of its own."""
    at, events = stage.counts[EVENTS] * EVENT, stage.events
    events[at] = kind
    events[at + 1] = ts
    for place in range(8):
        events[at + 2 + place] = facts[place]
    stage.counts[EVENTS] += 1


def match_bar(stage: Stage, i: int, row: int) -> None:
    """Match one closed bar: at its open exits before entries, then stops and targets inside it.

    Parameters
    ----------
    i, row : int
        The instrument, and its bar.
    """
    tick, events_before, ordered = tick_of(stage, i), stage.counts[EVENTS], False
    stage.spots[i * SPOT + MARK] = ticks_of(stage.market.close[row], tick)
    for s in range(stage.strategies):
        at = (s * stage.instruments + i) * BOOK
        if stage.books[at + LOTS] != 0:
            stage.books[at + BARS_HELD] += 1
        ordered = ordered or stage.books[at + EXIT] != NONE or stage.books[at + ENTRY] != NONE
    if ordered:
        _match_open(stage, i, row, ticks_of(stage.market.open[row], tick))
    for s in range(stage.strategies):
        k = s * stage.instruments + i
        if stage.books[k * BOOK + LOTS] != 0 and may_touch(stage, k, row, tick):
            _match_inside(stage, i, k, row, tick)
    if stage.exact[i * EXACT + LAST_TS] == stage.market.ts[row]:
        _delist(stage, i, row)
    if stage.counts[EVENTS] != events_before:
        stage.spots[i * SPOT + CHANGED] = 1
        stage.spots[i * SPOT + VERSION] += 1
        restake(stage, i)


def _match_open(stage: Stage, i: int, row: int, open_: int) -> None:
    """Fill what is ordered at the open: exits, then entries."""
    for s in range(stage.strategies):
        k = s * stage.instruments + i
        if stage.books[k * BOOK + EXIT] != NONE:
            leave(stage, i, row, k, LEG_EXIT, open_)
    for s in range(stage.strategies):
        k = s * stage.instruments + i
        if stage.books[k * BOOK + ENTRY] != NONE:
            _enter(stage, i, row, k, open_)


def may_touch(stage: Stage, k: int, row: int, tick: float) -> bool:
    """Return whether a bar comes within a tick of a stop or a target; most do not, and need no whole ticks."""
    stop, target = stage.views[k * VIEW + STOP_PRICE], stage.views[k * VIEW + TARGET_PRICE]
    if stage.market.low[row] <= stop + tick:
        return True
    return target > 0.0 and stage.market.high[row] >= target - tick


def _match_inside(stage: Stage, i: int, k: int, row: int, tick: float) -> None:
    """Match a position's stop and target inside the bar."""
    market, book = stage.market, k * BOOK
    open_, high, low = (
        ticks_of(market.open[row], tick),
        ticks_of(market.high[row], tick),
        ticks_of(market.low[row], tick),
    )
    what, ticks = bracket(open_, high, low, stage.books[book + STOP], stage.books[book + TARGET])
    if what != NO_FILL:
        leave(stage, i, row, k, LEG_STOP if what == STOPPED else LEG_TARGET, ticks)


def show(stage: Stage, i: int, k: int) -> None:
    """Note how a strategy sees what it holds now: the floats nearest to quantity, average price and levels."""
    books, book, view = stage.books, k * BOOK, k * VIEW
    lots = books[book + LOTS]
    stage.views[view + HELD_QUANTITY] = quantity_of(stage, i, lots)
    stage.views[view + HELD_PRICE] = average_price(stage, i, books[book + COST], lots)
    stage.views[view + STOP_PRICE] = price_of(stage, i, books[book + STOP])
    stage.views[view + TARGET_PRICE] = price_of(stage, i, books[book + TARGET])


def _enter(stage: Stage, i: int, row: int, k: int, open_: int) -> None:
    """Fill a working entry at the open, unless the open lies beyond its collar."""
    books, at, ts = stage.books, k * BOOK, stage.market.ts[row]
    order, parent, ticks = books[at + ENTRY], books[at + PARENT], slipped(open_, 1, stage.rules.slippage_bps)
    books[at + ENTRY] = NONE
    stage.spots[i * SPOT + ACTIVE] -= 1
    stage.counts[BUSY] -= 1
    if ticks > books[at + ENTRY_WORST]:
        emit(stage, REJECTED, ts, (k, order, parent, books[at + ENTRY_LOTS], ticks, 0, 0, 0))
        if parent == order:
            books[at + PARENT] = NONE
        return
    lots = available(stage, i, row, books[at + ENTRY_LOTS])
    if lots == 0:
        emit(stage, CANCELED, ts, (k, order, parent, books[at + ENTRY_LOTS], 0, LEG_ENTRY, 0, 0))
        if parent == order:
            books[at + PARENT] = NONE
        return
    volume = lots * ticks
    fee = fee_of(stage, i, volume)
    if parent == order:
        stage.spots[i * SPOT + ACTIVE] += 1
        stage.counts[BUSY] += 1
        stage.counts[OPEN] += 1
        books[at + BARS_HELD] = 0
        books[at + STOP] = books[at + ENTRY_STOP]
        books[at + TARGET] = books[at + ENTRY_TARGET]
    books[at + LOTS] += lots
    books[at + COST] += volume
    books[at + ENTRIES] += 1
    show(stage, i, k)
    stage.account[LOSSES] -= fee
    book_fill(stage, ts, -volume * stage.grid[i * GRID + UNIT], fee, -fee)
    emit(stage, FILLED, ts, (k, order, parent, lots, ticks, LEG_ENTRY, row, 0))


def available(stage: Stage, i: int, row: int, lots: int) -> int:
    """Return how many of an order's lots the bar's volume lets it have."""
    share = stage.rules.volume_share
    if share <= 0.0:
        return lots
    lot = stage.grid[i * GRID + LOT] * stage.exact[i * EXACT + COARSE]
    return min(lots, int(share * stage.market.volume[row] / lot))


def _cost_of(stage: Stage, at: int, lots: int) -> int:
    """Return what some of the lots that are held cost; without a part larger than the whole on the way."""
    held, cost = stage.books[at + LOTS], stage.books[at + COST]
    return cost if lots == held else cost // held * lots + cost % held * lots // held


def _delist(stage: Stage, i: int, row: int) -> None:
    """Close what is held of an instrument whose bars end here, at its last close."""
    for s in range(stage.strategies):
        k = s * stage.instruments + i
        if stage.books[k * BOOK + LOTS] != 0:
            order, facts = stage.counts[ORDERS], stage.books[k * BOOK + LOTS]
            stage.counts[ORDERS] += 1
            stage.books[k * BOOK + EXIT] = order
            parent = stage.books[k * BOOK + PARENT]
            emit(stage, LEFT, stage.market.ts[row], (k, order, parent, facts, 0, R_DELISTED, 0, 0))
            leave(stage, i, row, k, LEG_EXIT, stage.spots[i * SPOT + MARK])


def leave(stage: Stage, i: int, row: int, k: int, leg: int, level: int) -> None:
    """Close all that a strategy holds, at a level; a target rests and does not slip, everything else takes."""
    books, at, ts, unit = stage.books, k * BOOK, stage.market.ts[row], stage.grid[i * GRID + UNIT]
    ticks = level if leg == LEG_TARGET else slipped(level, -1, stage.rules.slippage_bps)
    lots = available(stage, i, row, books[at + LOTS])
    if lots == 0:
        return
    cost = _cost_of(stage, at, lots)
    volume = lots * ticks
    fee = fee_of(stage, i, volume)
    realised = (volume - cost) * unit - fee
    if realised < 0.0:
        stage.account[LOSSES] += realised
    if stage.rules.remembers > 0:
        remember(stage, ts, k, leg, realised, cost * unit, stage.account[EQUITY_BEFORE])
    book_fill(stage, ts, volume * unit, fee, realised)
    emit(stage, FILLED, ts, (k, books[at + EXIT], books[at + PARENT], lots, ticks, leg, row, 0))
    if lots < books[at + LOTS]:  # the rest goes on at the next bar
        books[at + LOTS] -= lots
        books[at + COST] -= cost
        show(stage, i, k)
        return
    if books[at + ENTRY] != NONE:  # it would have added to what is gone
        emit(stage, CANCELED, ts, (k, books[at + ENTRY], books[at + PARENT], books[at + ENTRY_LOTS], 0, leg, 0, 0))
        books[at + ENTRY] = NONE
        stage.spots[i * SPOT + ACTIVE] -= 1
        stage.counts[BUSY] -= 1
    books[at + LOTS] = 0
    books[at + COST] = 0
    books[at + ENTRIES] = 0
    books[at + STOP] = 0
    books[at + TARGET] = 0
    books[at + PARENT] = NONE
    books[at + EXIT] = NONE
    stage.spots[i * SPOT + ACTIVE] -= 1
    stage.counts[BUSY] -= 1
    stage.counts[OPEN] -= 1
