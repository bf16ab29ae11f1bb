"""A stop that never left, never grew or was lost is put where it belongs."""

from decimal import Decimal

import pytest

from tests.unit.application.at_venue.desk import COINS, Desk, forget_stops, stop_at
from tradewind.application.apply_split import apply_split
from tradewind.application.guard_stops import GuardReport
from tradewind.application.ports_venue import ExecutionVenue, Unclear, VenueAnswer
from tradewind.domain.messages import Levels
from tradewind.domain.order import Leg, Order, OrderStatus
from tradewind.domain.split_message import SplitMessage
from tradewind.domain.terms import OrderKind, Terms
from tradewind.domain.timeframe import DAY


class _DiedError(Exception):
    """The process ended here."""


def test_a_stop_that_never_left_is_sent_by_the_watchdog_s_first_repair(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = type(desk.at.venue).submit

    def dies(venue: ExecutionVenue, order: Order) -> VenueAnswer:
        if order.leg is Leg.STOP:
            raise _DiedError
        return submit(venue, order)

    with monkeypatch.context() as patched:
        patched.setattr(type(desk.at.venue), "submit", dies)
        with pytest.raises(_DiedError):
            desk.send(desk.wish())
    (position,) = desk.book.positions
    desk.at.time.sleep(61)

    desk.protect(position.parent)

    stop = desk.book.bracket(position.parent, Leg.STOP)
    assert stop
    assert stop.status is OrderStatus.ACCEPTED
    assert stop_at(desk) == [(stop.quantity, stop.price)]


def test_a_stop_that_never_grew_at_its_venue_is_put_over_all_of_its_position(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms = Terms(OrderKind.LIMIT, limit=Decimal("50.00"))
    order = desk.send(desk.wish(terms=terms, stop=Decimal("40.00"), target=Decimal("90.00")))
    desk.at.book.trade(desk.at.symbol, Decimal(50), Decimal("0.5"))
    desk.ask(order)
    with monkeypatch.context() as broken:
        broken.setattr(type(desk.at.venue), "replace", lambda *_: Unclear("the connection broke"))
        desk.at.book.trade(desk.at.symbol, Decimal(50), Decimal("1.5"))
        desk.ask(order)
    (position,) = desk.book.positions
    assert position.quantity - stop_at(desk)[0][0] > 1

    desk.protect(position.parent)

    ((quantity, trigger),) = stop_at(desk)
    assert (0 <= position.quantity - quantity < Decimal("0.00001"), trigger) == (True, Decimal("40.00"))
    desk.check()


def test_a_stop_that_had_risen_and_was_lost_is_put_where_it_had_come_to(desk: Desk) -> None:
    wish = desk.wish()
    desk.send(wish)
    (position,) = desk.book.positions
    desk.pass_bar(high=wish.reference_price + 1, levels=(Levels(position.parent, wish.stop + 5),))
    (lost,) = [one for one in desk.at.book.working() if one.wish.trigger]
    desk.at.book.cancel(lost)
    stop = desk.book.bracket(position.parent, Leg.STOP)
    assert stop
    desk.ask(stop)

    desk.protect(position.parent)

    assert [trigger for _, trigger in stop_at(desk)] == [wish.stop + 5]


def test_a_stop_that_its_venue_has_forgotten_is_placed_anew(desk: Desk) -> None:
    wish = desk.wish()
    desk.send(wish)
    forget_stops(desk)
    (position,) = desk.book.positions

    desk.protect(position.parent)

    stop = desk.book.bracket(position.parent, Leg.STOP)
    assert stop
    assert stop_at(desk) == [(stop.quantity, wish.stop)]


@pytest.mark.parametrize("desk", ["fake"], indirect=True)
@pytest.mark.parametrize("known", [True, False], ids=["known to be lost", "believed in"])
def test_after_a_split_a_lost_stop_is_put_where_it_had_come_to_on_the_new_scale(desk: Desk, *, known: bool) -> None:
    wish = desk.wish()
    desk.send(wish)
    (position,) = desk.book.positions
    desk.pass_bar(high=wish.reference_price + 1, levels=(Levels(position.parent, wish.stop + 4),))
    for _ in range(3 if known else 1):  # what stands in a lost one's place may be lost as well
        desk.protect(position.parent)
        (lost,) = desk.at.book.working()
        desk.at.book.cancel(lost)
        if known:
            desk.ask(next(one for one in desk.book.orders if one.leg is Leg.STOP))

    apply_split(
        desk.configuration, desk.ledger,
        SplitMessage(COINS, desk.name, Decimal(4), desk.book.version, desk.clock.time, "split", 5 * DAY),
    )  # fmt: skip
    base = desk.at.symbol.partition("-")[0]
    desk.at.book.balances[base] *= 4
    desk.guard()

    (held,) = desk.book.positions
    assert held.quantity == position.quantity * 4
    assert stop_at(desk) == [(held.quantity, (wish.stop + 4) / 4)]
    assert desk.guard() == GuardReport(1, (), (), ())
