from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from tests.builders import (
    ACME,
    BOLT,
    FREE,
    PAPER,
    SHARE,
    account,
    bar,
    book,
    configuration,
    day,
    entry,
    flat_bar,
    held,
    intent,
    order_id,
)
from tests.fakes.ledger import FakeLedger
from tests.fakes.world import FakeClock, FakeVenue
from tradewind.application.apply_bars import ApplyBars
from tradewind.application.drafting import reservation, worst_price
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.ports import Absent, ExecutionVenue, Reported, VenueAnswer
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import AccountRules, Limits
from tradewind.domain.errors import BadInputError, ConflictError
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Account, Book, Control, Stake, TradingState, letters_part
from tradewind.domain.messages import ResolveMessage
from tradewind.domain.order import Leg, Order, OrderIntent, OrderStatus
from tradewind.domain.timeframe import DAY, Timeframe

BUY = intent()
SELL = intent(Leg.EXIT, ts=day(2), assumed_version=1)
RESOLVE = ResolveMessage(PAPER, ACME, BUY.id, day(2), "trace")


@dataclass
class World:
    venue: ExecutionVenue = field(default_factory=FakeVenue)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    clock: FakeClock = field(default_factory=FakeClock)
    history: list[Bar] = field(default_factory=list)
    rules: AccountRules = FREE

    def __post_init__(self) -> None:
        made = configuration(rules=self.rules)
        apply_bars = ApplyBars(made, self.ledger, self.bars)
        self.execute = ExecuteOrder(made, self.ledger, {"PAPER": self.venue}, apply_bars, self.clock)

    def bars(self, _: InstrumentId, __: Timeframe, after: int, until: int) -> list[Bar]:
        return [one for one in self.history if after < one.ts_close <= until]

    def put(self, one: Book, owner: Account | None = None, **controls: Any) -> "World":
        self.ledger.items.books[PAPER, one.instrument] = one
        if owner:
            # The journal is as long as the account says.
            self.ledger.items.journals[PAPER] = [None] * owner.seq  # type: ignore[list-item]
            self.ledger.items.accounts[PAPER] = owner
        return self

    def order(self, wish: OrderIntent = BUY) -> Order:
        return self.ledger.items.orders[PAPER, wish.id]

    @property
    def book(self) -> Book:
        return self.ledger.items.book(PAPER, ACME)

    @property
    def account(self) -> Account:
        return self.ledger.items.accounts[PAPER]

    @property
    def entries(self) -> int:
        return len(self.ledger.items.journals.get(PAPER, []))


