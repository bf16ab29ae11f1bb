"""A stop whose position is gone would sell what is another's: it is taken back until its venue says that it is."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import PAPER, book
from tests.unit.application.at_venue.desk import COINS, Desk, stop_at
from tests.unit.application.at_venue.trader import Trader
from tests.unit.application.office import Office
from tests.unit.application.test_guard_stops import STOP, Guarded, Silent, Venue
from tests.unit.application.test_guard_stops import at_venue as there
from tradewind.application.guard_stops import GuardReport
from tradewind.application.ports_venue import ExecutionVenue, Reported, Unclear, VenueAnswer
from tradewind.application.redrive import shown
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.errors import TransientError
from tradewind.domain.identifiers import intent_id
from tradewind.domain.order import BY_HAND, Leg, Order, OrderStatus
from tradewind.domain.terms import OrderKind, Terms, TimeInForce
from tradewind.execution.reconciling import Action

UNHEARD = Terms(OrderKind.LIMIT, limit=Decimal("150.00"), lifetime=TimeInForce.IOC)


@pytest.fixture
def office(trader: Trader, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A position that was sold by an order that its venue had called over; the one cancel of its new stop was lost."""
    desk, office = trader, Office(trader)
    desk.send(desk.wish(quantity=Decimal("0.5"), stop=Decimal("50.00"), target=Decimal(0)))
    desk.at.time.sleep(60)
    left = desk.send(desk.wish(Leg.EXIT, terms=UNHEARD, quantity=Decimal("0.5"), source=BY_HAND, id=intent_id("x")))
    desk.at.time.sleep(61)
    desk.guard()
    desk.at.book.fill_late(desk.at.book.by_client(left.id)[0], stop_at(desk)[0][0], Decimal("150.00"))
    with monkeypatch.context() as broken:
        broken.setattr(type(desk.at.venue), "cancel", lambda *_: Unclear("the connection broke"))
        office.run()
    assert desk.book.positions == ()
    assert stop_at(desk)
    return office


def test_the_watchdog_takes_it_back(office: Office) -> None:
    desk = office.desk

    report = desk.guard()

    assert len(report.taken_back) == 1
    assert (stop_at(desk), desk.book.orders) == ([], ())
    assert desk.guard() == GuardReport(0, (), (), ())
    assert office.events("STOP_LEFT_OVER")
    desk.check()


def test_it_is_asked_for_again_until_the_venue_says_that_it_is_gone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = office.desk
    with monkeypatch.context() as broken:
        broken.setattr(type(desk.at.venue), "cancel", lambda *_: Unclear("the connection broke"))
        with pytest.raises(TransientError, match="did not say whether stop"):
            desk.guard()
        broken.setattr(type(desk.at.venue), "cancel", lambda *_: Reported(OrderStatus.ACCEPTED))
        desk.guard()
    assert stop_at(desk)

    desk.guard()

    assert stop_at(desk) == []


def test_one_of_which_nobody_knows_what_became_is_asked_about_and_then_taken_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = type(desk.at.venue).submit

    def lost(venue: ExecutionVenue, order: Order) -> VenueAnswer:
        answer = submit(venue, order)
        return answer if order.leg is Leg.ENTRY else Unclear("the connection broke")

    with monkeypatch.context() as broken:
        broken.setattr(type(desk.at.venue), "submit", lost)
        desk.send(desk.wish(quantity=Decimal("0.5"), stop=Decimal("50.00"), target=Decimal(0)))
    desk.ledger.items.books[COINS, desk.name] = replace(desk.book, positions=())
    desk.at.time.sleep(61)

    for _ in range(2):
        desk.guard()

    assert (stop_at(desk), desk.book.orders) == ([], ())


def test_reconciliation_tells_of_it(office: Office) -> None:
    found = office.run()

    (stop,) = office.desk.book.left_over
    assert [(one.action, one.subject) for one in found.findings] == [(Action.TELL, f"stop {stop.id}")]


def test_a_letter_that_asks_for_it_is_done_only_when_it_is_gone(office: Office) -> None:
    desk = office.desk
    (stop,) = desk.book.left_over
    asks = CommandMessage(Command.PROTECT, COINS, desk.name, 0, "why", "guard_stops", "k", 1, stop.parent)

    before = shown(desk.ledger, asks, desk.configuration)
    desk.execute(asks)

    assert (before, shown(desk.ledger, asks, desk.configuration)) == (False, True)


def test_while_its_venue_does_not_answer_it_is_not_forgotten() -> None:
    guard = Guarded(book(STOP), Venue(working=[there()]))
    guard.run(executed=False)
    guard.run_once = replace(guard.run_once, venues={PAPER: Silent()})
    with pytest.raises(TransientError):
        guard.run_once()

    assert guard.told == ["STOP_LEFT_OVER"]
