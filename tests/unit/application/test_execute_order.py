"""One intent, carried out once: what is recorded, expired or denied, however often it is asked."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.builders import (
    ACME,
    BOLT,
    FREE,
    PAPER,
    account,
    book,
    day,
    entry,
    held,
    intent,
    order_id,
)
from tests.fakes.ledger import FakeLedger
from tests.fakes.world import FakeClock, FakeVenue
from tests.unit.application.executing import BUY, SELL, World, in_position
from tradewind.application.drafting import reservation, worst_price
from tradewind.application.ports import Reported, VenueAnswer
from tradewind.domain.errors import ConflictError
from tradewind.domain.ledger import Account, Book, Control, Stake, TradingState, letters_part
from tradewind.domain.order import Leg, Order, OrderIntent, OrderStatus
from tradewind.domain.timeframe import Timeframe

# ── once, however often it is asked ──────────────────────────────────────────────────────────────────────────────


def test_an_order_is_on_record_before_the_venue_hears_of_it() -> None:
    seen: list[OrderStatus] = []

    class Witness(FakeVenue):
        def submit(self, order: Order) -> VenueAnswer:
            seen.append(world.order().status)
            return super().submit(order)

    world = World(Witness())
    world.execute(BUY)

    assert seen == [OrderStatus.SUBMITTED]
    assert world.order().status is OrderStatus.ACCEPTED


def test_an_answer_lost_on_the_way_sends_the_order_once() -> None:
    venue = FakeVenue(loses_answers=1)
    world = World(venue)

    states = []
    for _ in range(3):
        world.execute(BUY)
        states.append(world.order().status)

    assert states == [OrderStatus.UNKNOWN, OrderStatus.ACCEPTED, OrderStatus.ACCEPTED]
    assert venue.received == [BUY.id]


def test_an_order_lost_on_the_way_is_sent_again_once_its_absence_is_proven() -> None:
    venue = FakeVenue(loses_orders=1, unclear_for=1)
    world = World(venue)

    states = []
    for _ in range(3):
        world.execute(BUY)
        states.append(world.order().status)

    assert states == [OrderStatus.UNKNOWN, OrderStatus.UNKNOWN, OrderStatus.ACCEPTED]
    assert venue.received == [BUY.id]


def test_a_crash_between_record_and_venue_is_settled_by_the_next_delivery() -> None:
    class Crashing(FakeVenue):
        def submit(self, order: Order) -> VenueAnswer:
            if not self.received:
                self.received.append(order.id)
                raise ConnectionError
            return super().submit(order)

    venue = Crashing()
    world = World(venue)
    with pytest.raises(ConnectionError):
        world.execute(BUY)
    assert world.order().status is OrderStatus.SUBMITTED

    world.execute(BUY)

    assert (world.order().status, venue.received) == (OrderStatus.ACCEPTED, [BUY.id])


@pytest.mark.parametrize("wish", [BUY, intent(valid_until=1), intent(assumed_version=9)], ids=["sent", "late", "moved"])
def test_a_repeat_changes_nothing(wish: OrderIntent) -> None:
    venue = FakeVenue()
    world = World(venue)
    world.execute(wish)
    before = (world.account, world.book, world.entries, list(venue.received))

    world.execute(wish)

    assert (world.account, world.book, world.entries, venue.received) == before


def test_a_repeat_after_the_fill_changes_nothing() -> None:
    world = World()
    world.execute(BUY)
    world.execute.apply_bars.catch_up(world.account, world.book, Timeframe.D1, day(2))
    filled = replace(world.order(), status=OrderStatus.FILLED)
    world.ledger.items.orders[PAPER, BUY.id] = filled
    before = world.entries

    world.execute(BUY)

    assert (world.order(), world.entries) == (filled, before)


# ── what is recorded ─────────────────────────────────────────────────────────────────────────────────────────────


def test_an_accepted_entry_reserves_its_worst_price_and_fee() -> None:
    world = World(rules=replace(FREE, fee_bps=10))

    world.execute(BUY)

    order = world.order()
    assert (order.worst_price, order.reserved) == (Decimal("105.00"), Decimal("1051.05000000"))
    assert world.account.stakes == {ACME: Stake(2, Decimal(0), Decimal("1051.05000000"))}
    assert world.account.free_cash == world.account.cash - order.reserved
    assert (order.stop, order.target, order.parent, order.created) == (BUY.stop, BUY.target, BUY.id, BUY.ts)
    assert world.book.orders == (order,)


@pytest.mark.parametrize(
    ("reference", "bps", "tick", "worst"),
    [("100.00", 500, "0.01", "105.00"), ("99.99", 500, "0.01", "104.99"), ("99.99", 0, "0.01", "99.99"),
     ("7", 333, "0.5", "7.5")],
)  # fmt: skip
def test_the_worst_price_is_on_the_tick_and_never_below_the_collar(
    reference: str, bps: int, tick: str, worst: str
) -> None:
    made = worst_price(Decimal(reference), bps, Decimal(tick))

    assert made == Decimal(worst)
    assert made >= Decimal(reference) * (10_000 + bps) / 10_000


def test_a_reservation_is_the_cost_and_its_fee() -> None:
    assert reservation(Decimal(10), Decimal(105), 10) == Decimal("1051.05")


def test_an_exit_belongs_to_the_position_s_entry_and_reserves_nothing() -> None:
    world = in_position()

    world.execute(SELL)

    order = world.order(SELL)
    assert (order.status, order.parent, order.reserved, order.worst_price) == (
        OrderStatus.ACCEPTED, order_id(), Decimal(0), Decimal(0)
    )  # fmt: skip


def test_an_exit_is_clamped_to_what_is_held() -> None:
    world = in_position()

    world.execute(replace(SELL, quantity=Decimal(999)))

    assert world.order(SELL).quantity == Decimal(10)


def test_a_venue_s_refusal_ends_the_order_and_frees_its_cash() -> None:
    class Closed(FakeVenue):
        def submit(self, order: Order) -> VenueAnswer:
            return Reported(OrderStatus.REJECTED, "closed")

    world = World(Closed())
    world.execute(BUY)

    assert (world.order().status, world.order().reason) == (OrderStatus.REJECTED, "closed")
    assert (world.book.orders, world.account.stakes) == ((), {})


# ── expired ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("now", "status"),
    [(BUY.valid_until, OrderStatus.ACCEPTED), (BUY.valid_until + 1, OrderStatus.EXPIRED)],
)
def test_an_intent_past_its_time_is_recorded_and_never_sent(now: int, status: OrderStatus) -> None:
    venue = FakeVenue()
    world = World(venue, clock=FakeClock(now))

    world.execute(BUY)

    assert world.order().status is status
    assert venue.received == ([BUY.id] if status is OrderStatus.ACCEPTED else [])
    if status is OrderStatus.EXPIRED:
        assert world.order().reason == f"valid until {BUY.valid_until}, it is {now}"
        assert world.order().reserved == 0


def test_an_intent_behind_its_book_is_expired_whatever_the_clock_says() -> None:
    """In replay the clock stands at the bar: that the book has gone on tells that the intent is late."""
    world = World().put(book(last_bar=day(1) + 1))

    world.execute(BUY)

    assert world.order().status is OrderStatus.EXPIRED


def test_a_dead_letter_keeps_entries_away_and_lets_exits_go() -> None:
    blocked = Control(parts={letters_part(ACME): TradingState.REDUCING})
    flat, invested = World(), in_position()
    for world in (flat, invested):
        world.ledger.items.controls[PAPER] = blocked

    flat.execute(BUY)
    invested.execute(SELL)

    assert (flat.order().status, flat.order().reason[:12]) == (OrderStatus.DENIED, "DEAD_LETTER:")
    assert invested.order(SELL).status is OrderStatus.ACCEPTED


# ── denied ───────────────────────────────────────────────────────────────────────────────────────────────────────

RICH = account()


@pytest.mark.parametrize(
    ("said", "wish", "before", "owner", "state"),
    [
        ("KILL_SWITCH_REDUCING", BUY, book(), RICH, TradingState.REDUCING),
        ("KILL_SWITCH_HALTED", BUY, book(), RICH, TradingState.HALTED),
        ("INSTRUMENT_HALTED: broken", BUY, book(halted="broken"), RICH, TradingState.NORMAL),
        ("UNKNOWN_ORDER", BUY, book(entry(status=OrderStatus.UNKNOWN, strategy="other", id=order_id(Leg.STOP))), RICH,
         TradingState.NORMAL),
        ("ALREADY_IN_POSITION", replace(BUY, assumed_version=1), book(positions=(held(),)), RICH, TradingState.NORMAL),
        ("ALREADY_IN_POSITION", replace(BUY, assumed_version=1), book(entry(id=order_id(ts=day(0)))), RICH,
         TradingState.NORMAL),
        ("LEDGER_MOVED: decided on version 9, it is 1", replace(BUY, assumed_version=9), book(), RICH,
         TradingState.NORMAL),
        ("LEDGER_MOVED: decided on version -1, it is 1", BUY, book(positions=(held(strategy="other"),)), RICH,
         TradingState.NORMAL),
        ("INSUFFICIENT_CASH: it takes 1050 with its fee, and 1000 is free", BUY, book(),
         account(cash=Decimal(1_000), stakes={BOLT: Stake(0, Decimal(1), Decimal(0))}), TradingState.NORMAL),
        ("DAILY_LOSS", BUY, book(), account(day=0, realised=Decimal(-5_000), realised_today=Decimal(-5_000)),
         TradingState.NORMAL),
        ("MAX_INSTRUMENT_EXPOSURE", replace(BUY, quantity=Decimal(239)), book(), RICH, TradingState.NORMAL),
        ("NOTHING_TO_CLOSE", SELL, book(last_bar=day(2)), RICH, TradingState.NORMAL),
        ("EXIT_WORKING", SELL,
         book(entry(leg=Leg.EXIT, id=order_id(Leg.EXIT, day(1)), created=day(2)), positions=(held(),), last_bar=day(2)),
         RICH, TradingState.NORMAL),
    ],
)  # fmt: skip
def test_a_denial_is_recorded_with_its_reason_and_sends_nothing(
    said: str, wish: OrderIntent, before: Book, owner: Account, state: TradingState
) -> None:
    venue = FakeVenue()
    world = World(venue).put(before, owner)
    world.ledger.items.controls[PAPER] = Control(state)

    world.execute(wish)

    order = world.order(wish)
    assert order.status is OrderStatus.DENIED
    assert order.reason.startswith(said)
    assert order.reserved == 0
    assert (venue.received, world.book) == ([], before)
    assert world.account.stakes == owner.stakes


@pytest.mark.parametrize("state", [TradingState.REDUCING, TradingState.HALTED])
def test_exits_stay_allowed_while_trading_is_stopped(state: TradingState) -> None:
    world = in_position(halted="broken")
    world.ledger.items.controls[PAPER] = Control(state)

    world.execute(SELL)

    assert world.order(SELL).status is OrderStatus.ACCEPTED


def test_an_exit_is_taken_on_whatever_version_the_book_has_come_to() -> None:
    world = in_position(version=99)

    world.execute(SELL)

    assert world.order(SELL).status is OrderStatus.ACCEPTED


def test_the_kill_switch_stops_an_order_between_the_check_and_the_record() -> None:
    class Slow(FakeLedger):
        """The switch is thrown after the ledger was read."""

        def commit(self, changeset: Any) -> None:
            self.items.controls.setdefault(PAPER, Control(TradingState.HALTED, version=1))
            super().commit(changeset)

    venue = FakeVenue()
    world = World(venue, Slow())
    with pytest.raises(ConflictError, match="trading of paper is HALTED"):
        world.execute(BUY)
    world.execute(BUY)  # the retry of the conflict

    assert world.order().reason.startswith("KILL_SWITCH_HALTED")
    assert venue.received == []
