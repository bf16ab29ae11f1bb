"""Orders that a venue cannot hold wait here: it hears of each once, when its price has come."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import cast

import pytest

from tests import builders
from tests.fakes.ledger import FakeLedger
from tests.fakes.venue import FakeExchangeVenue
from tests.fakes.world import FakePause
from tests.unit.application.at_venue.desk import COINS, Desk, stop_at
from tests.unit.application.test_watch import World
from tests.venues.trading import pit
from tradewind.application.execute_message import ExecuteMessage
from tradewind.application.ports_venue import SKEW, ExecutionVenue, Unclear, VenueAnswer
from tradewind.domain.bar import Bar
from tradewind.domain.changeset import Changeset
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.configuration import AccountMode
from tradewind.domain.errors import ConflictError, TransientError
from tradewind.domain.identifiers import intent_id
from tradewind.domain.ledger import Control, TradingState
from tradewind.domain.messages import BarMessage, ResolveMessage
from tradewind.domain.order import AT_MARKET, NOTHING, Leg, Order, OrderStatus
from tradewind.domain.replace_message import Change, ReplaceMessage
from tradewind.domain.terms import OrderKind, Terms, TimeInForce
from tradewind.domain.timeframe import MINUTE, Timeframe

S, K = OrderStatus, OrderKind
DOLLAR = Decimal(1)
FAR_BELOW, DEAR, FAR_ABOVE = Decimal("50.00"), Decimal("160.00"), Decimal("400.00")
"""The venues' own prices lie between 98 and 152, and are others each minute: bars are what the tests say they are."""


