"""What waits here is canceled, changed and ended without a word to its venue."""

import pytest

from tests.unit.application.at_venue.desk import COINS, Desk
from tests.unit.application.held_here.scene import DOLLAR, K, S, bought, held, now_is, passed, silent, watched_by_bars
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.order import Leg
from tradewind.domain.replace_message import Change, ReplaceMessage
from tradewind.domain.terms import Terms, TimeInForce
from tradewind.domain.timeframe import MINUTE


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
