"""A target is watched here: the bar that reaches it sells, once."""

from decimal import Decimal

import pytest

from tests.unit.application.at_venue.desk import Desk
from tradewind.domain.messages import Levels
from tradewind.domain.order import Leg
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
