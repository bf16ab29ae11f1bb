"""An order that its venue neither shows nor proves absent ends on somebody's word, and never against the venue's."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.fakes.venue import FACTS, FakeExchangeVenue, wish
from tests.unit.application.at_venue.desk import COINS, Desk, forget_stops, stop_at
from tests.venues.trading import pit
from tradewind.application.settle_absent import AFTER
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.errors import BadInputError, TransientError
from tradewind.domain.identifiers import IntentId, intent_id
from tradewind.domain.order import Leg, Order, OrderStatus


class Unpromising(Desk):
    """At a venue that promises nothing, as exchanges through ccxt."""

    @property
    def venue(self) -> FakeExchangeVenue:
        assert isinstance(self.at.venue, FakeExchangeVenue)
        return self.at.venue

    @property
    def told(self) -> list[str]:
        return [event.kind for one in self.ledger.items.journals[COINS] for event in one.events]

    def command(self, what: Command, order: Order) -> Order:
        self.clock.time = self.at.time.ms()
        self.execute(CommandMessage(what, COINS, self.name, self.clock.time, "looked", "ana", "k", 0, order.id))
        return self.ledger.items.orders[COINS, order.id]

    def later(self) -> None:
        self.at.time.now += (AFTER + 1) / 1000


@pytest.fixture
def desk() -> Iterator[Unpromising]:
    with pit("fake") as at:
        at.venue.facts = replace(FACTS, settles=0)  # type: ignore[misc]
        yield Unpromising(at)


def lost(desk: Unpromising) -> Order:
    desk.venue.loses_orders = 1
    order = desk.send(desk.wish())
    desk.later()
    assert desk.ask(order).status is OrderStatus.UNKNOWN
    return desk.ledger.items.orders[COINS, order.id]


def test_an_unclear_order_says_the_way_out_where_its_absence_is_never_proven(desk: Unpromising) -> None:
    order = lost(desk)

    assert order.reason.endswith(f"if the pages of Fake do not have it either, `tradewind settle {order.id}`")


def test_on_somebody_s_word_it_ends_once_and_its_instrument_is_free_again(desk: Unpromising) -> None:
    order = lost(desk)
    assert desk.send(desk.wish(id=intent_id("again"))).reason.startswith("UNKNOWN_ORDER: ")

    settled = [desk.command(Command.SETTLE, order) for _ in range(2)][-1]

    assert (settled.status, settled.reserved) == (OrderStatus.CANCELED, Decimal(0))
    assert settled.reason == "SETTLED_ABSENT: ana says that it is not there: looked"
    assert desk.told.count("ORDER_SETTLED") == 1
    assert desk.send(desk.wish(id=intent_id("once more"))).status is OrderStatus.FILLED
    desk.check()


def test_what_may_still_arrive_is_not_settled(desk: Unpromising) -> None:
    desk.venue.loses_orders = 1
    order = desk.send(desk.wish())

    with pytest.raises(BadInputError, match="may still arrive: look again in 301 s"):
        desk.command(Command.SETTLE, order)


def test_the_time_to_arrive_counts_from_the_sending_and_not_from_the_bar_that_an_order_was_decided_on(
    desk: Unpromising,
) -> None:
    desk.send(desk.wish())
    late = desk.wish(Leg.EXIT, ts=desk.at.time.ms() - 2 * AFTER, valid_until=0)
    desk.venue.loses_orders = 1
    order = desk.send(late)

    with pytest.raises(BadInputError, match="may still arrive: look again in 301 s"):
        desk.command(Command.SETTLE, order)


def test_what_the_venue_has_after_all_counts_and_not_the_word(desk: Unpromising) -> None:
    desk.venue.loses_answers = 1
    order = desk.send(desk.wish())
    assert order.status is OrderStatus.UNKNOWN
    desk.later()

    assert desk.command(Command.SETTLE, order).status is OrderStatus.FILLED
    assert "ORDER_SETTLED" not in desk.told
    desk.check()


def test_a_venue_that_does_not_answer_settles_nothing(desk: Unpromising, monkeypatch: pytest.MonkeyPatch) -> None:
    order = lost(desk)

    def down(_: FakeExchangeVenue) -> None:
        raise TransientError("Fake is down")

    monkeypatch.setattr(FakeExchangeVenue, "open_orders", down)
    with pytest.raises(TransientError, match="Fake is down"):
        desk.command(Command.SETTLE, order)
    assert desk.ledger.items.orders[COINS, order.id] == order


def test_a_fill_that_is_told_after_it_is_booked_and_alarmed(desk: Unpromising) -> None:
    order = desk.command(Command.SETTLE, lost(desk))
    desk.at.book.place(wish(order, desk.venue.facts))

    late = desk.command(Command.RECONCILE, order)

    assert late.filled == order.quantity
    assert "LATE_FILL" in desk.told
    assert len(stop_at(desk)) == 1
    desk.check()


def stopped(desk: Unpromising) -> Order:
    desk.send(desk.wish())
    stop = next(one for one in desk.book.orders if one.leg is Leg.STOP)
    desk.later()
    return stop


def test_a_stop_that_its_venue_has_forgotten_keeps_its_position_no_more(desk: Unpromising) -> None:
    stop = stopped(desk)
    forget_stops(desk)
    with pytest.raises(TransientError, match="did not say whether stop"):
        desk.protect(stop.parent)

    desk.command(Command.SETTLE, stop)
    desk.protect(stop.parent)

    assert stop_at(desk) == [(stop.quantity, stop.price)]


def test_what_it_had_filled_is_booked_first(desk: Unpromising) -> None:
    stop = stopped(desk)
    desk.at.book.trade(desk.at.symbol, stop.price - 1, stop.quantity)
    forget_stops(desk)

    assert desk.command(Command.SETTLE, stop).status is OrderStatus.FILLED
    assert desk.book.positions == ()
    desk.check()


def test_what_no_venue_keeps_is_refused(desk: Unpromising) -> None:
    with pytest.raises(BadInputError, match="not one that a venue keeps"):
        desk.command(Command.SETTLE, replace(lost(desk), id=IntentId("nobody")))
