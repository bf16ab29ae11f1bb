"""A position's stop stands at its venue, over all of it, and moves as the ledger's does."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.fakes.ledger import FakeLedger
from tests.fakes.world import FakePause
from tests.unit.application.at_venue.desk import Desk, stop_at
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.guard_stops import GuardReport
from tradewind.domain.changeset import Changeset
from tradewind.domain.errors import ConflictError
from tradewind.domain.identifiers import intent_id
from tradewind.domain.messages import Levels
from tradewind.domain.order import BY_HAND, BY_STRATEGY, NOTHING, Leg, OrderStatus
from tradewind.domain.terms import OrderKind, Terms


def test_a_stop_whose_record_met_a_conflict_is_clear_within_the_same_delivery(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, left = FakeLedger.commit, [3]

    def contested(ledger: FakeLedger, changeset: Changeset) -> None:
        left[0] -= 1
        if not left[0]:  # the entry is sent, its fills are booked, its stop stands at the venue: this would say so
            raise ConflictError("another transaction was faster")
        commit(ledger, changeset)

    monkeypatch.setattr(FakeLedger, "commit", contested)
    desk.execute = replace(desk.execute, pause=FakePause())
    wish = desk.wish()

    desk.send(wish)

    (position,) = desk.book.positions
    stop = desk.book.bracket(position.parent, Leg.STOP)
    assert stop
    assert stop.status is OrderStatus.ACCEPTED
    assert stop_at(desk) == [(stop.quantity, wish.stop)]


def test_a_stop_that_rises_rises_at_the_venue(desk: Desk) -> None:
    wish = desk.wish()
    desk.send(wish)
    parent = desk.book.positions[0].parent

    desk.pass_bar(high=wish.reference_price + 1, levels=(Levels(parent, wish.stop + 5),))

    stop = desk.book.bracket(parent, Leg.STOP)
    assert stop
    assert stop.price == wish.stop + 5
    assert stop_at(desk) == [(stop.quantity, wish.stop + 5)]


def test_a_stop_that_is_filled_in_part_is_booked_and_stands_over_what_is_left(desk: Desk) -> None:
    wish = desk.wish()
    desk.send(wish)
    desk.at.time.sleep(60)
    (stop,) = desk.at.book.working()
    desk.at.book.fill_late(stop, Decimal("0.5"), wish.stop)

    assert len(desk.guard().repaired) == 1  # the ledger knows nothing of the fill

    assert desk.guard() == GuardReport(1, (), (), ())
    assert desk.at.book.working() == [stop]
    assert stop_at(desk) == [(desk.book.orders[0].quantity, wish.stop)]
    assert 0 <= desk.book.positions[0].quantity - stop.left < Decimal("0.00001")
    desk.check()


def test_a_stop_that_filled_is_noticed_when_it_is_asked_about(desk: Desk) -> None:
    wish = desk.wish()
    desk.send(wish)
    desk.at.book.trade(desk.at.symbol, wish.stop - 1, Decimal(9))
    (stop,) = [one for one in desk.book.orders if one.leg is Leg.STOP]

    assert desk.ask(stop).status is OrderStatus.FILLED
    assert desk.book.orders == ()


@pytest.mark.parametrize("desk", ["fake", "kraken", "bybit"], indirect=True)
def test_what_a_person_adds_with_a_stop_of_its_own_moves_the_stop_at_the_venue(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ExecuteOrder, "_looked", lambda _self, book, *_: (book, ""))  # there are no bars here
    first = desk.send(desk.wish(source=BY_HAND, strategy=BY_HAND))
    desk.at.time.sleep(60)
    more = desk.wish(id=intent_id("more"), source=BY_HAND, strategy=BY_HAND, adds_to=first.id)

    desk.send(replace(more, stop=more.stop + 3, quantity=Decimal(1)))

    (position,) = desk.book.positions
    stop = desk.book.bracket(position.parent, Leg.STOP)
    assert stop
    assert stop.price == more.stop + 3
    assert stop_at(desk) == [(stop.quantity, stop.price)]
    assert desk.guard() == GuardReport(1, (), (), ())


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("source", [BY_STRATEGY, BY_HAND])
@pytest.mark.parametrize("desk", ["fake"], indirect=True)
def test_a_stop_that_rose_stays_there_when_more_of_its_entry_fills(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, source: str, *, lost: bool
) -> None:
    monkeypatch.setattr(ExecuteOrder, "_looked", lambda _self, book, *_: (book, ""))  # there are no bars here
    terms, rises = Terms(OrderKind.LIMIT, limit=Decimal("50.00")), Decimal("45.00")
    order = desk.send(desk.wish(source=source, terms=terms, stop=Decimal("40.00"), target=NOTHING))
    desk.at.book.trade(desk.at.symbol, Decimal(50), Decimal("0.5"))
    desk.ask(order)
    (position,) = desk.book.positions
    desk.pass_bar(high=Decimal(51), levels=(Levels(position.parent, rises),))
    if lost:
        desk.at.book.cancel(next(one for one in desk.at.book.working() if one.wish.trigger))
        desk.ask(next(one for one in desk.book.orders if one.leg is Leg.STOP))

    desk.at.book.trade(desk.at.symbol, Decimal(50), Decimal("0.5"))
    desk.ask(order)

    assert stop_at(desk) == [(position.quantity * 2, rises)]
