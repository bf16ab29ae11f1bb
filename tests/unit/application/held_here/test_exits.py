"""An exit waits here while the position's stop holds its coins, and takes the stop's place when it is sent."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.unit.application.at_venue.desk import COINS, Desk, stop_at
from tests.unit.application.held_here.scene import DOLLAR, FAR_ABOVE, K, S, at_market, bought, held, now_is, passed
from tradewind.domain.ledger import Control, TradingState
from tradewind.domain.order import Leg
from tradewind.domain.terms import Terms, TimeInForce

EXITS = [
    Terms(K.TRAILING_STOP, trail=5 * DOLLAR),
    Terms(K.STOP, trigger=-5 * DOLLAR),
    Terms(K.TAKE_PROFIT, trigger=5 * DOLLAR),
    Terms(K.STOP_LIMIT, trigger=-5 * DOLLAR, limit=-9 * DOLLAR),
]


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


def test_a_stopped_account_still_leaves(desk: Desk) -> None:
    price = bought(desk)
    order = held(desk, Leg.EXIT, Terms(K.STOP, trigger=price - 5))
    desk.ledger.items.controls[COINS] = Control(TradingState.HALTED, "enough", 1)

    passed(desk, price - 6, price, price - 6)

    assert now_is(desk, order).status is S.FILLED


def test_an_exit_that_must_never_take_is_refused_for_it_cannot_rest_beside_the_stop(desk: Desk) -> None:
    price = bought(desk)

    order = desk.send(desk.wish(Leg.EXIT, terms=Terms(K.LIMIT, limit=price + 5, post_only=True)))

    assert (order.status, order.reason.partition(":")[0]) == (S.DENIED, "NOT_OFFERED")


def test_a_limit_that_takes_at_once_does_not_wait(desk: Desk) -> None:
    price = bought(desk)
    passed(desk, price, price, price)

    order = desk.send(desk.wish(Leg.EXIT, terms=Terms(K.LIMIT, limit=price - 5)))

    assert (order.status, desk.book.positions) == (S.FILLED, ())
