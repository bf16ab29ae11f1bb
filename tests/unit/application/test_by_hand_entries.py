"""Buying and selling by hand: past the signals, never past risk, at once, and with what the price was made of."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from tests.builders import (
    ACME,
    COIN,
    COSTLY,
    FREE,
    PAPER,
    SHARE,
    STRATEGY,
    account,
    bar,
    book,
    configuration,
    day,
    flat_bar,
    held,
    share,
)  # fmt: skip
from tests.fakes.ledger import FakeLedger
from tests.fakes.world import FakeClock, FakePause, FakeVenue
from tradewind.application.apply_bars import ApplyBars
from tradewind.application.by_hand import Wanted, entry_intent, exit_intent
from tradewind.application.execute_message import ExecuteMessage
from tradewind.application.execute_order import ExecuteOrder
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import AccountRules, Limits, Shard
from tradewind.domain.errors import BadInputError
from tradewind.domain.events import Event
from tradewind.domain.instrument import Instrument
from tradewind.domain.ledger import Book, Control, Stake, TradingState
from tradewind.domain.market import BookLevel, OrderBook
from tradewind.domain.messages import BarMessage, IntentMessage, from_json, to_json
from tradewind.domain.order import BY_HAND, BY_STRATEGY, Leg, Order, OrderStatus
from tradewind.domain.timeframe import MINUTE, Timeframe

NOW = day(3)
WANTED = Wanted(Decimal(10), Decimal("104.00"), "breakout (by ana)", "k", NOW, Decimal("95.00"), Decimal("120.00"))


@dataclass
class World:
    """A daily share that last closed at 104, and nothing held."""

    rules: AccountRules = FREE
    share: Instrument = SHARE
    bars: list[Bar] = field(default_factory=lambda: [flat_bar(3, 104)])
    clock: FakeClock = field(default_factory=FakeClock)
    books: dict[str, OrderBook] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)
    ledger: FakeLedger = field(default_factory=FakeLedger)

    def __post_init__(self) -> None:
        self.configuration = configuration([self.share], rules=self.rules, **self.changes)
        apply_bars = ApplyBars(self.configuration, self.ledger, self.history)
        venues = {"PAPER": FakeVenue()}
        execute = ExecuteOrder(self.configuration, self.ledger, venues, apply_bars, self.clock, self.books.get)
        self.execute = ExecuteMessage(apply_bars, execute, FakePause())

    def history(self, _: object, __: object, after: int, until: int) -> list[Bar]:
        return [one for one in self.bars if after < one.ts_close <= until]

    @property
    def book(self) -> Book:
        return self.ledger.items.book(PAPER, ACME)

    def hold(self, *positions: Any) -> None:
        self.ledger.items.books[PAPER, ACME] = book(positions=positions, mark=Decimal(104), last_bar=NOW)
        staked = {ACME: Stake(0, sum(one.cost for one in positions), Decimal(0))}
        self.ledger.items.accounts[PAPER] = account(cash=Decimal(99_000), stakes=staked)

    def buy(self, **changes: Any) -> Order:
        return self._send(IntentMessage(entry_intent(self.configuration, self.book, replace(WANTED, **changes))))

    def sell(self, **changes: Any) -> Order:
        return self._send(IntentMessage(exit_intent(self.configuration, self.book, replace(WANTED, **changes))))

    def _send(self, message: IntentMessage) -> Order:
        read = from_json(to_json(message))
        assert read == message
        self.execute(read)
        return self.ledger.items.orders[PAPER, message.intent.id]

    @property
    def events(self) -> list[Event]:
        return [event for one in self.ledger.items.journals.get(PAPER, []) for event in one.events]

    @property
    def identity(self) -> tuple[Decimal, Decimal]:
        owner = self.ledger.items.accounts[PAPER]
        return owner.cash + self.book.exposure, owner.opening + owner.realised


# ── at once ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_buy_fills_at_once_at_the_last_close_and_the_modelled_spread_with_its_stop_and_target() -> None:
    world = World(COSTLY)
    order = world.buy()

    (fill,) = world.ledger.items.fills.values()
    assert (order.status, order.source) == (OrderStatus.FILLED, BY_HAND)
    assert (fill.quantity, fill.price, fill.ts, fill.strategy) == (Decimal(10), Decimal("104.06"), NOW, BY_HAND)
    (position,) = world.book.positions
    assert (position.strategy, position.quantity, world.book.mark) == (BY_HAND, Decimal(10), Decimal("104.00"))
    levels = {one.leg: (one.price, one.quantity) for one in world.book.orders}
    assert levels == {Leg.STOP: (Decimal(95), Decimal(10)), Leg.TARGET: (Decimal(120), Decimal(10))}
    assert world.identity[0] == world.identity[1]


def test_a_fresh_order_book_is_walked_level_by_level_and_kept_with_the_fill() -> None:
    asks = (BookLevel(Decimal("104.10"), Decimal(4)), BookLevel(Decimal("104.20"), Decimal(100)))
    world = World(books={ACME: OrderBook(ACME, NOW - MINUTE, (BookLevel(Decimal(104), Decimal(1)),), asks)})
    world.buy()

    (fill,) = world.ledger.items.fills.values()
    assert fill.price == Decimal("104.16")
    (event,) = (one for one in world.events if one.kind == "FILLED_BY_HAND")
    assert event.data
    assert event.data["levels"] == [["104.10", "4"], ["104.20", "6"]]
    assert event.data["book_ts"] == NOW - MINUTE


@pytest.mark.parametrize(
    "unusable",
    [
        OrderBook(ACME, NOW - MINUTE - 1, (), (BookLevel(Decimal(103), Decimal(99)),)),
        OrderBook(ACME, NOW + 1, (), (BookLevel(Decimal(103), Decimal(99)),)),
        OrderBook(ACME, NOW, (BookLevel(Decimal(103), Decimal(9)),), (BookLevel(Decimal(103), Decimal(99)),)),
    ],
    ids=["a minute old", "from the future", "crossed"],
)
def test_an_order_book_that_cannot_be_believed_is_left_aside(unusable: OrderBook) -> None:
    world = World(books={ACME: unusable})
    world.buy()

    assert [fill.price for fill in world.ledger.items.fills.values()] == [Decimal("104.00")]


def test_what_an_order_book_does_not_hold_pays_no_less_than_the_last_close() -> None:
    world = World(books={ACME: OrderBook(ACME, NOW, (), (BookLevel(Decimal(103), Decimal(9)),))})
    world.buy()

    (fill,) = world.ledger.items.fills.values()
    assert (fill.quantity, fill.price) == (Decimal(10), Decimal("103.10"))  # nine at 103, one at the close of 104


def test_the_same_key_buys_once() -> None:
    world = World()
    for ts in (NOW, NOW + 1):
        world.buy(ts=ts)

    assert len(world.ledger.items.fills) == 1


def test_a_second_buy_adds_and_its_stop_covers_all_of_it() -> None:
    world = World()
    world.buy()
    world.buy(key="again", stop=Decimal("99.00"), target=Decimal(0))

    (position,) = world.book.positions
    assert (position.quantity, position.entries) == (Decimal(20), 2)
    levels = {one.leg: (one.price, one.quantity) for one in world.book.orders}
    assert levels == {Leg.STOP: (Decimal(99), Decimal(20)), Leg.TARGET: (Decimal(120), Decimal(20))}
    assert world.identity[0] == world.identity[1]


def test_a_part_is_sold_at_its_average_cost_and_the_stop_shrinks_with_it() -> None:
    world = World()
    world.buy(quantity=Decimal(9))
    world.buy(key="again", quantity=Decimal(3), stop=Decimal(0))
    world.bars = [flat_bar(3, 110)]
    world.sell(quantity=Decimal(5), key="part")

    (position,) = world.book.positions
    assert (position.quantity, position.cost) == (Decimal(7), Decimal("728.00"))
    *_, fill = world.ledger.items.fills.values()
    assert (fill.leg, fill.quantity, fill.price, fill.realised) == (
        Leg.EXIT,
        Decimal(5),
        Decimal(110),
        Decimal("30.00"),
    )
    assert {one.quantity for one in world.book.orders} == {Decimal(7)}
    assert world.identity[0] == world.identity[1]


def test_nothing_more_is_sold_than_is_held() -> None:
    world = World()
    world.buy()
    world.sell(quantity=Decimal(99), key="all")

    assert (world.book.positions, world.book.orders) == ((), ())
    assert world.ledger.items.orders[PAPER, world.sell(key="more").id].reason.startswith("NOTHING_TO_CLOSE: ")


def test_a_strategy_s_position_beside_it_is_left_alone() -> None:
    world = World()
    world.hold(held())
    world.buy()
    world.sell(key="out")

    assert [one.strategy for one in world.book.positions] == [STRATEGY]


def test_the_stop_does_not_fill_on_what_the_bar_had_seen_before_the_entry() -> None:
    world = World(clock=FakeClock(NOW + 5))
    world.buy(ts=NOW + 5)
    low_before = bar(4, 100, 105, 90, 104)
    world.bars.append(low_before)
    world.execute(BarMessage(PAPER, ACME, Timeframe.D1, 1, low_before, -1, "", "t"))
    assert [one.strategy for one in world.book.positions] == [BY_HAND]

    after = bar(5, 100, 105, 90, 104)
    world.execute(BarMessage(PAPER, ACME, Timeframe.D1, 1, after, -1, "", "t", previous=low_before.ts_close))
    assert world.book.positions == ()


# ── never past risk ──────────────────────────────────────────────────────────────────────────────────────────────


def refused(world: World, **changes: Any) -> str:
    order = world.buy(**changes)
    assert (order.status, order.reserved, world.book.is_active) == (OrderStatus.DENIED, Decimal(0), False)
    return order.reason


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("STOP_REQUIRED: an entry by hand needs a stop: add --stop PRICE", {"stop": Decimal(0)}),
        ("STOP_ABOVE_PRICE: the stop 104.00 is not below the price 104.00", {"stop": Decimal("104.00")}),
        ("TARGET_BELOW_PRICE: the target 104.00 is not above the price 104.00", {"target": Decimal("104.00")}),
        ("OFF_TICK: 95.001 is no whole number of ticks of 0.01", {"stop": Decimal("95.001")}),
        ("OFF_LOT: 0.5 is no whole number of lots of 1", {"quantity": Decimal("0.5")}),
        (
            "FAT_FINGER: 1040.00 is 90000 basis points from the last price 104.00, 500 are allowed",
            {"reference": Decimal("1040.00")},
        ),
        (
            "MAX_INSTRUMENT_EXPOSURE: 109200 would be in this instrument, and 25000 is the most",
            {"quantity": Decimal(1000)},
        ),
    ],
)
def test_a_slip_of_the_hand_is_denied_with_what_it_was(reason: str, changes: dict[str, Any]) -> None:
    assert refused(World(), **changes) == reason


def test_less_than_the_venue_takes_is_denied() -> None:
    world = World(share=share(ACME, minimum_notional=Decimal(2000)))

    assert refused(world) == "BELOW_MINIMUM_NOTIONAL: it is worth 1040.00, the venue takes 2000 and up"


def test_more_than_the_cash_is_denied() -> None:
    world = World(replace(FREE, cash=Decimal(1000), limits=Limits(instrument_exposure=Decimal(9), exposure=Decimal(9))))

    assert refused(world) == "INSUFFICIENT_CASH: it takes 1092 with its fee, and 1000 is free"


def test_a_market_that_nobody_has_heard_of_lately_is_denied() -> None:
    assert refused(World(clock=FakeClock(NOW + 4 * day(1))), ts=NOW + 4 * day(1)).startswith("STALE_PRICE: ")
    assert refused(World(bars=[])) == "STALE_PRICE: no price is known: see `tradewind status`"


def test_an_order_from_the_future_is_denied() -> None:
    world = World(clock=FakeClock(NOW))

    assert refused(world, ts=NOW + 6_000).startswith("CLOCK_SKEW: it was asked 6 s in the future")


def test_a_closed_market_is_denied_but_not_in_a_replay_where_days_close_at_midnight() -> None:
    friday = 16_440 * day(1)  # 2015-01-05 00:00 UTC, a Monday: New York sleeps
    shard = Shard("daily", Timeframe.D1, "replay", (ACME,), calendar="XNYS")
    shut = Bar(friday - 3 * day(1), friday - 2 * day(1), 104.0, 104.0, 104.0, 104.0, 1.0)
    live = World(bars=[shut], clock=FakeClock(friday), changes={"clock": "system", "shards": (shard,)})
    replayed = World(bars=[shut], clock=FakeClock(friday), changes={"shards": (shard,)})

    assert refused(live, ts=friday).startswith("MARKET_CLOSED: ")
    assert replayed.buy(ts=friday).status is OrderStatus.FILLED


@pytest.mark.parametrize("state", [TradingState.REDUCING, TradingState.HALTED])
def test_the_kill_switch_keeps_entries_by_hand_too_and_no_sale(state: TradingState) -> None:
    world = World()
    world.buy()
    world.ledger.items.controls[PAPER] = Control(state, "news", 1)

    assert world.buy(key="again").reason.startswith(f"KILL_SWITCH_{state}: the account is {state} (news): exits stay")
    assert world.sell(key="out").status is OrderStatus.FILLED


def test_the_collar_holds_where_the_book_is_far_away() -> None:
    asks = (BookLevel(Decimal("110.00"), Decimal(99)),)
    order = World(books={ACME: OrderBook(ACME, NOW, (), asks)}).buy()

    assert (order.status, order.reason.partition(":")[0]) == (OrderStatus.REJECTED, "PRICE_COLLAR")


def test_an_instrument_whose_bars_the_account_does_not_get_is_refused_by_name() -> None:
    world = World()
    elsewhere = Book(PAPER, COIN.id)

    with pytest.raises(BadInputError, match=r"UNKNOWN_INSTRUMENT: account paper gets no bars of COIN\.TEST"):
        entry_intent(world.configuration, elsewhere, WANTED)


def test_a_strategy_s_entry_still_waits_for_the_next_open() -> None:
    world = World()
    intent = replace(entry_intent(world.configuration, world.book, WANTED), source=BY_STRATEGY, assumed_version=-1)
    world.execute(IntentMessage(intent))

    assert world.ledger.items.fills == {}
