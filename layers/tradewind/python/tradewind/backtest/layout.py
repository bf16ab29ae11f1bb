"""Where everything of a backtest lies: flat arrays, so that the same functions run interpreted and compiled.

Interpreted, the arrays are lists; compiled, they are NumPy's. Prices are whole ticks and quantities whole lots.
"""

from collections.abc import Callable
from typing import NamedTuple

from tradewind.domain.signal import PositionView

type Floats = list[float]
"""Read and written by index alone: a list interpreted, a pointer to float64 compiled."""

type Integers = list[int]
"""Likewise: int64 compiled."""

type Words = list[int]
"""Likewise: uint64 compiled."""


class Market(NamedTuple):
    """Every bar, the instruments one after the other, each ascending in time; `ts` is `ts_close`, UTC ms."""

    ts: Integers
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats


class Signals(NamedTuple):
    """What each strategy says of each row of a window, strategy by strategy.

    `code` is the reason of the decision: `UNASKED` until the loop has come there and asked, `ASKS` where the strategy
    asks to enter, until the loop has granted or denied it. `mixed` is the digest of strength and gates. Strength, stop,
    target, and what an entry is sized by (the market's span and its regime) are there only where something hangs on
    them.
    """

    strength: Floats
    stop: Floats
    target: Floats
    code: Integers
    mixed: Words
    span: Floats
    regime: Floats


class Window(NamedTuple):
    """Which rows of the market are walked through.

    Attributes
    ----------
    begin : int64, an instrument
        The first row of all that it has.
    first, last : int64, an instrument
        Its rows are `first` up to and without `last`.
    place : int64, an instrument
        Where the window's signals have its first row; the place before is the row before.
    width : int
        Places a strategy.
    """

    begin: Integers
    first: Integers
    last: Integers
    place: Integers
    width: int


class Rules(NamedTuple):
    """An account's limits and costs; fractions of equity, basis points of price."""

    exposure: float
    instrument_exposure: float
    daily_loss: float
    open_positions: int
    collar_bps: int
    fee_bps: int
    slippage_bps: int
    volume_share: float
    fixed_quantity: float
    strategy_exposure: float
    drawdown: float
    order_notional: float
    orders_per_minute: int
    start: int
    frame: int
    remembers: int
    universe: int


class Stage(NamedTuple):
    """A whole backtest at one moment.

    Attributes
    ----------
    books : int64, `BOOK` a strategy and instrument
    spots : int64, `SPOT` an instrument
    stakes : float64, `STAKE` an instrument
    shares : float64, `SHARE` a strategy
    account : float64, `ACCOUNT`
    counts : int64, `COUNTS`
    events : int64, `EVENT` an event
    curve : float64, `POINT` a point
    views : float64, `VIEW` a strategy and instrument: what it holds as its rule sees it
    scratch : int64, two a strategy and instrument: who asks to enter, and from the middle on who leaves
    answer : float64, `ANSWER`: what came of asking a strategy last
    grid : float64, `GRID` an instrument
    exact : int64, `EXACT` an instrument
    shards : int64, the first instrument of each shard, and one more at the end
    turns : int64, who belongs to the universe on which rows: see `belonging.turns`; empty without one
    ranks : int64, place of a strategy and instrument among entries of equal strength
    terms : float64, `TERM` a strategy
    protections : float64, `PROTECTION` a strategy
    plans : float64, `sizing.PLAN` a strategy
    closed : int64, `CLOSED` a position that was left, oldest first
    results : float64, `RESULT` a position that was left
    tables : int64, `TABLE` a strategy
    numbers : float64, each strategy's parameters; of the compiled engine alone, as what follows
    columns : int64, each strategy's indicators: the address of what each of them came to at every place of the window
    told : float64, what a rule that is called said of some rows
    brief : int
        1 where nobody wants the digest.
    rule : callable
        `rule(stage, k, row, at, count, position)`, of the interpreted engine alone: see `asking.answer_for`.
    """

    market: Market
    window: Window
    signals: Signals
    rules: Rules
    strategies: int
    instruments: int
    shard_count: int
    books: Integers
    spots: Integers
    stakes: Floats
    shares: Floats
    account: Floats
    counts: Integers
    events: Integers
    curve: Floats
    views: Floats
    scratch: Integers
    answer: Floats
    grid: Floats
    exact: Integers
    shards: Integers
    turns: Integers
    ranks: Integers
    terms: Floats
    protections: Floats
    plans: Floats
    closed: Integers
    results: Floats
    tables: Integers
    numbers: Floats
    columns: Integers
    told: Floats
    brief: int
    rule: Callable[["Stage", int, int, int, int, PositionView], None] | int


