"""An account at a venue: what it is told to do it does once, and the ledger follows what the venue says."""

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import intent
from tests.fakes.ledger import FakeHealthBoard, FakeJournal, FakeLedger
from tests.fakes.world import FakeClock, FakePause
from tests.unit.application.test_guard_stops import Queue
from tests.venues import faults
from tests.venues.private import KEY, SECRET
from tests.venues.trading import Pit, pit
from tradewind.application.apply_bars import ApplyBars
from tradewind.application.apply_split import apply_split
from tradewind.application.execute_message import ExecuteMessage
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.guard_stops import GuardReport, GuardStops
from tradewind.application.ports_venue import SKEW, ExecutionVenue, Unclear, VenueAnswer
from tradewind.domain.bar import Bar
from tradewind.domain.changeset import Changeset
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.configuration import AccountMode, AccountRules, Configuration, Limits
from tradewind.domain.errors import ConflictError, InvariantError
from tradewind.domain.identifiers import IntentId, intent_id
from tradewind.domain.instrument import Instrument
from tradewind.domain.ledger import Book
from tradewind.domain.messages import BarMessage, IntentMessage, Levels, ResolveMessage
from tradewind.domain.order import BY_HAND, BY_STRATEGY, NOTHING, Leg, Order, OrderIntent, OrderStatus, Side
from tradewind.domain.split_message import SplitMessage
from tradewind.domain.terms import OrderKind, Terms, TimeInForce
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe

COINS = "coins"
ADD = {"kraken": "AddOrder", "bybit": "order/create", "alpaca": "/v2/orders"}


class Desk:
    """An executor in front of one venue, its ledger in memory, its time the pit's."""

    def __init__(self, at: Pit) -> None:
        self.at, self.name = at, at.instrument
        rules = AccountRules(
            COINS, at.venue.facts.name, Decimal(100_000), 26, 0, Limits(instrument_exposure=Decimal(1)),
            mode=AccountMode.SANDBOX, credentials="ssm:/coins",
        )  # fmt: skip
        instrument = Instrument(self.name, Decimal("0.01"), Decimal("0.00001"))
        self.configuration = Configuration("desk", "system", 0, (), {self.name: instrument}, (rules,), (), (), "hash")
        self.ledger, self.clock = FakeLedger(), FakeClock()
        apply_bars = ApplyBars(self.configuration, self.ledger, lambda *_: ())
        self.order = ExecuteOrder(self.configuration, self.ledger, {COINS: at.venue}, apply_bars, self.clock)
        self.execute = ExecuteMessage(apply_bars, self.order, pause=None)  # type: ignore[arg-type]

    @property
    def book(self) -> Book:
        return self.ledger.items.book(COINS, self.name)

    def wish(self, leg: Leg = Leg.ENTRY, **changes: object) -> OrderIntent:
        ts = self.at.time.ms()
        last = self.at.book.market.last(self.at.symbol)
        values = {
            "account": COINS, "instrument": self.name, "ts": ts, "valid_until": ts + 10 * MINUTE,
            "quantity": Decimal(2), "reference_price": last, "stop": last - 20, "target": last + 40,
            "assumed_version": self.book.version, "side": Side.BUY if leg is Leg.ENTRY else Side.SELL,
        }  # fmt: skip
        return replace(intent(leg), **values | changes)  # type: ignore[arg-type]

    def send(self, what: OrderIntent) -> Order:
        self.clock.time = self.at.time.ms()
        self.execute(IntentMessage(what))
        return self.ledger.items.orders[COINS, what.id]

    def ask(self, order: Order) -> Order:
        self.clock.time = self.at.time.ms()
        self.execute(ResolveMessage(COINS, self.name, order.id, self.clock.time, "t"))
        return self.ledger.items.orders[COINS, order.id]

    def protect(self, parent: IntentId) -> None:
        self.clock.time = self.at.time.ms()
        version, why = self.book.version, "seen by the watchdog"
        self.execute(
            CommandMessage(Command.PROTECT, COINS, self.name, self.clock.time, why, "guard_stops", "k", version, parent)
        )

    def guard(self) -> GuardReport:
        """Let the watchdog look once, and do what it asks for."""
        self.clock.time, queue, items = self.at.time.ms(), Queue(), self.ledger.items
        report = GuardStops(
            self.configuration, self.ledger, queue, FakeHealthBoard(items), FakeJournal(items), self.clock,
            FakePause(), {COINS: self.at.venue},
        )()  # fmt: skip
        for one in queue.sent:
            self.execute(one)
        return report

    def pass_bar(self, high: Decimal, levels: tuple[Levels, ...] = ()) -> None:
        self.execute(self.next_bar(high, levels))

    def next_bar(self, high: Decimal, levels: tuple[Levels, ...] = ()) -> BarMessage:
        ts = self.at.time.ms() // MINUTE * MINUTE + MINUTE
        self.at.time.now = ts / 1000
        self.clock.time = ts
        last = float(self.at.book.market.last(self.at.symbol))
        bar = Bar(ts - MINUTE, ts, last, float(high), last, last, 1.0)
        return BarMessage(COINS, self.name, Timeframe.M1, 1, bar, -1, "", "t", 0, levels)

    def check(self) -> None:
        """Compare the ledger with the venue: what is held, and what was paid."""
        account = self.ledger.items.accounts[COINS]
        base, _, quote = self.at.symbol.partition("-")
        exchange = self.at.book
        held = sum((one.quantity for one in self.book.positions), Decimal(0))
        assert exchange.balances[base] - exchange.paid_in[base] == held
        assert exchange.balances[quote] - exchange.paid_in[quote] == account.cash - account.opening
        assert account.cash + self.book.exposure == account.opening + account.realised


