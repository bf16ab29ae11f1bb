"""Whatever ends a position, its coins are sold once and nothing is left at the venue."""

from decimal import Decimal

import pytest

from tests.unit.application.at_venue.desk import COINS, Desk, forget_stops, stop_at
from tradewind.application.ports_venue import ExecutionVenue, VenueAnswer
from tradewind.domain.order import Leg, Order, OrderStatus


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


def test_a_position_whose_stop_its_venue_has_forgotten_can_be_left(desk: Desk) -> None:
    desk.send(desk.wish())
    forget_stops(desk)

    assert desk.send(desk.wish(Leg.EXIT)).status is OrderStatus.FILLED
    assert (desk.book.positions, desk.book.orders) == ((), ())


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
