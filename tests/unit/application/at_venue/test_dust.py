"""What a sale cannot take because it is less than a lot: the round trip is over, and every sum still agrees."""

from decimal import Decimal

import pytest

from tests.unit.application.at_venue.desk import COINS, Desk
from tradewind.application.round_trips import round_trips
from tradewind.application.trade_view import View, add
from tradewind.cli.diagnosis.ledger_checks import arithmetic, differences, set_apart
from tradewind.domain.order import Leg, OrderStatus

QUANTITY = Decimal("0.51237")
"""A thousandth of it, charged in the coin, is no whole number of lots."""


@pytest.fixture
def dusty(desk: Desk) -> Desk:
    """A position that was bought and sold; where the fee was taken in the coin, less than a lot of it is left."""
    assert desk.send(desk.wish(quantity=QUANTITY)).status is OrderStatus.FILLED
    desk.at.time.sleep(60)
    assert desk.send(desk.wish(Leg.EXIT, quantity=QUANTITY)).status is OrderStatus.FILLED
    assert desk.book.positions == ()
    return desk


def test_what_was_sold_but_for_its_dust_is_a_round_trip(dusty: Desk) -> None:
    fills, account = list(dusty.ledger.items.fills.values()), dusty.ledger.items.accounts[COINS]

    (trip,) = round_trips(fills)
    view, closed = add(View(), fills)

    assert trip.pnl == account.realised
    assert (closed, view.open, view.trips) == ([trip], {}, 1)


def test_what_is_held_and_its_dust_are_the_sum_of_the_fills(dusty: Desk) -> None:
    items = dusty.ledger.items
    fills, entries = list(items.fills.values()), items.journals[COINS]
    gone = set_apart(entries)

    assert list(differences([dusty.book], fills, gone)) == []
    assert list(arithmetic(items.accounts[COINS], fills)) == []
    assert bool(list(differences([dusty.book], fills))) is bool(gone)


def test_a_venue_that_takes_its_fee_in_the_coin_leaves_dust(dusty: Desk) -> None:
    in_coin = any(
        one.fee and one.fee_currency != "USD" for one in dusty.at.venue.fills(0) if one.fee_currency != "USDT"
    )

    assert bool(set_apart(dusty.ledger.items.journals[COINS])) is in_coin


def test_what_is_partly_sold_is_no_round_trip_yet(desk: Desk) -> None:
    desk.send(desk.wish(quantity=QUANTITY))
    desk.at.time.sleep(60)
    desk.send(desk.wish(Leg.EXIT, quantity=Decimal("0.5")))

    assert round_trips(desk.ledger.items.fills.values()) == []
