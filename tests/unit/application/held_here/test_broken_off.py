"""An exit whose sending was broken off is sent once all the same, or ends with its time."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests import builders
from tests.fakes.ledger import FakeLedger
from tests.fakes.world import FakePause
from tests.unit.application.at_venue.desk import COINS, Desk, stop_at
from tests.unit.application.held_here.scene import (
    DEAR,
    DOLLAR,
    FAR_BELOW,
    K,
    S,
    at_market,
    bought,
    held,
    now_is,
    passed,
)
from tests.unit.application.watch.world import World
from tradewind.application.ports_venue import SKEW, ExecutionVenue, Unclear, VenueAnswer
from tradewind.domain.bar import Bar
from tradewind.domain.changeset import Changeset
from tradewind.domain.configuration import AccountMode
from tradewind.domain.errors import ConflictError, TransientError
from tradewind.domain.messages import BarMessage, ResolveMessage
from tradewind.domain.order import AT_MARKET, Leg, Order, OrderStatus
from tradewind.domain.terms import Terms, TimeInForce
from tradewind.domain.timeframe import MINUTE, Timeframe


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


def test_a_stop_that_is_not_said_to_be_gone_keeps_the_exit_waiting(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    price = bought(desk)
    order = held(desk, Leg.EXIT, Terms(K.STOP, trigger=price - 5))
    monkeypatch.setattr(type(desk.at.venue), "cancel", lambda *_: Unclear("the connection broke"))

    with pytest.raises(TransientError):
        passed(desk, price - 6, price, price - 6)

    assert (now_is(desk, order).status, at_market(desk, side="sell")) == (S.TRIGGERED, 0)


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