# What a strategy holds of an instrument, or has ordered.
BOOK = 13
LOTS, COST, BARS_HELD, ENTRIES, STOP, TARGET, PARENT = range(7)
"""COST is the sum of lots × ticks; PARENT the number of the position's first order."""
ENTRY, ENTRY_LOTS, ENTRY_STOP, ENTRY_TARGET, ENTRY_WORST, EXIT = range(7, 13)
"""ENTRY and EXIT are the numbers of working orders, or `NONE`."""
NONE = -1

VIEW = 4
HELD_QUANTITY, HELD_PRICE, STOP_PRICE, TARGET_PRICE = range(4)

# What an instrument has in common over all strategies.
SPOT = 9
VERSION, ASSUMED, MARK, ACTIVE, ACTIVE_BEFORE, CHANGED, MOVED, CURSOR, PLACE = range(9)
"""ACTIVE counts positions and working entries. CHANGED is set once the step's bar changed the book, MOVED once an order
of the step did. CURSOR is the next row, PLACE where the window's signals have the latest one, or `NONE`."""

STAKE = 5
HELD, RESERVED, HELD_BEFORE, RESERVED_BEFORE, GRANTED = range(5)

SHARE = 2
TIED_BEFORE, GRANTED_TO = range(2)
"""What a strategy ties up in all before the bar, and what the bar's grants add; where there is a limit on it."""

ACCOUNT = 21
CASH, CASH_REST, REALISED, REALISED_REST, FEES, FEES_REST, DAY, TODAY, OPENING = range(9)
LOSSES, CASH_BEFORE, EQUITY_BEFORE, TODAY_BEFORE, GRANTED_IN_ALL = range(9, 14)
TURNOVER, PEAK, DEEPEST, NEXT_POINT, EXPOSURE = range(14, 19)
BOOKED_PEAK, PEAK_BEFORE = range(19, 21)
"""LOSSES are this bar's; CASH_BEFORE, EQUITY_BEFORE (at cost), TODAY_BEFORE and PEAK_BEFORE are of before it.
BOOKED_PEAK is the highest equity at cost at the end of any earlier step."""

COUNTS = 17
ORDERS, EVENTS, POINTS, POINT_EVERY, STEPS, BUSY, OPEN = range(7)
HELD_STEPS, PEAK_TS, UNDER, FALL_FROM, FALL_TO, LONGEST, REMEMBERED = range(7, 14)
MINUTE, SENT, GRANTS = range(14, 17)
"""BUSY counts positions and working entries, OPEN positions alone. UNDER is set while equity is below its peak; LONGEST
is the longest time from a peak to its recovery, in ms. SENT counts the entries of MINUTE, GRANTS those that a step
granted and the ledger denied."""

EVENT = 10
ENTERED, DENIED, REJECTED, LEFT, FILLED, CANCELED, LEVELS = range(7)
"""Each event: kind, UTC ms, strategy and instrument, order, parent, lots, ticks, then three of its own."""

ANSWER = 4
ANSWERED, EXIT_REASON, ASKED_K, ASKED_ROW = range(4)
"""How many rows were answered for, and the exit that the last of them asks for; who was asked, from which row on."""

POINT = 3
"""A point of the curve: `ts_close`, equity, cost of what is held."""

GRID = 4
TICK, LOT, UNIT, MINIMUM = range(4)
"""LOT is the instrument's own; UNIT is what one lot of ours costs at a price of one tick."""