def in_position(venue: ExecutionVenue | None = None, **changes: Any) -> World:
    """Return a world in which `entry` was filled at 100 on day 2."""
    staked = account(cash=Decimal(99_000), stakes={ACME: Stake(0, Decimal(1_000), Decimal(0))})
    return World(venue or FakeVenue()).put(book(positions=(held(),), last_bar=day(2), **changes), staked)


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
        ("INSUFFICIENT_CASH: 1050.00000000 exceeds 1000", BUY, book(),
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


# ── bars that the book has not seen ──────────────────────────────────────────────────────────────────────────────


def test_bars_up_to_the_decision_are_applied_before_it() -> None:
    """The message of bar 3 was lost: its stop took the position out, and the exit finds nothing to close."""
    stop = entry(leg=Leg.STOP, id=order_id(Leg.STOP), price=Decimal("95.00"), created=day(2), reserved=Decimal(0))
    world = in_position(orders=(stop,))
    world.history = [bar(3, 100, 101, 94, 96), flat_bar(4, 1.0)]

    world.execute(intent(Leg.EXIT, ts=day(3)))

    assert world.order(intent(Leg.EXIT, ts=day(3))).reason == "NOTHING_TO_CLOSE"
    assert world.book.last_bar == day(3)
    assert [fill.leg for fill in world.ledger.items.fills.values()] == [Leg.STOP]


# ── the resolver ─────────────────────────────────────────────────────────────────────────────────────────────────


def unclear(venue: ExecutionVenue) -> World:
    world = World(venue)
    world.execute(BUY)
    assert world.order().status is OrderStatus.UNKNOWN
    return world


def test_the_resolver_learns_what_became_of_an_unclear_order() -> None:
    world = unclear(FakeVenue(loses_answers=1))

    world.execute.resolve(RESOLVE)

    assert world.order().status is OrderStatus.ACCEPTED


def test_an_order_that_stays_unclear_is_not_recorded_again() -> None:
    world = unclear(FakeVenue(loses_orders=1, unclear_for=9))
    before = world.entries

    world.execute.resolve(RESOLVE)

    assert (world.order().status, world.entries) == (OrderStatus.UNKNOWN, before)


def test_a_resubmit_repeats_every_check_without_counting_its_own_reservation() -> None:
    venue = FakeVenue(loses_orders=1)
    tight = replace(FREE, cash=Decimal(1_050), limits=Limits(instrument_exposure=Decimal(1)))
    world = World(venue, rules=tight)
    world.execute(BUY)

    world.execute.resolve(RESOLVE)

    assert (world.order().status, venue.received) == (OrderStatus.ACCEPTED, [BUY.id])
    assert world.account.free_cash == 0


def test_a_resubmit_that_is_refused_now_is_denied_and_frees_its_cash() -> None:
    venue = FakeVenue(loses_orders=1)
    world = unclear(venue)
    world.ledger.items.controls[PAPER] = Control(TradingState.HALTED)

    world.execute.resolve(RESOLVE)

    assert world.order().status is OrderStatus.DENIED
    assert world.order().reason.startswith("KILL_SWITCH_HALTED")
    assert (venue.received, world.account.stakes, world.book.orders) == ([], {}, ())


def test_a_resubmit_past_its_time_is_expired() -> None:
    venue = FakeVenue(loses_orders=1)
    world = unclear(venue)
    world.clock.time = day(1) + DAY + 1

    world.execute.resolve(RESOLVE)

    assert (world.order().status, venue.received) == (OrderStatus.EXPIRED, [])
    assert world.account.stakes == {}
    assert world.order().reason == f"valid until {BUY.valid_until}, it is {day(1) + DAY + 1}"


def test_a_resubmit_after_its_book_has_gone_on_is_expired() -> None:
    """Else a decision of one bar would fill at the open of a much later one."""
    world = unclear(FakeVenue(loses_orders=1))
    world.execute.apply_bars.ledger.mark(replace(world.book, last_bar=day(2)))

    world.execute.resolve(RESOLVE)

    assert world.order().status is OrderStatus.EXPIRED


def test_an_exit_that_was_lost_is_sent_again() -> None:
    venue = FakeVenue(loses_orders=1)
    world = in_position(venue)
    world.execute(SELL)
    assert world.order(SELL).status is OrderStatus.UNKNOWN

    world.execute(SELL)

    assert (world.order(SELL).status, venue.received) == (OrderStatus.ACCEPTED, [SELL.id])


@pytest.mark.parametrize("status", [OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.REJECTED])
def test_an_unclear_order_becomes_whatever_the_venue_reports(status: OrderStatus) -> None:
    class Answering(FakeVenue):
        def find(self, order: Order) -> VenueAnswer:
            return Reported(status)

    world = unclear(Answering(loses_answers=1))

    world.execute.resolve(RESOLVE)

    assert world.order().status is status


def test_an_order_that_is_settled_is_not_asked_about() -> None:
    class Silent(FakeVenue):
        def find(self, order: Order) -> VenueAnswer:
            raise AssertionError("asked about a settled order")

    world = World(Silent())
    world.execute(BUY)

    world.execute.resolve(RESOLVE)


def test_resolving_an_order_that_nobody_knows_is_refused() -> None:
    with pytest.raises(BadInputError, match="is not in the ledger of paper"):
        World().execute.resolve(replace(RESOLVE, order_id=IntentId("nobody")))


def test_a_venue_that_proves_absence_at_once_leaves_the_order_submitted() -> None:
    class Vanishing(FakeVenue):
        def submit(self, order: Order) -> VenueAnswer:
            return Absent()

    world = World(Vanishing())
    world.execute(BUY)

    assert world.order().status is OrderStatus.SUBMITTED


def test_an_intent_for_an_unknown_account_or_instrument_is_refused_by_name() -> None:
    with pytest.raises(BadInputError, match="unknown account 'live'"):
        World().execute(replace(BUY, account="live"))
    with pytest.raises(BadInputError, match=r"unknown instrument BOLT.TEST"):
        World().execute(replace(BUY, instrument=BOLT))


def test_prices_of_an_order_are_on_the_tick() -> None:
    world = World()
    world.execute(replace(BUY, reference_price=Decimal("99.99")))

    assert world.order().worst_price % SHARE.tick == 0


# ── ladders ──────────────────────────────────────────────────────────────────────────────────────────────────────

MORE = intent(ts=day(2), adds_to=str(order_id()), assumed_version=1)


def test_a_ladder_s_further_entry_belongs_to_the_position_that_it_adds_to() -> None:
    world = in_position()

    world.execute(MORE)

    order = world.order(MORE)
    assert (order.status, order.parent, order.leg) == (OrderStatus.ACCEPTED, order_id(), Leg.ENTRY)


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (replace(MORE, adds_to="00000000-0000-0000-0000-000000000000"), "NOTHING_TO_ADD_TO"),
        (replace(MORE, adds_to=""), "ALREADY_IN_POSITION"),
    ],
    ids=["another position", "an entry of its own"],
)
def test_an_entry_that_fits_no_position_is_denied(wish: OrderIntent, reason: str) -> None:
    world = in_position()

    world.execute(wish)

    assert (world.order(wish).status, world.order(wish).reason) == (OrderStatus.DENIED, reason)


def test_nothing_is_added_to_what_is_gone_or_on_its_way_out() -> None:
    gone, leaving = World(), in_position()
    leaving.execute(SELL)

    gone.execute(replace(MORE, assumed_version=-1))
    leaving.execute(MORE)

    assert gone.order(MORE).reason == "NOTHING_TO_ADD_TO"
    assert leaving.order(MORE).reason == "EXIT_WORKING"
