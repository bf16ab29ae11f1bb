"""A target is watched here: the bar that reaches it sells, once."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.unit.application.at_venue.desk import Desk, stop_at
from tests.venues.exchange import Exchange
from tradewind.domain.messages import Levels
from tradewind.domain.order import Leg, Order, OrderStatus
from tradewind.domain.timeframe import MINUTE


def test_a_target_that_a_bar_reached_is_sold_once(desk: Desk) -> None:
    wish = desk.wish()
    desk.send(wish)

    desk.pass_bar(high=wish.target)
    desk.pass_bar(high=wish.target)

    assert desk.book.positions == ()
    assert sum(one.leg is Leg.EXIT for one in desk.ledger.items.orders.values()) == 1
    assert list(desk.at.venue.open_orders()) == []


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


@pytest.mark.parametrize("desk", ["fake"], indirect=True)
def test_a_target_is_not_reached_by_what_was_traded_before_its_position_was_opened(desk: Desk) -> None:
    desk.at.time.now = desk.at.time.ms() // MINUTE * MINUTE / 1000 + 30
    wish = desk.wish()
    desk.send(wish)

    for held in (1, 0):
        desk.pass_bar(high=wish.target)
        assert len(desk.book.positions) == held


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


def test_a_target_whose_sale_was_refused_is_sold_when_a_bar_reaches_it_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = desk.wish()
    desk.send(wish)
    market, symbol = desk.at.book.market, desk.at.symbol
    with monkeypatch.context() as halted:
        shut = replace(market.symbols[symbol], trading=False)
        halted.setattr(market, "symbols", {**market.symbols, symbol: shut})
        reached = desk.next_bar(wish.target)
        for _ in range(2):  # its copy sends nothing anew
            desk.execute(reached)
    assert [one.status for one in sales(desk)] == [OrderStatus.REJECTED]
    desk.guard()
    assert stop_at(desk)

    desk.pass_bar(high=wish.target - 1)
    assert len(sales(desk)) == 1
    desk.pass_bar(high=wish.target)

    assert [one.status for one in sales(desk)] == [OrderStatus.REJECTED, OrderStatus.FILLED]
    assert (desk.book.positions, desk.book.orders) == ((), ())


def test_what_a_target_s_sale_left_is_sold_when_a_bar_reaches_it_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = desk.wish(quantity=Decimal(1))
    desk.send(wish)
    take, half = Exchange._book, Decimal("0.5")
    with monkeypatch.context() as thin:
        thin.setattr(Exchange, "_book", lambda *told: ((price, half) for price, _ in list(take(*told))[:1]))
        desk.pass_bar(high=wish.target)
    assert 0 < desk.book.positions[0].quantity <= half
    desk.guard()

    desk.pass_bar(high=wish.target)

    assert [one.status for one in sales(desk)] == [OrderStatus.CANCELED, OrderStatus.FILLED]
    assert (desk.book.positions, desk.book.orders) == ((), ())


def sales(desk: Desk) -> list[Order]:
    return [one for one in desk.ledger.items.orders.values() if one.leg is Leg.EXIT]