@pytest.fixture(params=["fake", "kraken", "bybit", "alpaca"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with pit(request.param) as at:
        if isinstance(at.venue, FakeExchangeVenue):
            at.venue.facts = replace(at.venue.facts, kinds=frozenset({K.MARKET, K.LIMIT, K.STOP}))
        yield Desk(at)


def passed(desk: Desk, low: Decimal, high: Decimal, close: Decimal) -> BarMessage:
    """Let a minute pass in which the price was seen between two others."""
    ts = desk.at.time.ms() // MINUTE * MINUTE + MINUTE
    desk.at.time.now = ts / 1000
    open_ = min(max(close, low), high)
    bar = Bar(ts - MINUTE, ts, float(open_), float(high), float(low), float(close), 1.0)
    message = BarMessage(COINS, desk.name, Timeframe.M1, 1, bar, -1, "", "t", 0, ())
    desk.clock.time = ts
    desk.execute(message)
    return message


def held(desk: Desk, leg: Leg, terms: Terms, **changes: object) -> Order:
    order = desk.send(
        desk.wish(leg, terms=terms, stop=FAR_BELOW, target=Decimal(0), id=intent_id("held", terms.kind, leg), **changes)
    )
    assert (order.status, order.held_here, order.deadline) == (S.ACCEPTED, True, 0)
    return order


def now_is(desk: Desk, order: Order) -> Order:
    return desk.ledger.items.orders[COINS, order.id]


def at_market(desk: Desk, *, side: str) -> int:
    """Count what was sent to the venue that is no stop."""
    return sum(one.wish.side == side and not one.wish.trigger for one in desk.at.book.orders.values())


def bought(desk: Desk) -> Decimal:
    """Hold two coins whose stop stands at the venue; return the price."""
    desk.send(desk.wish(stop=FAR_BELOW, target=Decimal(0)))
    desk.at.time.sleep(60)
    assert len(stop_at(desk)) == 1
    return desk.at.book.market.last(desk.at.symbol)


@pytest.mark.parametrize(
    ("desk", "kind"),
    [
        ("fake", K.TRAILING_STOP),
        ("fake", K.TAKE_PROFIT),
        ("bybit", K.TRAILING_STOP),
        ("alpaca", K.TAKE_PROFIT),
        ("alpaca", K.TRAILING_STOP),
    ],
    indirect=["desk"],
)
def test_an_entry_of_a_kind_that_its_venue_lacks_waits_here_and_is_sent_once(desk: Desk, kind: OrderKind) -> None:
    price = DEAR
    terms = (
        Terms(kind, trigger=price - 5) if kind is K.TAKE_PROFIT else Terms(kind, trigger=price + 5, trail=5 * DOLLAR)
    )
    order = held(desk, Leg.ENTRY, terms)
    assert order.reserved > 0
    passed(desk, price - 1, price + 1, price)
    assert (desk.at.book.orders, now_is(desk, order).status) == ({}, S.ACCEPTED)

    message = passed(desk, price - 6, price + 6, price)
    desk.execute(message)

    assert now_is(desk, order).status is S.FILLED
    assert "it was watched here" in now_is(desk, order).reason
    assert at_market(desk, side="buy") == 1
    assert len(stop_at(desk)) == 1
    desk.check()


EXITS = [
    Terms(K.TRAILING_STOP, trail=5 * DOLLAR),
    Terms(K.STOP, trigger=-5 * DOLLAR),
    Terms(K.TAKE_PROFIT, trigger=5 * DOLLAR),
    Terms(K.STOP_LIMIT, trigger=-5 * DOLLAR, limit=-9 * DOLLAR),
]


@pytest.mark.parametrize("desk", ["fake"], indirect=True)
def test_a_purchase_that_followed_the_price_down_pays_no_more_than_the_collar_above_the_last_price(desk: Desk) -> None:
    order = held(desk, Leg.ENTRY, Terms(K.TRAILING_STOP, trigger=DEAR + 5, trail=5 * DOLLAR))
    passed(desk, DEAR / 2, DEAR / 2, DEAR / 2)

    passed(desk, DEAR / 2, DEAR / 2 + 5, DEAR / 2 + 5)

    # the last bars had it at about half of what the venue asks by now: nothing is bought at twice the price
    ended = now_is(desk, order)
    assert not ended.status.is_working
    assert not ended.filled
    assert desk.book.positions == ()
    assert ended.worst_price < DEAR * Decimal("0.6")


def around(price: Decimal, terms: Terms) -> Terms:
    """Return terms as far from a price as they say."""
    trigger = terms.trigger or -terms.trail
    return replace(terms, trigger=trigger and price + trigger, limit=terms.limit and price + terms.limit)


@pytest.mark.parametrize("terms", EXITS, ids=lambda one: one.kind)
def test_an_exit_waits_here_while_the_stop_holds_its_coins_and_is_sent_once(desk: Desk, terms: Terms) -> None:
    price = bought(desk)
    before = stop_at(desk)
    order = held(desk, Leg.EXIT, around(price, terms))
    up = terms.trigger > 0
    assert stop_at(desk) == before
    passed(desk, price - 1, price + 1, price)
    assert (now_is(desk, order).held_here, stop_at(desk)) == (True, before)

    message = passed(desk, price - (0 if up else 6), price + (6 if up else 0), price + (5 if up else -5))
    desk.execute(message)

    assert (now_is(desk, order).status, now_is(desk, order).held_here) == (S.FILLED, False)
    assert (desk.book.positions, desk.book.orders) == ((), ())
    assert at_market(desk, side="sell") == 1
    assert list(desk.at.venue.open_orders()) == []


def test_a_limit_on_a_position_is_sent_when_a_bar_closes_at_it_and_never_rests_at_the_venue(desk: Desk) -> None:
    price = bought(desk)
    before = stop_at(desk)
    order = held(desk, Leg.EXIT, Terms(K.LIMIT, limit=FAR_ABOVE), quantity=Decimal(1))
    passed(desk, price, FAR_ABOVE + 1, price)
    assert (now_is(desk, order).status, stop_at(desk)) == (S.ACCEPTED, before)

    passed(desk, price, FAR_ABOVE + 1, FAR_ABOVE)

    ended = now_is(desk, order)  # at the venue the price has gone again: what is not to be had at once ends
    assert (ended.status, ended.filled, ended.terms.lifetime) == (S.CANCELED, Decimal(0), TimeInForce.IOC)
    assert all(trigger for _, trigger in stop_at(desk))
    desk.protect(desk.book.positions[0].parent)
    assert stop_at(desk) == before


def test_a_part_that_waits_leaves_the_rest_its_stop(desk: Desk) -> None:
    price = bought(desk)
    order = held(desk, Leg.EXIT, Terms(K.TRAILING_STOP, trigger=price - 5, trail=5 * DOLLAR), quantity=Decimal(1))
    passed(desk, price, price + 3, price + 2)
    assert now_is(desk, order).terms.trigger == price - 2

    passed(desk, price - 3, price, price - 3)

    assert (now_is(desk, order).status, now_is(desk, order).filled) == (S.FILLED, Decimal(1))
    (position,) = desk.book.positions
    stop = desk.book.bracket(position.parent, Leg.STOP)
    assert stop
    assert stop_at(desk) == [(stop.quantity, stop.price)]
    assert 0 <= position.quantity - stop.quantity < Decimal("0.00001")
    desk.check()


def test_the_position_s_own_stop_ends_what_waits_beside_it(desk: Desk) -> None:
    price = bought(desk)
    order = held(desk, Leg.EXIT, Terms(K.TAKE_PROFIT, trigger=price + 50))
    (stop,) = [one for one in desk.book.orders if one.leg is Leg.STOP]
    desk.at.book.trade(desk.at.symbol, stop.price - 1, Decimal(9))

    desk.ask(stop)

    assert (now_is(desk, order).status, desk.book.orders) == (S.CANCELED, ())


class _DiedError(Exception):
    """The process ended here."""


@pytest.mark.parametrize("call", ["cancel", "submit"])
@pytest.mark.parametrize("after", [False, True])
def test_whoever_dies_while_an_exit_is_sent_leaves_it_to_be_sent_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, call: str, *, after: bool
) -> None:
    price = bought(desk)
    order = held(desk, Leg.EXIT, Terms(K.TRAILING_STOP, trigger=price - 5, trail=5 * DOLLAR))
    kind = type(desk.at.venue)
    real = getattr(kind, call)

    def dies(venue: ExecutionVenue, what: Order) -> VenueAnswer:
        if after:
            real(venue, what)
        raise _DiedError

    with monkeypatch.context() as patched:
        patched.setattr(kind, call, dies)
        with pytest.raises(_DiedError):
            passed(desk, price - 6, price, price - 5)
    died = now_is(desk, order)
    assert died.status is (S.TRIGGERED if call == "cancel" else S.SUBMITTED)

    ts = desk.at.time.ms()
    bar = Bar(ts - MINUTE, ts, float(price), float(price), float(price - 6), float(price - 5), 1.0)
    desk.execute(BarMessage(COINS, desk.name, Timeframe.M1, 1, bar, -1, "", "t", 0, ()))  # delivered again
    if call == "submit":
        desk.at.time.now = (died.deadline + SKEW + 1) / 1000
        desk.ask(died)

    assert (now_is(desk, order).status, desk.book.positions) == (S.FILLED, ())
    assert at_market(desk, side="sell") == 1
    assert list(desk.at.venue.open_orders()) == []


@pytest.mark.parametrize("target", [False, True])
@pytest.mark.parametrize("desk", ["fake", "kraken"], indirect=True)
def test_what_another_instrument_of_the_account_kept_from_the_record_is_there_with_the_same_bar(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, target: bool
) -> None:
    price = desk.at.book.market.last(desk.at.symbol)
    desk.send(desk.wish(stop=FAR_BELOW, target=price + 5 if target else Decimal(0)))
    desk.at.time.sleep(60)
    if not target:
        held(desk, Leg.EXIT, Terms(K.STOP, trigger=price - 5))
    real, refused = type(desk.ledger).commit, list[Order]()

    def once(ledger: FakeLedger, changeset: Changeset) -> None:
        sold = [one for one in changeset.orders if one.leg is Leg.EXIT and one.status is S.FILLED]
        if sold and not refused:
            refused.extend(sold)
            raise ConflictError("the account moved on")
        real(ledger, changeset)

    desk.execute = replace(desk.execute, pause=FakePause())
    monkeypatch.setattr(type(desk.ledger), "commit", once)
    passed(desk, price - 6, price + 6, price - 5)

    assert refused
    assert (now_is(desk, refused[0]).status, desk.book.positions) == (S.FILLED, ())
    desk.check()


def test_what_is_to_be_sent_and_was_not_is_sent_when_the_watch_asks_about_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    price = bought(desk)
    order = held(desk, Leg.EXIT, Terms(K.STOP, trigger=price - 5))
    with monkeypatch.context() as patched:
        patched.setattr(type(desk.at.venue), "cancel", lambda *_: Unclear("the connection broke"))
        with pytest.raises(TransientError):
            passed(desk, price - 6, price, price - 6)

    assert desk.ask(order).status is S.FILLED


@pytest.mark.parametrize(
    ("status", "terms", "asked"),
    [
        (S.ACCEPTED, Terms(K.STOP, trigger=DEAR), False),
        (S.TRIGGERED, Terms(K.STOP_LIMIT, trigger=DEAR, limit=DEAR), False),
        (S.TRIGGERED, AT_MARKET, True),
    ],
)
def test_the_watch_asks_about_what_waits_here_only_where_it_should_have_been_sent(
    status: OrderStatus, terms: Terms, *, asked: bool
) -> None:
    rules = replace(builders.FREE, venue="KRAKEN", mode=AccountMode.LIVE)
    world = World(made=builders.configuration(rules=rules))
    order = builders.exit_order(status=status, terms=terms, held_here=True)
    world.items.books[builders.PAPER, builders.ACME] = builders.book(order)

    world.watch()

    assert [one.order_id for one in world.queue.sent if isinstance(one, ResolveMessage)] == [order.id] * asked


@pytest.mark.parametrize("desk", ["fake", "bybit"], indirect=True)
def test_a_stopped_account_sends_no_entry_that_had_waited_here(desk: Desk) -> None:
    price = DEAR
    order = held(desk, Leg.ENTRY, Terms(K.TRAILING_STOP, trigger=price + 5, trail=5 * DOLLAR))
    desk.ledger.items.controls[COINS] = Control(TradingState.REDUCING, "enough", 1)

    passed(desk, price, price + 6, price + 6)

    ended = now_is(desk, order)
    assert (ended.status, ended.reserved) == (S.DENIED, NOTHING)
    assert ended.reason.startswith("KILL_SWITCH_REDUCING: ")
    assert (desk.at.book.orders, desk.book.orders) == ({}, ())


def test_a_stopped_account_still_leaves(desk: Desk) -> None:
    price = bought(desk)
    order = held(desk, Leg.EXIT, Terms(K.STOP, trigger=price - 5))
    desk.ledger.items.controls[COINS] = Control(TradingState.HALTED, "enough", 1)

    passed(desk, price - 6, price, price - 6)

    assert now_is(desk, order).status is S.FILLED


def silent(desk: Desk) -> None:
    """Let nobody ask the venue anything from now on."""
    executor = replace(desk.order, venues={COINS: cast("ExecutionVenue", Facts(desk.at.venue))})
    desk.execute = ExecuteMessage(desk.execute.apply_bars, executor, desk.execute.pause)


class Facts:
    """A venue of which only the facts are known: whoever asks it anything fails."""

    def __init__(self, venue: ExecutionVenue) -> None:
        self.facts = venue.facts


def test_whoever_cancels_what_waits_here_asks_no_venue(desk: Desk) -> None:
    price = bought(desk)
    order = held(desk, Leg.EXIT, Terms(K.STOP, trigger=price - 5))
    silent(desk)

    desk.execute(CommandMessage(Command.CANCEL, COINS, desk.name, 1, "enough", "me", "k", order_id=order.id))

    assert now_is(desk, order).status is S.CANCELED


def test_what_waits_here_ends_with_its_time_and_asks_no_venue(desk: Desk) -> None:
    price = bought(desk)
    ends = desk.at.time.ms() // MINUTE * MINUTE + 2 * MINUTE
    terms = Terms(K.STOP, trigger=price - 5, lifetime=TimeInForce.GTD, expires=ends)
    order = held(desk, Leg.EXIT, terms)
    silent(desk)
    passed(desk, price, price, price)
    assert now_is(desk, order).status is S.ACCEPTED

    passed(desk, price, price, price)

    assert now_is(desk, order).status is S.EXPIRED


def test_an_exit_that_must_never_take_is_refused_for_it_cannot_rest_beside_the_stop(desk: Desk) -> None:
    price = bought(desk)

    order = desk.send(desk.wish(Leg.EXIT, terms=Terms(K.LIMIT, limit=price + 5, post_only=True)))

    assert (order.status, order.reason.partition(":")[0]) == (S.DENIED, "NOT_OFFERED")


def test_a_stop_that_is_not_said_to_be_gone_keeps_the_exit_waiting(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    price = bought(desk)
    order = held(desk, Leg.EXIT, Terms(K.STOP, trigger=price - 5))
    monkeypatch.setattr(type(desk.at.venue), "cancel", lambda *_: Unclear("the connection broke"))

    with pytest.raises(TransientError):
        passed(desk, price - 6, price, price - 6)

    assert (now_is(desk, order).status, at_market(desk, side="sell")) == (S.TRIGGERED, 0)


def test_a_limit_that_takes_at_once_does_not_wait(desk: Desk) -> None:
    price = bought(desk)
    passed(desk, price, price, price)

    order = desk.send(desk.wish(Leg.EXIT, terms=Terms(K.LIMIT, limit=price - 5)))

    assert (order.status, desk.book.positions) == (S.FILLED, ())


def test_whoever_changes_what_waits_here_asks_no_venue(desk: Desk) -> None:
    price = bought(desk)
    order = held(desk, Leg.EXIT, Terms(K.TRAILING_STOP, trigger=price - 5, trail=5 * DOLLAR))
    passed(desk, price, price, price)
    silent(desk)
    watched_by_bars(desk)

    change = Change(trail=3 * DOLLAR)
    desk.execute(
        ReplaceMessage(COINS, desk.name, order.id, order.revision, change, desk.clock.time, "nearer", "me", "k")
    )

    now = now_is(desk, order)
    assert (now.terms.trail, now.terms.trigger, now.held_here) == (3 * DOLLAR, price - 3, True), now.reason


@pytest.mark.parametrize("desk", ["fake"], indirect=True)
def test_what_was_traded_before_a_change_does_not_reach_the_new_price(desk: Desk) -> None:
    price = bought(desk)
    order = held(desk, Leg.EXIT, Terms(K.TAKE_PROFIT, trigger=price + 50))
    watched_by_bars(desk)
    ts = passed(desk, price, price, price).ts + MINUTE // 2

    change = Change(trigger=price + 5)
    desk.execute(ReplaceMessage(COINS, desk.name, order.id, order.revision, change, ts, "nearer", "me", "k"))

    passed(desk, price, price + 10, price)
    assert (now_is(desk, order).terms.trigger, now_is(desk, order).status) == (price + 5, S.ACCEPTED)
    passed(desk, price, price + 10, price)
    assert now_is(desk, order).status is S.FILLED


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("desk", ["fake"], indirect=True)
def test_an_exit_whose_price_has_come_is_not_sent_long_after_its_own_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, late: bool
) -> None:
    price = bought(desk)
    ends = desk.at.time.ms() // MINUTE * MINUTE + 2 * MINUTE
    order = held(desk, Leg.EXIT, Terms(K.STOP, trigger=price - 5, lifetime=TimeInForce.GTD, expires=ends))
    with monkeypatch.context() as patched:
        patched.setattr(type(desk.at.venue), "cancel", lambda *_: Unclear("the connection broke"))
        for _ in range(2):
            with pytest.raises(TransientError):
                passed(desk, price - 6, price, price - 6)
    assert now_is(desk, order).status is S.TRIGGERED
    desk.at.time.sleep(5 * 60 + late)

    ended = desk.ask(order)

    assert (ended.status, len(stop_at(desk))) == ((S.EXPIRED, 1) if late else (S.FILLED, 0))


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("desk", ["fake"], indirect=True)
def test_an_entry_that_waited_counts_in_the_minute_in_which_it_is_sent(desk: Desk, before: int) -> None:
    most = desk.configuration.account(COINS).limits.orders_per_minute
    order = held(desk, Leg.ENTRY, Terms(K.TAKE_PROFIT, trigger=DEAR - 5))
    desk.at.time.sleep(120)
    minute, items = desk.at.time.ms() // MINUTE + 1, desk.ledger.items
    items.accounts[COINS] = replace(items.accounts[COINS], minute=minute, sent=most - 1 + before)

    passed(desk, DEAR - 6, DEAR + 6, DEAR)

    ended = now_is(desk, order)
    assert (ended.status, ended.reason.startswith("ORDER_RATE")) == ((S.DENIED, True) if before else (S.FILLED, False))
    assert (items.accounts[COINS].minute, items.accounts[COINS].sent) == (minute, most)


def watched_by_bars(desk: Desk) -> None:
    """Let the account have a strategy whose bars tell of the instrument."""
    made = builders.configuration()
    shards = (replace(made.shards[0], instruments=(desk.name,), timeframe=Timeframe.M1),)
    strategies = (replace(made.strategies[0], account=COINS, timeframe=Timeframe.M1),)
    known = replace(desk.configuration, shards=shards, strategies=strategies)
    bars = replace(desk.execute.apply_bars, configuration=known)
    executor = replace(desk.execute.execute_order, configuration=known, apply_bars=bars)
    desk.execute = ExecuteMessage(bars, executor, desk.execute.pause)
