"""A stop that rests although the price is beyond it protects nobody: a strategy's is sold, a person's told of."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import day
from tests.unit.application.at_venue.desk import COINS, stop_at
from tests.unit.application.at_venue.trader import Trader
from tests.unit.application.test_guard_stops import STOP, Guarded, Venue, at_venue, holding
from tradewind.application.ports_venue import ExecutionVenue, VenueOrder
from tradewind.domain.ledger import Book
from tradewind.domain.order import BY_HAND, OrderStatus


def beyond(**changes: object) -> Book:
    book = holding(replace(STOP, created=day(1)), opened=day(1), **changes)
    return replace(book, mark=Decimal("80.00"))


def test_a_strategy_s_position_is_sold_on_the_second_look() -> None:
    guard = Guarded(beyond(), Venue(working=[at_venue()]))

    first = guard.run(executed=False)
    assert (first.repaired, first.left, guard.asked) == ((), (), [])
    assert len(guard.run(executed=False).left) == 1
    assert guard.told == ["STOP_PASSED", "POSITION_LEFT"]


def test_a_person_s_position_is_told_of_and_never_sold() -> None:
    guard = Guarded(beyond(strategy=BY_HAND), Venue(working=[at_venue()]))

    for _ in range(3):
        assert guard.run(executed=False).left == ()
        assert guard.asked == []
    assert guard.told == ["STOP_PASSED"]


def test_one_that_has_triggered_and_rests_is_one_too() -> None:
    triggered = at_venue(status=OrderStatus.TRIGGERED)
    guard = Guarded(holding(STOP), Venue(working=[triggered]))
    guard.run(executed=False)

    assert guard.told == ["STOP_PASSED"]


def test_a_bar_from_before_the_stop_says_nothing_of_it() -> None:
    young, unseen = replace(beyond(), orders=(replace(STOP, created=day(2)),)), replace(beyond(), mark=Decimal(0))

    for book in (young, unseen):
        guard = Guarded(book, Venue(working=[at_venue()]))
        assert guard.run(executed=False).left == ()
        assert guard.told == []


@pytest.mark.parametrize("trader", ["alpaca"], indirect=True)
def test_a_gap_through_alpaca_s_limit_is_left_at_the_market(trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    wish = trader.wish(quantity=Decimal("0.5"), target=Decimal(0))
    trader.send(wish)
    trader.at.time.sleep(120)
    low = (wish.stop * Decimal("0.8")).quantize(Decimal("0.01"))
    monkeypatch.setattr(type(trader.at.book.market), "last", lambda *_: low)
    book = replace(trader.book, mark=low, last_bar=trader.at.time.ms())
    trader.ledger.items.books[COINS, trader.name] = book
    assert stop_at(trader)  # its limit lies above the market

    for _ in range(2):
        trader.at.time.sleep(61)
        trader.guard()

    assert (trader.book.positions, stop_at(trader)) == ((), [])


def test_a_triggered_stop_that_rests_is_sold_although_the_last_bar_was_above_it(
    trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    trader.send(trader.wish(quantity=Decimal("0.5"), target=Decimal(0)))
    trader.at.time.sleep(120)
    real = type(trader.at.venue).open_orders

    def triggered(venue: ExecutionVenue) -> list[VenueOrder]:
        return [replace(one, status=OrderStatus.TRIGGERED) if one.trigger else one for one in real(venue)]

    monkeypatch.setattr(type(trader.at.venue), "open_orders", triggered)
    for _ in range(3):
        trader.at.time.sleep(61)
        trader.guard()

    assert trader.book.positions == ()
    trader.check()
