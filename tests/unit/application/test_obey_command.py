"""Commands of people: done once, by the only writer, with who and why in the journal."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from tests.builders import ACME, PAPER, account, book, configuration, day, entry, held, intent
from tests.fakes.ledger import FakeLedger
from tests.fakes.world import FakeClock, FakePause, FakeVenue
from tradewind.application.apply_bars import ApplyBars
from tradewind.application.execute_message import ExecuteMessage
from tradewind.application.execute_order import ExecuteOrder
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.errors import BadInputError, TransientError
from tradewind.domain.events import Event
from tradewind.domain.ledger import Book, Stake
from tradewind.domain.messages import IntentMessage
from tradewind.domain.order import Leg, Order, OrderStatus

RESUME = CommandMessage(Command.RESUME, PAPER, ACME, day(3), "looked at it", "ana", "k1", version=1)
CANCEL = CommandMessage(Command.CANCEL, PAPER, ACME, day(3), "no more", "ana", "k2", order_id=entry().id)


@dataclass
class World:
    book: Book
    ledger: FakeLedger = field(default_factory=FakeLedger)
    venue: FakeVenue = field(default_factory=FakeVenue)

    def __post_init__(self) -> None:
        items, made = self.ledger.items, configuration()
        items.books[PAPER, ACME] = self.book
        stake = Stake(0, self.book.exposure, self.book.reserved)
        items.accounts[PAPER] = account(stakes={ACME: stake} if self.book.is_active else {})
        items.orders.update({(PAPER, order.id): order for order in self.book.orders})
        apply_bars = ApplyBars(made, self.ledger, lambda *_: ())
        execute_order = ExecuteOrder(made, self.ledger, {"PAPER": self.venue}, apply_bars, FakeClock())
        self.execute = ExecuteMessage(apply_bars, execute_order, FakePause())

    @property
    def now(self) -> Book:
        return self.ledger.items.books[PAPER, ACME]

    def order(self, one: Order) -> Order:
        return self.ledger.items.orders[PAPER, one.id]

    @property
    def events(self) -> list[Event]:
        return [event for one in self.ledger.items.journals.get(PAPER, []) for event in one.events]


def test_a_halt_is_lifted_with_who_and_why_in_the_journal() -> None:
    world = World(book(halted="a fill came twice"))

    world.execute(RESUME)

    assert (world.now.halted, world.now.version) == ("", 2)
    (event,) = world.events
    assert event.kind == "INSTRUMENT_RESUMED"
    assert event.text == "ACME.TEST resumed by ana: looked at it; it had been halted: a fill came twice"


def test_after_a_resume_entries_are_taken_again() -> None:
    world = World(book(halted="a fill came twice"))
    world.execute(IntentMessage(intent()))
    assert world.order(entry(id=intent().id)).status is OrderStatus.DENIED

    world.execute(RESUME)
    again = intent(id=entry(created=day(9)).parent + "x")
    world.execute(IntentMessage(again))

    assert world.ledger.items.orders[PAPER, again.id].status is OrderStatus.ACCEPTED


def test_a_copy_that_comes_late_does_not_lift_the_next_halt() -> None:
    world = World(book(halted="a fill came twice"))
    world.execute(RESUME)
    world.execute.halt(RESUME, "a fill came twice")

    world.execute(RESUME)

    assert world.now.halted == "a fill came twice"
    assert [event.kind for event in world.events] == ["INSTRUMENT_RESUMED", "INSTRUMENT_HALTED"]


def test_an_instrument_that_is_not_halted_stays_as_it_is() -> None:
    world = World(book())

    world.execute(RESUME)

    assert (world.now, world.events) == (book(), [])


@pytest.mark.parametrize(("version", "halted"), [(1, "the venue says otherwise"), (2, "")])
def test_a_halt_stops_the_book_that_was_judged_and_none_that_has_moved_on(version: int, halted: str) -> None:
    world = World(book(version=version))

    world.execute(CommandMessage(Command.HALT, PAPER, ACME, day(3), "the venue says otherwise", "reconcile", "k3", 1))

    assert world.now.halted == halted


def test_a_working_order_is_cancelled_once_and_its_cash_is_free_again() -> None:
    world = World(book(entry()))

    world.execute(CANCEL)
    world.execute(CANCEL)

    order = world.order(entry())
    assert (order.status, order.reason) == (OrderStatus.CANCELED, "cancelled by ana: no more")
    assert (order.reserved, world.now.orders) == (Decimal(0), ())
    assert world.ledger.items.accounts[PAPER].stakes == {}
    assert world.venue.cancelled == [entry().id]
    assert [event.kind for event in world.events] == ["ORDER_CANCELED"]


@pytest.mark.parametrize("status", [OrderStatus.FILLED, OrderStatus.DENIED, OrderStatus.EXPIRED])
def test_what_is_over_is_not_cancelled(status: OrderStatus) -> None:
    world = World(book())
    world.ledger.items.orders[PAPER, entry().id] = entry(status=status)

    world.execute(CANCEL)

    assert (world.order(entry()).status, world.venue.cancelled) == (status, [])


def test_a_stop_cannot_be_cancelled() -> None:
    stop = replace(entry(), leg=Leg.STOP)
    world = World(book(stop, positions=[held()]))

    with pytest.raises(BadInputError, match="is a stop and protects a position: close the position"):
        world.execute(CANCEL)
    assert world.order(stop).status is OrderStatus.ACCEPTED


def test_an_order_that_nobody_knows_cannot_be_cancelled() -> None:
    with pytest.raises(BadInputError, match="is not in the ledger of paper"):
        World(book()).execute(CANCEL)


def test_an_unclear_order_is_asked_about_first_and_cancelled_then() -> None:
    world = World(book(entry(status=OrderStatus.UNKNOWN)))
    world.venue.received.append(entry().id)

    with pytest.raises(TransientError, match="not clear yet"):
        world.execute(CANCEL)
    assert world.venue.cancelled == []
    world.execute(CANCEL)

    assert world.order(entry()).status is OrderStatus.CANCELED
