"""An entry at a venue is sent once, booked as it fills, and ends when it should."""

from decimal import Decimal

import pytest

from tests.unit.application.at_venue.desk import COINS, Desk, stop_at
from tradewind.application.execute_order import ExecuteOrder
from tradewind.domain.identifiers import intent_id
from tradewind.domain.order import BY_HAND, Leg, OrderStatus
from tradewind.domain.terms import OrderKind, Terms, TimeInForce
from tradewind.domain.timeframe import MINUTE


def test_an_entry_is_sent_booked_and_its_stop_stands_at_the_venue(desk: Desk) -> None:
    wish = desk.wish()

    order = desk.send(wish)

    assert order.status is OrderStatus.FILLED
    (position,) = desk.book.positions
    stop = desk.book.bracket(position.parent, Leg.STOP)
    assert stop
    assert stop.status is OrderStatus.ACCEPTED
    assert stop_at(desk) == [(stop.quantity, wish.stop)]
    assert position.quantity - stop.quantity < Decimal("0.00001")
    desk.check()


def test_a_copy_of_an_entry_changes_nothing(desk: Desk) -> None:
    wish = desk.wish()
    desk.send(wish)
    before = desk.ledger.items.journals[COINS][:]

    desk.send(wish)

    assert desk.ledger.items.journals[COINS] == before
    assert len(desk.at.book.orders) == 2  # the entry and its stop


def test_an_entry_that_fills_in_part_is_protected_for_what_it_got(desk: Desk) -> None:
    _, ask = desk.at.book.market.best(desk.at.symbol)
    wish = desk.wish(quantity=Decimal(3), reference_price=ask / Decimal("1.05"))

    order = desk.send(wish)

    assert order.status is OrderStatus.CANCELED or order.status is OrderStatus.FILLED
    (position,) = desk.book.positions
    assert stop_at(desk)[0][0] <= position.quantity
    desk.check()


def test_a_resting_entry_is_booked_part_by_part_and_its_stop_grows_with_it(desk: Desk) -> None:
    terms = Terms(OrderKind.LIMIT, limit=Decimal("50.00"))
    order = desk.send(desk.wish(terms=terms, stop=Decimal("40.00"), target=Decimal("90.00")))
    assert order.status is OrderStatus.ACCEPTED

    for part, status in (("0.5", OrderStatus.PARTIALLY_FILLED), ("1.5", OrderStatus.FILLED)):
        desk.at.book.trade(desk.at.symbol, Decimal(50), Decimal(part))
        assert desk.ask(order).status is status
        told = desk.ask(order)  # whoever asks again is told nothing new
        assert (told.status, told.filled) == (status, sum(one.quantity for one in desk.at.book.trades))
        ((quantity, _),) = stop_at(desk)
        assert 0 <= desk.book.positions[0].quantity - quantity < Decimal("0.00001")
        desk.check()

    assert sum(one.quantity for one in desk.ledger.items.fills.values()) == desk.book.positions[0].quantity
    assert len(desk.ledger.items.fills) == 2


@pytest.mark.parametrize("lifetime", [TimeInForce.DAY, TimeInForce.GTD])
def test_an_order_that_is_good_for_a_while_ends_after_it_whatever_its_venue_offers(
    desk: Desk, lifetime: TimeInForce
) -> None:
    ends = desk.at.time.ms() + 5 * MINUTE
    terms = Terms(OrderKind.LIMIT, limit=Decimal("50.00"), lifetime=lifetime, expires=ends)
    order = desk.send(desk.wish(terms=terms, stop=Decimal("40.00"), target=Decimal("90.00")))
    desk.at.book.trade(desk.at.symbol, Decimal(50), Decimal("0.5"))
    desk.at.time.sleep(240)
    assert desk.ask(order).status is OrderStatus.PARTIALLY_FILLED

    desk.at.time.sleep(61)

    ended = desk.ask(order)
    assert (ended.status, ended.reserved) == (OrderStatus.EXPIRED, Decimal(0))
    assert [one.trigger for one in desk.at.venue.open_orders()] == [Decimal("40.00")]
    desk.check()


@pytest.mark.parametrize("desk", ["kraken"], indirect=True)
def test_all_or_nothing_ends_unfilled_where_its_venue_knows_no_such_thing_and_has_not_enough(desk: Desk) -> None:
    terms = Terms(OrderKind.LIMIT, limit=Decimal(50), lifetime=TimeInForce.FOK)

    order = desk.send(desk.wish(terms=terms, stop=Decimal("40.00")))

    assert (order.status, order.reserved, desk.at.book.orders) == (OrderStatus.CANCELED, Decimal(0), {})
    assert order.reason.startswith("FOK: ")


@pytest.mark.parametrize("desk", ["fake", "kraken"], indirect=True)
def test_an_entry_that_waited_is_netted_into_what_is_held_as_on_paper(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ExecuteOrder, "_looked", lambda _self, book, *_: (book, ""))  # there are no bars here
    desk.send(desk.wish(source=BY_HAND, strategy=BY_HAND))
    desk.at.time.sleep(60)
    terms = Terms(OrderKind.LIMIT, limit=desk.at.book.market.last(desk.at.symbol) + 5)

    desk.send(desk.wish(id=intent_id("more"), source=BY_HAND, strategy=BY_HAND, terms=terms))

    (position,) = desk.book.positions  # or whoever closes "manual" would close the first of them alone
    ((quantity, _),) = stop_at(desk)
    assert (position.entries, 0 <= position.quantity - quantity < Decimal("0.00001")) == (2, True)
    desk.check()


def test_an_entry_that_the_venue_refuses_is_rejected_with_its_code(desk: Desk) -> None:
    desk.at.book.balances = {name: Decimal(1) for name in desk.at.book.balances}
    desk.at.book.paid_in = dict(desk.at.book.balances)

    order = desk.send(desk.wish())

    assert order.status is OrderStatus.REJECTED
    assert order.reason.startswith("INSUFFICIENT_BALANCE: ")
    assert desk.book.orders == ()
