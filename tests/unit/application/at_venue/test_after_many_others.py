"""What fills after many other trades of the account is booked as fast as what fills at once."""

from decimal import Decimal

import pytest

from tests.unit.application.at_venue.desk import Desk
from tests.venues.orders import Wish
from tradewind.adapters.venues.native import Patience
from tradewind.adapters.venues.pace import Bucket
from tradewind.domain.order import Leg, OrderStatus

OTHERS = 700
FUNCTION = 15
"""Seconds that an execution may take."""


@pytest.mark.parametrize("desk", ["kraken", "bybit"], indirect=True)
def test_a_stop_of_weeks_ago_is_booked_within_the_function_s_time(desk: Desk) -> None:
    wish = desk.wish(quantity=Decimal("0.5"))
    desk.send(wish)
    time, exchange = desk.at.time, desk.at.book
    for number in range(OTHERS):
        time.sleep(3_000)
        side = "buy" if number % 2 else "sell"
        exchange.place(Wish(desk.at.symbol, side, Decimal("0.1"), client_id=f"theirs-{number}"))
    exchange.trade(desk.at.symbol, wish.stop - 1, Decimal(9))
    bucket = Bucket(1, 1, 12, lambda: time.now)
    patience = Patience(limiter=bucket, monotonic=lambda: time.now, sleep=time.sleep)
    object.__setattr__(desk.at.venue, "patience", patience)
    stop = next(one for one in desk.book.orders if one.leg is Leg.STOP)
    began = time.now

    assert desk.ask(stop).status is OrderStatus.FILLED
    assert desk.book.positions == ()
    assert time.now - began < FUNCTION