@pytest.fixture(params=["fake", "kraken", "bybit", "alpaca"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with pit(request.param) as at:
        yield Desk(at)


def stop_at(desk: Desk) -> list[tuple[Decimal, Decimal]]:
    return [(one.quantity, one.trigger) for one in desk.at.venue.open_orders() if one.trigger]


def test_an_entry_is_sent_booked_and_its_stop_stands_at_the_venue(desk: Desk) -> None:
    wish = desk.wish()

    order = desk.send(wish)

    assert order.status is OrderStatus.FILLED
    (position,) = desk.book.positions
    stop = desk.book.bracket(position.parent, Leg.STOP)
    assert stop
    assert stop.status is OrderStatus.ACCEPTED
    assert stop_at(desk) == [(stop.quantity, wish.stop)]
    assert position.quantity - stop.quantity < Decimal("0.00001")
    desk.check()


def test_a_stop_whose_record_met_a_conflict_is_clear_within_the_same_delivery(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, left = FakeLedger.commit, [3]

    def contested(ledger: FakeLedger, changeset: Changeset) -> None:
        left[0] -= 1
        if not left[0]:  # the entry is sent, its fills are booked, its stop stands at the venue: this would say so
            raise ConflictError("another transaction was faster")
        commit(ledger, changeset)

    monkeypatch.setattr(FakeLedger, "commit", contested)
    desk.execute = replace(desk.execute, pause=FakePause())
    wish = desk.wish()

    desk.send(wish)

    (position,) = desk.book.positions
    stop = desk.book.bracket(position.parent, Leg.STOP)
    assert stop
    assert stop.status is OrderStatus.ACCEPTED
    assert stop_at(desk) == [(stop.quantity, wish.stop)]


class _DiedError(Exception):
    """The process ended here."""


def test_a_stop_that_never_left_is_sent_by_the_watchdog_s_first_repair(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = type(desk.at.venue).submit

    def dies(venue: ExecutionVenue, order: Order) -> VenueAnswer:
        if order.leg is Leg.STOP:
            raise _DiedError
        return submit(venue, order)

    with monkeypatch.context() as patched:
        patched.setattr(type(desk.at.venue), "submit", dies)
        with pytest.raises(_DiedError):
            desk.send(desk.wish())
    (position,) = desk.book.positions
    desk.at.time.sleep(61)

    desk.protect(position.parent)

    stop = desk.book.bracket(position.parent, Leg.STOP)
    assert stop
    assert stop.status is OrderStatus.ACCEPTED
    assert stop_at(desk) == [(stop.quantity, stop.price)]


def test_a_copy_of_an_entry_changes_nothing(desk: Desk) -> None:
    wish = desk.wish()
    desk.send(wish)
    before = desk.ledger.items.journals[COINS][:]

    desk.send(wish)

    assert desk.ledger.items.journals[COINS] == before
    assert len(desk.at.book.orders) == 2  # the entry and its stop


def test_an_entry_that_fills_in_part_is_protected_for_what_it_got(desk: Desk) -> None:
    _, ask = desk.at.book.market.best(desk.at.symbol)
    wish = desk.wish(quantity=Decimal(3), reference_price=ask / Decimal("1.05"))

    order = desk.send(wish)

    assert order.status is OrderStatus.CANCELED or order.status is OrderStatus.FILLED
    (position,) = desk.book.positions
    assert stop_at(desk)[0][0] <= position.quantity
    desk.check()


def test_a_resting_entry_is_booked_part_by_part_and_its_stop_grows_with_it(desk: Desk) -> None:
    terms = Terms(OrderKind.LIMIT, limit=Decimal("50.00"))
    order = desk.send(desk.wish(terms=terms, stop=Decimal("40.00"), target=Decimal("90.00")))
    assert order.status is OrderStatus.ACCEPTED

    for part, status in (("0.5", OrderStatus.PARTIALLY_FILLED), ("1.5", OrderStatus.FILLED)):
        desk.at.book.trade(desk.at.symbol, Decimal(50), Decimal(part))
        assert desk.ask(order).status is status
        told = desk.ask(order)  # whoever asks again is told nothing new
        assert (told.status, told.filled) == (status, sum(one.quantity for one in desk.at.book.trades))
        ((quantity, _),) = stop_at(desk)
        assert 0 <= desk.book.positions[0].quantity - quantity < Decimal("0.00001")
        desk.check()

    assert sum(one.quantity for one in desk.ledger.items.fills.values()) == desk.book.positions[0].quantity
    assert len(desk.ledger.items.fills) == 2


@pytest.mark.parametrize("lifetime", [TimeInForce.DAY, TimeInForce.GTD])
def test_an_order_that_is_good_for_a_while_ends_after_it_whatever_its_venue_offers(
    desk: Desk, lifetime: TimeInForce
) -> None:
    ends = desk.at.time.ms() + 5 * MINUTE
    terms = Terms(OrderKind.LIMIT, limit=Decimal("50.00"), lifetime=lifetime, expires=ends)
    order = desk.send(desk.wish(terms=terms, stop=Decimal("40.00"), target=Decimal("90.00")))
    desk.at.book.trade(desk.at.symbol, Decimal(50), Decimal("0.5"))
    desk.at.time.sleep(240)
    assert desk.ask(order).status is OrderStatus.PARTIALLY_FILLED

    desk.at.time.sleep(61)

    ended = desk.ask(order)
    assert (ended.status, ended.reserved) == (OrderStatus.EXPIRED, Decimal(0))
    assert [one.trigger for one in desk.at.venue.open_orders()] == [Decimal("40.00")]
    desk.check()


@pytest.mark.parametrize("desk", ["kraken"], indirect=True)
def test_all_or_nothing_ends_unfilled_where_its_venue_knows_no_such_thing_and_has_not_enough(desk: Desk) -> None:
    terms = Terms(OrderKind.LIMIT, limit=Decimal(50), lifetime=TimeInForce.FOK)

    order = desk.send(desk.wish(terms=terms, stop=Decimal("40.00")))

    assert (order.status, order.reserved, desk.at.book.orders) == (OrderStatus.CANCELED, Decimal(0), {})
    assert order.reason.startswith("FOK: ")


def test_a_stop_that_never_grew_at_its_venue_is_put_over_all_of_its_position(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms = Terms(OrderKind.LIMIT, limit=Decimal("50.00"))
    order = desk.send(desk.wish(terms=terms, stop=Decimal("40.00"), target=Decimal("90.00")))
    desk.at.book.trade(desk.at.symbol, Decimal(50), Decimal("0.5"))
    desk.ask(order)
    with monkeypatch.context() as broken:
        broken.setattr(type(desk.at.venue), "replace", lambda *_: Unclear("the connection broke"))
        desk.at.book.trade(desk.at.symbol, Decimal(50), Decimal("1.5"))
        desk.ask(order)
    (position,) = desk.book.positions
    assert position.quantity - stop_at(desk)[0][0] > 1

    desk.protect(position.parent)

    ((quantity, trigger),) = stop_at(desk)
    assert (0 <= position.quantity - quantity < Decimal("0.00001"), trigger) == (True, Decimal("40.00"))
    desk.check()


def test_an_exit_takes_its_stop_back_and_sells_everything(desk: Desk) -> None:
    desk.send(desk.wish())
    desk.at.time.sleep(60)

    order = desk.send(desk.wish(Leg.EXIT))

    assert order.status is OrderStatus.FILLED
    assert desk.book.positions == ()
    assert desk.book.orders == ()
    assert list(desk.at.venue.open_orders()) == []
    account = desk.ledger.items.accounts[COINS]
    assert account.cash == account.opening + account.realised


def test_what_a_part_of_a_sale_leaves_is_never_without_its_stop(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.send(desk.wish())
    desk.at.time.sleep(60)
    submit, stood = type(desk.at.venue).submit, list[list[tuple[Decimal, Decimal]]]()

    def watched(venue: ExecutionVenue, order: Order) -> VenueAnswer:
        stood.append(stop_at(desk))
        return submit(venue, order)

    monkeypatch.setattr(type(desk.at.venue), "submit", watched)
    order = desk.send(desk.wish(Leg.EXIT, quantity=Decimal(1)))

    (position,) = desk.book.positions
    stop = desk.book.bracket(position.parent, Leg.STOP)
    assert order.status is OrderStatus.FILLED
    assert stop
    assert 0 <= position.quantity - stop.quantity < Decimal("0.00001")
    assert [*stood, stop_at(desk)] == [[(stop.quantity, stop.price)]] * 2
    desk.check()


def test_a_stop_that_had_risen_and_was_lost_is_put_where_it_had_come_to(desk: Desk) -> None:
    wish = desk.wish()
    desk.send(wish)
    (position,) = desk.book.positions
    desk.pass_bar(high=wish.reference_price + 1, levels=(Levels(position.parent, wish.stop + 5),))
    (lost,) = [one for one in desk.at.book.working() if one.wish.trigger]
    desk.at.book.cancel(lost)
    stop = desk.book.bracket(position.parent, Leg.STOP)
    assert stop
    desk.ask(stop)

    desk.protect(position.parent)

    assert [trigger for _, trigger in stop_at(desk)] == [wish.stop + 5]


def forget_stops(desk: Desk) -> None:
    desk.at.time.sleep(120)
    for name in [name for name, one in desk.at.book.orders.items() if one.wish.trigger]:
        del desk.at.book.orders[name]


def test_a_position_whose_stop_its_venue_has_forgotten_can_be_left(desk: Desk) -> None:
    desk.send(desk.wish())
    forget_stops(desk)

    assert desk.send(desk.wish(Leg.EXIT)).status is OrderStatus.FILLED
    assert (desk.book.positions, desk.book.orders) == ((), ())


def test_a_stop_that_its_venue_has_forgotten_is_placed_anew(desk: Desk) -> None:
    wish = desk.wish()
    desk.send(wish)
    forget_stops(desk)
    (position,) = desk.book.positions

    desk.protect(position.parent)

    stop = desk.book.bracket(position.parent, Leg.STOP)
    assert stop
    assert stop_at(desk) == [(stop.quantity, wish.stop)]


@pytest.mark.parametrize("desk", ["fake", "bybit"], indirect=True)  # the others tell whose a trade is by its order
def test_a_stop_that_its_venue_has_forgotten_after_it_filled_sells_nothing_twice(desk: Desk) -> None:
    wish = desk.wish()
    desk.send(wish)
    desk.at.time.sleep(60)
    desk.at.book.trade(desk.at.symbol, wish.stop - 1, Decimal(9))
    forget_stops(desk)

    assert desk.send(desk.wish(Leg.EXIT)).reason.startswith("NOTHING_TO_CLOSE: ")
    assert {one.leg for one in desk.ledger.items.fills.values()} == {Leg.ENTRY, Leg.STOP}


def test_a_stop_that_was_faster_than_the_exit_is_booked_and_nothing_is_sold_twice(desk: Desk) -> None:
    wish = desk.wish()
    desk.send(wish)
    desk.at.time.sleep(60)
    desk.at.book.trade(desk.at.symbol, wish.stop - 1, Decimal(9))

    order = desk.send(desk.wish(Leg.EXIT))

    assert (order.status, order.reason.partition(":")[0]) == (OrderStatus.DENIED, "NOTHING_TO_CLOSE")
    assert desk.book.positions == ()
    assert {one.leg for one in desk.ledger.items.fills.values()} == {Leg.ENTRY, Leg.STOP}


def test_a_stop_that_filled_is_noticed_when_it_is_asked_about(desk: Desk) -> None:
    wish = desk.wish()
    desk.send(wish)
    desk.at.book.trade(desk.at.symbol, wish.stop - 1, Decimal(9))
    (stop,) = [one for one in desk.book.orders if one.leg is Leg.STOP]

    assert desk.ask(stop).status is OrderStatus.FILLED
    assert desk.book.orders == ()


def test_a_target_that_a_bar_reached_is_sold_once(desk: Desk) -> None:
    wish = desk.wish()
    desk.send(wish)

    desk.pass_bar(high=wish.target)
    desk.pass_bar(high=wish.target)

    assert desk.book.positions == ()
    assert sum(one.leg is Leg.EXIT for one in desk.ledger.items.orders.values()) == 1
    assert list(desk.at.venue.open_orders()) == []


def test_a_stop_that_rises_rises_at_the_venue(desk: Desk) -> None:
    wish = desk.wish()
    desk.send(wish)
    parent = desk.book.positions[0].parent

    desk.pass_bar(high=wish.reference_price + 1, levels=(Levels(parent, wish.stop + 5),))

    stop = desk.book.bracket(parent, Leg.STOP)
    assert stop
    assert stop.price == wish.stop + 5
    assert stop_at(desk) == [(stop.quantity, wish.stop + 5)]


def test_a_stop_that_is_filled_in_part_is_booked_and_stands_over_what_is_left(desk: Desk) -> None:
    wish = desk.wish()
    desk.send(wish)
    desk.at.time.sleep(60)
    (stop,) = desk.at.book.working()
    desk.at.book.fill_late(stop, Decimal("0.5"), wish.stop)

    assert len(desk.guard().repaired) == 1  # the ledger knows nothing of the fill

    assert desk.guard() == GuardReport(1, (), (), ())
    assert desk.at.book.working() == [stop]
    assert stop_at(desk) == [(desk.book.orders[0].quantity, wish.stop)]
    assert 0 <= desk.book.positions[0].quantity - stop.left < Decimal("0.00001")
    desk.check()


@pytest.mark.parametrize("desk", ["fake"], indirect=True)
@pytest.mark.parametrize("known", [True, False], ids=["known to be lost", "believed in"])
def test_after_a_split_a_lost_stop_is_put_where_it_had_come_to_on_the_new_scale(desk: Desk, *, known: bool) -> None:
    wish = desk.wish()
    desk.send(wish)
    (position,) = desk.book.positions
    desk.pass_bar(high=wish.reference_price + 1, levels=(Levels(position.parent, wish.stop + 4),))
    for _ in range(3 if known else 1):  # what stands in a lost one's place may be lost as well
        desk.protect(position.parent)
        (lost,) = desk.at.book.working()
        desk.at.book.cancel(lost)
        if known:
            desk.ask(next(one for one in desk.book.orders if one.leg is Leg.STOP))

    apply_split(
        desk.configuration, desk.ledger,
        SplitMessage(COINS, desk.name, Decimal(4), desk.book.version, desk.clock.time, "split", 5 * DAY),
    )  # fmt: skip
    base = desk.at.symbol.partition("-")[0]
    desk.at.book.balances[base] *= 4
    desk.guard()

    (held,) = desk.book.positions
    assert held.quantity == position.quantity * 4
    assert stop_at(desk) == [(held.quantity, (wish.stop + 4) / 4)]
    assert desk.guard() == GuardReport(1, (), (), ())


def test_a_target_that_follows_moves_in_the_ledger_with_its_stop_and_is_sold_where_it_went(desk: Desk) -> None:
    wish = desk.wish()
    desk.send(wish)
    parent, version = desk.book.positions[0].parent, desk.book.version

    moved = (Levels(parent, wish.stop + 5, wish.target - 30),)
    for _ in range(2):
        desk.pass_bar(high=wish.reference_price + 1, levels=moved)

    stop, target = (desk.book.bracket(parent, leg) for leg in (Leg.STOP, Leg.TARGET))
    assert stop
    assert target
    assert (stop.price, target.price, desk.book.version) == (wish.stop + 5, wish.target - 30, version + 1)
    desk.pass_bar(high=wish.target - 30)
    assert desk.book.positions == ()


@pytest.mark.parametrize("desk", ["fake", "kraken", "bybit"], indirect=True)
def test_what_a_person_adds_with_a_stop_of_its_own_moves_the_stop_at_the_venue(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ExecuteOrder, "_looked", lambda _self, book, *_: (book, ""))  # there are no bars here
    first = desk.send(desk.wish(source=BY_HAND, strategy=BY_HAND))
    desk.at.time.sleep(60)
    more = desk.wish(id=intent_id("more"), source=BY_HAND, strategy=BY_HAND, adds_to=first.id)

    desk.send(replace(more, stop=more.stop + 3, quantity=Decimal(1)))

    (position,) = desk.book.positions
    stop = desk.book.bracket(position.parent, Leg.STOP)
    assert stop
    assert stop.price == more.stop + 3
    assert stop_at(desk) == [(stop.quantity, stop.price)]
    assert desk.guard() == GuardReport(1, (), (), ())


@pytest.mark.parametrize("desk", ["fake", "kraken"], indirect=True)
def test_an_entry_that_waited_is_netted_into_what_is_held_as_on_paper(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ExecuteOrder, "_looked", lambda _self, book, *_: (book, ""))  # there are no bars here
    desk.send(desk.wish(source=BY_HAND, strategy=BY_HAND))
    desk.at.time.sleep(60)
    terms = Terms(OrderKind.LIMIT, limit=desk.at.book.market.last(desk.at.symbol) + 5)

    desk.send(desk.wish(id=intent_id("more"), source=BY_HAND, strategy=BY_HAND, terms=terms))

    (position,) = desk.book.positions  # or whoever closes "manual" would close the first of them alone
    ((quantity, _),) = stop_at(desk)
    assert (position.entries, 0 <= position.quantity - quantity < Decimal("0.00001")) == (2, True)
    desk.check()


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("source", [BY_STRATEGY, BY_HAND])
@pytest.mark.parametrize("desk", ["fake"], indirect=True)
def test_a_stop_that_rose_stays_there_when_more_of_its_entry_fills(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, source: str, *, lost: bool
) -> None:
    monkeypatch.setattr(ExecuteOrder, "_looked", lambda _self, book, *_: (book, ""))  # there are no bars here
    terms, rises = Terms(OrderKind.LIMIT, limit=Decimal("50.00")), Decimal("45.00")
    order = desk.send(desk.wish(source=source, terms=terms, stop=Decimal("40.00"), target=NOTHING))
    desk.at.book.trade(desk.at.symbol, Decimal(50), Decimal("0.5"))
    desk.ask(order)
    (position,) = desk.book.positions
    desk.pass_bar(high=Decimal(51), levels=(Levels(position.parent, rises),))
    if lost:
        desk.at.book.cancel(next(one for one in desk.at.book.working() if one.wish.trigger))
        desk.ask(next(one for one in desk.book.orders if one.leg is Leg.STOP))

    desk.at.book.trade(desk.at.symbol, Decimal(50), Decimal("0.5"))
    desk.ask(order)

    assert stop_at(desk) == [(position.quantity * 2, rises)]


@pytest.mark.parametrize("desk", ["fake"], indirect=True)
def test_a_target_is_not_reached_by_what_was_traded_before_its_position_was_opened(desk: Desk) -> None:
    desk.at.time.now = desk.at.time.ms() // MINUTE * MINUTE / 1000 + 30
    wish = desk.wish()
    desk.send(wish)

    for held in (1, 0):
        desk.pass_bar(high=wish.target)
        assert len(desk.book.positions) == held


def test_an_entry_that_the_venue_refuses_is_rejected_with_its_code(desk: Desk) -> None:
    desk.at.book.balances = {name: Decimal(1) for name in desk.at.book.balances}
    desk.at.book.paid_in = dict(desk.at.book.balances)

    order = desk.send(desk.wish())

    assert order.status is OrderStatus.REJECTED
    assert order.reason.startswith("INSUFFICIENT_BALANCE: ")
    assert desk.book.orders == ()


@pytest.fixture(params=["kraken", "bybit"])
def served(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with pit(request.param) as at:
        yield Desk(at)


def test_an_entry_whose_answer_was_lost_is_found_and_booked_once(served: Desk) -> None:
    served.at.served.faults.append(faults.lost(path=ADD[served.at.served.name]))
    order = served.send(served.wish())
    assert order.status is OrderStatus.UNKNOWN

    order = served.ask(order)

    assert order.status is OrderStatus.FILLED
    assert len(stop_at(served)) == 1
    served.check()


def test_an_entry_that_never_arrived_is_sent_again_only_when_it_cannot_arrive_any_more(served: Desk) -> None:
    served.at.served.faults.append(faults.hang_up(path=ADD[served.at.served.name]))
    order = served.send(served.wish())

    assert served.ask(order).status is OrderStatus.UNKNOWN
    assert served.at.book.orders == {}
    served.at.time.now = (order.deadline + SKEW + 1) / 1000

    assert served.ask(order).status is OrderStatus.FILLED
    assert sum(not one.wish.trigger for one in served.at.book.orders.values()) == 1
    served.check()


def test_an_entry_that_the_venue_took_twice_is_a_broken_promise(served: Desk) -> None:
    served.at.served.faults.append(faults.twice(path=ADD[served.at.served.name]))

    with pytest.raises(InvariantError, match="took it twice"):
        served.send(served.wish())


def test_fills_that_are_not_shown_yet_are_booked_when_they_are(served: Desk) -> None:
    assert served.at.account
    served.at.account.hides = 3_000
    order = served.send(served.wish())
    assert order.status.is_working

    served.at.time.sleep(4)

    assert served.ask(order).status is OrderStatus.FILLED
    assert len(stop_at(served)) == 1
    served.check()


def test_a_session_leaves_no_secret_behind(
    served: Desk, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    served.at.served.faults.append(faults.lost(path=ADD[served.at.served.name]))
    served.ask(served.send(served.wish()))
    served.at.time.sleep(60)
    served.send(served.wish(Leg.EXIT))
    assert served.at.account
    served.at.account.key = "rotated"
    served.send(served.wish(id=intent_id("again")))

    everything = "\n".join(
        [repr(served.ledger.items), repr(served.order), caplog.text, *capfd.readouterr(), *os.environ.values()]
    )

    assert "BAD_CREDENTIALS" in everything
    assert KEY not in everything
    assert SECRET not in everything


@pytest.mark.parametrize("desk", ["fake"], indirect=True)
def test_a_bar_that_comes_again_after_a_later_one_sells_and_moves_nothing(desk: Desk) -> None:
    wish = desk.wish()
    desk.send(wish)
    (position,) = desk.book.positions
    late = desk.next_bar(wish.target, (Levels(position.parent, Decimal(0), wish.target + 30),))
    desk.pass_bar(high=wish.reference_price + 1)
    before = desk.book

    desk.execute(late)

    assert desk.book == before
