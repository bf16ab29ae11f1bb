"""Orders of a person that wait for their price on paper: every kind and lifetime, beside a position's own levels."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from tests.builders import ACME, FREE, PAPER, bar, configuration, day, flat_bar
from tests.fakes.ledger import FakeLedger
from tests.fakes.world import FakeClock, FakePause, FakeVenue
from tradewind.application.apply_bars import ApplyBars
from tradewind.application.by_hand import Wanted, entry_intent, exit_intent
from tradewind.application.execute_message import ExecuteMessage
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.steering import Steering
from tradewind.domain.bar import Bar
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.errors import BadInputError
from tradewind.domain.ledger import Book, Control, TradingState
from tradewind.domain.market import BookLevel, OrderBook
from tradewind.domain.messages import BarMessage, IntentMessage, Message, from_json, to_json
from tradewind.domain.order import Leg, Order, OrderStatus
from tradewind.domain.order_terms import OrderKind, Terms, TimeInForce
from tradewind.domain.replace_message import Change
from tradewind.domain.timeframe import DAY, Timeframe

NOW = day(3)
S = OrderStatus


def money(text: str | int) -> Decimal:
    return Decimal(text)


@dataclass
class World:
    """A daily share that last closed at 100; nothing is held."""

    books: dict[str, OrderBook] = field(default_factory=dict)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    bars: list[Bar] = field(default_factory=lambda: [flat_bar(3, 100)])
    keys: int = 0

    def __post_init__(self) -> None:
        self.configuration = configuration(rules=FREE)
        apply_bars = ApplyBars(self.configuration, self.ledger, self.history)
        clock, venues = FakeClock(), {"PAPER": FakeVenue()}
        execute = ExecuteOrder(self.configuration, self.ledger, venues, apply_bars, clock, self.books.get)
        self.execute = ExecuteMessage(apply_bars, execute, FakePause())

    def history(self, _: object, __: object, after: int, until: int) -> list[Bar]:
        return [one for one in self.bars if after < one.ts_close <= until]

    @property
    def book(self) -> Book:
        return self.ledger.items.book(PAPER, ACME)

    @property
    def now(self) -> int:
        return self.bars[-1].ts_close

    def order(self, order_id: str) -> Order:
        return self.ledger.items.orders[PAPER, order_id]  # type: ignore[index]

    def sent(self, message: Message) -> None:
        read = from_json(to_json(message))
        assert read == message
        self.execute(read)

    def wanted(self, terms: Terms, **changes: Any) -> Wanted:
        self.keys += 1
        close = money(str(self.bars[-1].close)).quantize(money("0.01"))
        made = Wanted(money(10), close, "by hand", f"k{self.keys}", self.now, money("80.00"), terms=terms)
        return replace(made, **changes)

    def buy(self, terms: Terms, **changes: Any) -> str:
        intent = entry_intent(self.configuration, self.book, self.wanted(terms, **changes))
        self.sent(IntentMessage(intent))
        return intent.id

    def sell(self, terms: Terms, **changes: Any) -> str:
        intent = exit_intent(self.configuration, self.book, self.wanted(terms, **changes))
        self.sent(IntentMessage(intent))
        return intent.id

    def change(self, order_id: str, change: Change, key: str = "c") -> Message:
        steering = Steering(self.configuration, lambda _: self.now, "ana", key)
        message = steering.replace(self.order(order_id), change, "closer")
        self.sent(message)
        return message

    def bar(self, open_: float, high: float, low: float, close: float, volume: float = 0.0) -> None:
        one = bar(self.now // DAY + 1, open_, high, low, close, volume)
        self.bars.append(one)
        self.execute(BarMessage(PAPER, ACME, Timeframe.D1, 1, one, -1, "", "t"))
        owner = self.ledger.items.accounts[PAPER]
        assert owner.cash + self.book.exposure == owner.opening + owner.realised

    @property
    def fills(self) -> list[tuple[str, Decimal, Decimal]]:
        return [(one.leg, one.quantity, one.price) for one in self.ledger.items.fills.values()]


def terms(kind: str, limit: str = "0", trigger: str = "0", trail: str = "0", **more: Any) -> Terms:
    return Terms(OrderKind(kind), money(limit), money(trigger), money(trail), **more)


LIMIT = terms("LIMIT", "95.00")


# ── each kind ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("case", "wanted", "one", "status", "price"),
    [
        ("a limit that is not reached", LIMIT, (100, 103, 95.01, 99), S.ACCEPTED, None),
        ("a limit that is touched", LIMIT, (100, 103, 95, 99), S.FILLED, "95.00"),
        ("a limit that opens beyond", LIMIT, (93, 103, 90, 99), S.FILLED, "93.00"),
        ("a stop that is not reached", terms("STOP", trigger="105"), (100, 104.99, 95, 99), S.ACCEPTED, None),
        ("a stop that is touched", terms("STOP", trigger="105"), (100, 105, 95, 99), S.FILLED, "105.00"),
        ("a stop that opens beyond", terms("STOP", trigger="105"), (106, 107, 95, 99), S.FILLED, "106.00"),
        ("a touch", terms("TAKE_PROFIT", trigger="97"), (100, 101, 96, 99), S.FILLED, "97.00"),
        ("a stop limit", terms("STOP_LIMIT", "106", "105"), (100, 108, 99, 107), S.FILLED, "105.00"),
        ("a stop limit jumped over", terms("STOP_LIMIT", "106", "105"), (107, 109, 106.5, 108), S.TRIGGERED, None),
        ("one that comes back", terms("STOP_LIMIT", "106", "105"), (107, 109, 105.9, 108), S.FILLED, "106.00"),
        ("a limit below its stop", terms("STOP_LIMIT", "104", "105"), (100, 106, 99, 104), S.TRIGGERED, None),
        ("a trailing stop", terms("TRAILING_STOP", trail="4"), (100, 104, 99, 101), S.FILLED, "104.00"),
        ("one that follows", terms("TRAILING_STOP", trail="4"), (99, 100, 90, 93), S.ACCEPTED, None),
        ("one that turns", terms("TRAILING_STOP", trail="4"), (99, 100, 90, 95), S.FILLED, "94.00"),
    ],
)
def test_an_entry_waits_for_its_price(
    case: str, wanted: Terms, one: tuple[float, ...], status: S, price: str | None
) -> None:
    world = World()
    order_id = world.buy(wanted)
    assert world.order(order_id).status is S.ACCEPTED, case

    world.bar(*one)

    assert (world.order(order_id).status, [fill[2] for fill in world.fills]) == (
        status,
        [money(price)] if price else [],
    )
    if price:
        stop = world.book.bracket(world.order(order_id).parent, Leg.STOP)
        assert stop is not None
        assert (stop.price, stop.quantity) == (money("80.00"), money(10))


def test_a_woken_stop_limit_waits_at_its_limit() -> None:
    world = World()
    order_id = world.buy(terms("STOP_LIMIT", "104", "105"))
    world.bar(100, 106, 99, 104.5)
    world.bar(105, 107, 104, 106)

    assert (world.order(order_id).status, world.fills) == (S.FILLED, [("ENTRY", money(10), money("104"))])


def test_a_trailing_stop_only_ever_comes_closer() -> None:
    world = World()
    order_id = world.buy(terms("TRAILING_STOP", trail="4"))
    triggers = [world.order(order_id).terms.trigger]
    for one in ((99, 100, 95, 96), (96, 98, 95.5, 97), (97, 98, 92, 93)):
        world.bar(*one)
        triggers.append(world.order(order_id).terms.trigger)

    assert triggers == [money(104), money(99), money(99), money(96)]


# ── beside a position ────────────────────────────────────────────────────────────────────────────────────────────


def holding(**changes: Any) -> World:
    """Return a world that holds ten at 100, stop 80."""
    world = World()
    world.buy(terms("MARKET"), **changes)
    return world


HALF, NEAR, FAR = ("LIMIT", "110", "0", 4), ("STOP", "0", "90", 4), ("LIMIT", "111", "0", 8)


@pytest.mark.parametrize(
    ("case", "exits", "one", "fills", "left"),
    [
        ("half at a limit", [HALF], (100, 111, 99, 105), [("EXIT", 4, 110)], 6),
        ("stop before limit", [HALF], (100, 111, 79, 105), [("STOP", 10, 80)], 0),
        ("a nearer stop, then the own", [NEAR], (100, 101, 79, 85), [("EXIT", 4, 90), ("STOP", 6, 80)], 0),
        ("two of them", [HALF, NEAR], (100, 112, 89, 96), [("EXIT", 4, 90), ("EXIT", 4, 110)], 2),
        ("never more than is held", [HALF, FAR], (100, 112, 99, 105), [("EXIT", 4, 110), ("EXIT", 6, 111)], 0),
        ("the gap fills at the open", [HALF], (115, 116, 79, 105), [("EXIT", 4, 115), ("STOP", 6, 80)], 0),
    ],
)
def test_exits_that_wait_and_the_position_s_own_are_one_set(
    case: str, exits: list[Any], one: tuple[float, ...], fills: list[Any], left: int
) -> None:
    world = holding()
    for kind, limit, trigger, quantity in exits:
        world.sell(terms(kind, limit, trigger), quantity=money(quantity))
    world.bar(*one)

    told = [(leg, money(quantity), money(price)) for leg, quantity, price in fills]
    assert world.fills[1:] == told, case
    assert sum(one.quantity for one in world.book.positions) == left
    if left:
        assert world.book.protects(world.book.positions[0].parent)
    else:
        assert world.book.orders == ()


def test_an_entry_that_waited_is_netted_into_what_is_held_and_one_stop_covers_both() -> None:
    world = holding()
    world.buy(LIMIT, stop=money("82.00"))
    world.buy(terms("LIMIT", "90.00"), quantity=money(5), stop=money("82.00"))
    world.bar(100, 101, 89, 92)

    (position,) = world.book.positions
    assert (position.quantity, position.cost, position.entries) == (money(25), money(1000 + 950 + 450), 3)
    (stop,) = world.book.orders
    assert (stop.leg, stop.price, stop.quantity) == (Leg.STOP, money("82.00"), money(25))


def test_what_is_opened_inside_a_bar_is_stopped_in_it_if_the_low_says_so() -> None:
    world = World()
    world.buy(LIMIT, stop=money("94.00"), target=money("99.00"))
    world.bar(100, 103, 94, 100)

    assert world.fills == [("ENTRY", money(10), money(95)), ("STOP", money(10), money(94))]


def test_a_high_that_may_have_come_before_the_entry_reaches_no_target() -> None:
    world = World()
    world.buy(LIMIT, target=money("99.00"))
    world.bar(100, 103, 94.5, 98)
    assert [one[0] for one in world.fills] == ["ENTRY"]

    world.bar(98, 99, 97, 98)
    assert [one[0] for one in world.fills] == ["ENTRY", "TARGET"]


def test_closing_the_position_ends_every_exit_that_waits() -> None:
    world = holding()
    waiting = world.sell(terms("LIMIT", "110"), quantity=money(4))
    world.sell(terms("MARKET"))

    assert (world.order(waiting).status, world.book.is_active) == (S.CANCELED, False)


# ── lifetimes ────────────────────────────────────────────────────────────────────────────────────────────────────


def asks(*levels: tuple[str, int]) -> dict[str, OrderBook]:
    offers = tuple(BookLevel(money(price), money(quantity)) for price, quantity in levels)
    return {ACME: OrderBook(ACME, NOW, (BookLevel(money("99.90"), money(50)),), offers)}


@pytest.mark.parametrize(
    ("lifetime", "status", "filled", "reason"),
    [
        ("GTC", S.PARTIALLY_FILLED, 6, ""),
        ("IOC", S.CANCELED, 6, "IOC: 6 of 10 were to be had"),
        ("FOK", S.CANCELED, 0, "FOK: 6 of 10 were to be had at 100.20"),
    ],
)
def test_what_a_book_does_not_offer_waits_or_ends_as_its_lifetime_says(
    lifetime: str, status: S, filled: int, reason: str
) -> None:
    world = World(asks(("100.10", 4), ("100.20", 2), ("100.30", 99)))
    order = world.order(world.buy(terms("LIMIT", "100.20", lifetime=TimeInForce(lifetime))))

    assert (order.status, order.filled) == (status, money(filled))
    assert reason in order.reason
    assert [one[1:] for one in world.fills] == ([(money(6), money("100.14"))] if filled else [])
    assert [(one.leg, one.quantity) for one in world.book.orders if one.leg is Leg.STOP] == (
        [(Leg.STOP, money(6))] if filled else []
    )


def test_the_rest_of_a_part_fills_later_and_the_stop_grows_with_it() -> None:
    world = World(asks(("100.10", 4)))
    order_id = world.buy(terms("LIMIT", "100.20"))
    reserved = world.order(order_id).reserved
    world.books.clear()
    world.bar(101, 102, 100, 101)

    order = world.order(order_id)
    assert (order.status, order.quantity, order.parts, reserved) == (S.FILLED, money(10), 2, money("601.20"))
    assert [one[1:] for one in world.fills] == [(money(4), money("100.10")), (money(6), money("100.20"))]
    assert sorted(trade for _, trade in world.ledger.items.fills) == [f"{order_id}-1", f"{order_id}-2"]
    (position,) = world.book.positions
    assert (position.quantity, position.entries) == (money(10), 1)
    assert world.book.protects(position.parent)


def test_a_limit_gets_no_more_than_its_share_of_what_was_traded() -> None:
    world = World()
    order_id = world.buy(LIMIT)
    world.bar(100, 103, 94, 99, volume=69)
    assert (world.order(order_id).status, world.order(order_id).filled) == (S.PARTIALLY_FILLED, money(6))

    world.bar(100, 103, 94, 99, volume=1000)
    assert world.order(order_id).status is S.FILLED


def test_post_only_waits_and_never_takes() -> None:
    world = World(asks(("100.10", 4)))
    taking = world.order(world.buy(terms("LIMIT", "100.10", post_only=True)))
    waiting = world.order(world.buy(terms("LIMIT", "100.05", post_only=True)))

    assert (taking.status, taking.reason) == (S.REJECTED, "WOULD_TAKE: post-only, and 100.10 is offered")
    assert (waiting.status, world.fills) == (S.ACCEPTED, [])


@pytest.mark.parametrize(
    ("case", "made", "ends"),
    [
        ("a day's order", {"lifetime": TimeInForce.DAY}, 4),
        ("one until a moment inside a bar", {"lifetime": TimeInForce.GTD, "expires": NOW + DAY // 2}, 4),
        ("one until the end of the second bar", {"lifetime": TimeInForce.GTD, "expires": NOW + 2 * DAY}, 5),
    ],
)
def test_what_is_good_for_a_while_ends_after_it(case: str, made: dict[str, Any], ends: int) -> None:
    world = World()
    order_id = world.buy(replace(LIMIT, **made))
    until = []
    while world.order(order_id).status is S.ACCEPTED:
        world.bar(100, 103, 96, 99)
        until.append(world.now // DAY)

    assert (until[-1], world.order(order_id).status, world.order(order_id).reserved) == (ends, S.EXPIRED, money(0)), (
        case
    )


def test_a_moment_inside_a_bar_is_not_stretched_to_its_low() -> None:
    world = World()
    order_id = world.buy(replace(LIMIT, lifetime=TimeInForce.GTD, expires=NOW + DAY // 2))
    world.bar(100, 103, 90, 99)

    assert (world.order(order_id).status, world.fills) == (S.EXPIRED, [])


# ── changing ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_change_is_made_once_and_its_copy_changes_nothing() -> None:
    world = World()
    order_id = world.buy(LIMIT)
    message = world.change(order_id, Change(quantity=money(4), limit=money("96.00")))
    order, version = world.order(order_id), world.book.version
    world.sent(message)

    assert (order.quantity, order.terms.limit, order.reserved, order.revision) == (money(4), money(96), money(384), 1)
    assert world.book.version == version
    (event,) = [e for one in world.ledger.items.journals[PAPER] for e in one.events if e.kind == "ORDER_CHANGED"]
    assert event.data
    assert (event.data["by"], event.data["limit"]) == ("ana", "96.00")


def test_a_change_for_an_order_as_it_was_before_another_change_is_void() -> None:
    world = World()
    order_id = world.buy(LIMIT)
    steering = Steering(world.configuration, lambda _: world.now, "bob", "late")
    late = steering.replace(world.order(order_id), Change(limit=money("97.00")), "too late")
    world.change(order_id, Change(limit=money("96.00")))
    world.sent(late)

    assert world.order(order_id).terms.limit == money(96)


def test_a_limit_that_is_raised_to_the_market_fills_at_once() -> None:
    world = World()
    order_id = world.buy(LIMIT)
    world.change(order_id, Change(limit=money("101.00")))

    assert (world.order(order_id).status, world.fills) == (S.FILLED, [("ENTRY", money(10), money(100))])


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("OFF_TICK", Change(limit=money("96.001"))),
        ("OFF_LOT", Change(quantity=money("1.5"))),
        ("STOP_ABOVE_PRICE", Change(limit=money("79.00"))),
        ("MAX_INSTRUMENT_EXPOSURE", Change(quantity=money(1000))),
    ],
)
def test_a_change_that_a_new_order_would_be_denied_for_is_refused_and_on_record(reason: str, change: Change) -> None:
    world = World()
    order_id = world.buy(LIMIT)
    before = world.order(order_id)
    world.change(order_id, change)

    after = world.order(order_id)
    assert after.reason.startswith(f"CHANGE_REFUSED {reason}: ")
    assert replace(after, reason=before.reason, revision=0) == before


def test_the_kill_switch_lets_a_change_shrink_an_entry_and_not_grow_it() -> None:
    world = World()
    order_id = world.buy(LIMIT)
    world.ledger.items.controls[PAPER] = Control(TradingState.REDUCING, "news", 1)
    world.change(order_id, Change(quantity=money(11)))
    world.change(order_id, Change(quantity=money(9)), "again")

    order = world.order(order_id)
    assert (order.quantity, order.revision) == (money(9), 2)


def test_a_position_s_stop_and_target_are_moved_within_the_market_and_never_taken_away() -> None:
    world = holding(target=money("120.00"))
    stop, target = (one.id for one in world.book.orders)
    world.change(stop, Change(trigger=money("90.00")))
    world.change(target, Change(limit=money("115.00")))
    world.change(stop, Change(trigger=money("100.00")))
    world.change(target, Change(limit=money("99.00")))

    assert [one.price for one in world.book.orders] == [money(90), money(115)]
    assert {world.order(one).reason.partition(":")[0] for one in (stop, target)} == {"CHANGE_REFUSED WOULD_TRIGGER"}
    with pytest.raises(BadInputError, match="has no quantity"):
        world.change(stop, Change(quantity=money(1)))


def test_a_trail_that_is_changed_is_measured_anew() -> None:
    world = holding()
    order_id = world.sell(terms("TRAILING_STOP", trail="8"))
    assert world.order(order_id).terms.trigger == money(92)
    world.change(order_id, Change(trail=money("3.00")))

    assert world.order(order_id).terms.trigger == money(97)


def test_all_that_works_is_cancelled_but_what_protects() -> None:
    world = holding()
    world.sell(terms("LIMIT", "110"), quantity=money(4))
    world.buy(LIMIT)
    steering = Steering(world.configuration, lambda _: world.now, "ana", "all")
    for message in steering.cancelling([world.book], "enough"):
        assert isinstance(message, CommandMessage)
        assert message.command is Command.CANCEL
        world.sent(message)

    assert [one.leg for one in world.book.orders] == [Leg.STOP]