EXACT = 8
PRICE_UP, PRICE_DOWN, LOT_UP, LOT_DOWN, FEE_UP, FEE_DOWN, LAST_TS, COARSE = range(8)
"""A price is ticks × PRICE_UP / PRICE_DOWN, the float nearest to the decimal, and so a quantity. A fee is lots × ticks
× FEE_UP / FEE_DOWN, rounded half to even, in hundred-millionths. LAST_TS is when a delisted one is closed, or 0.
COARSE lots of the instrument are one lot here, where lots × ticks would not fit into an integer otherwise."""

TERM = 9
RISK, ROOM, MOST_ENTRIES, MOVES_LEVELS, EXITS, WARMUP, START, CONFIRMATIONS, MINIMUM_STRENGTH = range(9)

PROTECTION = 7
COOLDOWN, WITHIN, PAUSE, STOPS, DRAWDOWN, LOW_TRIPS, LOW_PROFIT = range(7)

CLOSED, RESULT = 3, 3
CLOSED_TS, CLOSED_K, CLOSED_LEG = range(3)
CLOSED_REALISED, CLOSED_COST, CLOSED_EQUITY = range(3)

TABLE = 2
NUMBERS_AT, COLUMNS_AT = range(2)

# Legs, and the codes of reasons that no strategy names.
LEG_ENTRY, LEG_EXIT, LEG_STOP, LEG_TARGET = range(4)

UNASKED, ASKS = -1, 0
REASONS = (
    ("", ""),
    ("ENTER", "ENTRY"),
    ("HOLD", "IN_POSITION"),
    ("HOLD", "WARMING_UP"),
    ("HOLD", "BEFORE_START"),
    ("HOLD", "EXIT_WORKING"),
    ("REFUSE", "ENTRY_WORKING"),
    ("DENY", "NO_STOP"),
    ("DENY", "SIZE_TOO_SMALL"),
    ("DENY", "DAILY_LOSS"),
    ("DENY", "MAX_OPEN_POSITIONS"),
    ("DENY", "MAX_INSTRUMENT_EXPOSURE"),
    ("DENY", "MAX_EXPOSURE"),
    ("DENY", "INSUFFICIENT_CASH"),
    ("HOLD", "CONFIRMATIONS"),
    ("HOLD", "SIGNAL_STRENGTH"),
    ("HOLD", "ML_CONFIDENCE"),
    ("FAIL", "RULE"),
    ("FAIL", "STATE"),
    ("DENY", "COOLDOWN"),
    ("DENY", "STOP_GUARD"),
    ("DENY", "DRAWDOWN_PAUSE"),
    ("DENY", "LOW_PROFIT"),
    ("EXIT", "DELISTED"),
    ("DENY", "ORDER_RATE"),
    ("DENY", "MAX_DRAWDOWN"),
    ("DENY", "MAX_ORDER_NOTIONAL"),
    ("DENY", "MAX_STRATEGY_EXPOSURE"),
    ("HOLD", "NOT_A_MEMBER"),
)
"""Action and reason by code; each strategy's gates follow from `FIRST_GATE` on, its exits from `FIRST_EXIT` on."""
(
    _, R_ENTRY, R_IN_POSITION, R_WARMING_UP, R_BEFORE_START, R_EXIT_WORKING, R_ENTRY_WORKING, R_NO_STOP,
    R_SIZE_TOO_SMALL, R_DAILY_LOSS, R_MAX_OPEN_POSITIONS, R_MAX_INSTRUMENT_EXPOSURE, R_MAX_EXPOSURE,
    R_INSUFFICIENT_CASH, R_CONFIRMATIONS, R_SIGNAL_STRENGTH, R_ML_CONFIDENCE, R_FAULT, R_STATE_FAULT, R_COOLDOWN,
    R_STOP_GUARD, R_DRAWDOWN_PAUSE, R_LOW_PROFIT, R_DELISTED, R_ORDER_RATE, R_MAX_DRAWDOWN, R_MAX_ORDER_NOTIONAL,
    R_MAX_STRATEGY_EXPOSURE, R_NOT_A_MEMBER,
) = range(len(REASONS))  # fmt: skip
FIRST_GATE = 32
FIRST_EXIT = 160
CODES = 192
