"""An account's arithmetic over floats, whole ticks and whole lots: plain functions, interpreted or compiled."""

from tradewind.backtest.layout import (
    BOOK,
    CASH,
    COST,
    DAY,
    ENTRY,
    ENTRY_LOTS,
    ENTRY_WORST,
    EXACT,
    FEE_DOWN,
    FEE_UP,
    FEES,
    GRID,
    HELD,
    LOT_DOWN,
    LOT_UP,
    LOTS,
    MARK,
    NONE,
    OPENING,
    PRICE_DOWN,
    PRICE_UP,
    REALISED,
    RESERVED,
    SPOT,
    STAKE,
    TICK,
    TODAY,
    TURNOVER,
    UNIT,
    Floats,
    Stage,
)

_FINEST_FEE = 1e8
DAY_MS = 86_400_000
_TWO_BITS_MORE = 2**54
"""Whole numbers from here on have two bits more than a float keeps."""

_HALF = 2


def add(account: Floats, slot: int, amount: float) -> None:
    """Add to a sum that keeps what rounding takes off it in the slot after it.

    Source: Knuth, *The Art of Computer Programming* 2, section 4.2.2, theorem B. After a million bookings the sum is
    still the exact one to the last bits, so that sizes equal those of a decimal ledger.
    """
    before = account[slot]
    total = before + amount
    moved = total - before
    account[slot + 1] += (before - (total - moved)) + (amount - moved)
    account[slot] = total


def whole(account: Floats, slot: int) -> float:
    """Return a sum that `add` keeps."""
    return account[slot] + account[slot + 1]


def ticks_of(price: float, tick: float) -> int:
    """Return a price as whole ticks, to the nearest."""
    return int(price / tick + 0.5)


def price_of(stage: Stage, i: int, ticks: int) -> float:
    """Return whole ticks as the float nearest to the price."""
    return ticks * stage.exact[i * EXACT + PRICE_UP] / stage.exact[i * EXACT + PRICE_DOWN]


def quantity_of(stage: Stage, i: int, lots: int) -> float:
    """Return whole lots as the float nearest to the quantity."""
    return lots * stage.exact[i * EXACT + LOT_UP] / stage.exact[i * EXACT + LOT_DOWN]


def average_price(stage: Stage, i: int, cost: int, lots: int) -> float:
    """Return what a lot cost on average, as the float nearest to the price; `cost` is the sum of lots × ticks."""
    if cost % lots == 0:
        return price_of(stage, i, cost // lots)
    return nearest(cost * stage.exact[i * EXACT + PRICE_UP], lots, stage.exact[i * EXACT + PRICE_DOWN])


def nearest(value: int, first: int, second: int) -> float:
    """Return value / first / second as the nearest float, a half to the even one; all whole and above 0.

    Both divisions are done by hand, bit by bit side by side, so that no number outgrows 64 bits and nothing is rounded
    but the end. Source: Knuth, *The Art of Computer Programming* 2, section 4.3.1; the nested quotient is exact by
    floor(floor(a / b) / c) = floor(a / (b × c)).
    """
    bits, rest, left, unit = value // first // second, value % first, value // first % second, 1.0
    while bits < _TWO_BITS_MORE:
        rest, left, bits, unit = 2 * rest, 2 * left, 2 * bits, 0.5 * unit
        if rest >= first:
            rest -= first
            left += 1
        if left >= second:
            left -= second
            bits += 1
    tail, whole_bits = bits % 4, bits // 4
    if tail > _HALF or (tail == _HALF and (rest + left > 0 or whole_bits % 2 == 1)):
        whole_bits += 1
    return 4.0 * unit * whole_bits


def fee_of(stage: Stage, i: int, volume: int) -> float:
    """Return the fee on lots × ticks, to a hundred-millionth of the currency, a half to the even one."""
    up, down = stage.exact[i * EXACT + FEE_UP], stage.exact[i * EXACT + FEE_DOWN]
    rest = volume % down * up
    steps = volume // down * up + rest // down
    twice = 2 * (rest % down)
    if twice > down or (twice == down and steps % 2 == 1):
        steps += 1
    return steps / _FINEST_FEE


def day_of(ts: int) -> int:
    """Return the UTC day number that a bar belongs to: one that closes at midnight ends the day before."""
    return (ts - 1) // DAY_MS


def book_fill(stage: Stage, ts: int, flow: float, fee: float, realised: float) -> None:
    """Book one fill: `flow` is what it paid (negative) or brought, fee apart."""
    account, day = stage.account, day_of(ts)
    add(account, CASH, flow - fee)
    add(account, REALISED, realised)
    add(account, FEES, fee)
    account[TURNOVER] += abs(flow)
    if account[DAY] < day:
        account[DAY] = day
        account[TODAY] = 0.0
    account[TODAY] += realised


def realised_on(stage: Stage, day: int) -> float:
    """Return what was realised on a UTC day number."""
    return stage.account[TODAY] if stage.account[DAY] == day else 0.0


def book_equity(stage: Stage) -> float:
    """Return what was paid in plus what was realised."""
    return stage.account[OPENING] + whole(stage.account, REALISED)


def restake(stage: Stage, i: int) -> None:
    """Sum up what an instrument ties up: cost of what is held, and reservations of working entries."""
    books, unit, held, reserved = stage.books, stage.grid[i * GRID + UNIT], 0, 0.0
    for s in range(stage.strategies):
        k = (s * stage.instruments + i) * BOOK
        held += books[k + COST]
        if books[k + ENTRY] != NONE:
            volume = books[k + ENTRY_LOTS] * books[k + ENTRY_WORST]
            reserved += volume * unit + fee_of(stage, i, volume)
    stage.stakes[i * STAKE + HELD] = held * unit
    stage.stakes[i * STAKE + RESERVED] = reserved


def tied_up(stage: Stage, s: int) -> float:
    """Return what a strategy ties up in all: cost of what it holds, and reservations of its working entries."""
    books, tied = stage.books, 0.0
    for i in range(stage.instruments):
        k, unit = (s * stage.instruments + i) * BOOK, stage.grid[i * GRID + UNIT]
        tied += books[k + COST] * unit
        if books[k + ENTRY] != NONE:
            volume = books[k + ENTRY_LOTS] * books[k + ENTRY_WORST]
            tied += volume * unit + fee_of(stage, i, volume)
    return tied


def gain_at_marks(stage: Stage) -> float:
    """Return what everything held would bring at its last mark beyond what it cost."""
    gain = 0.0
    for s in range(stage.strategies):
        for i in range(stage.instruments):
            k = (s * stage.instruments + i) * BOOK
            if stage.books[k + LOTS] != 0:
                volume = stage.books[k + LOTS] * stage.spots[i * SPOT + MARK] - stage.books[k + COST]
                gain += volume * stage.grid[i * GRID + UNIT]
    return gain


def tick_of(stage: Stage, i: int) -> float:
    """Return an instrument's tick."""
    return stage.grid[i * GRID + TICK]
