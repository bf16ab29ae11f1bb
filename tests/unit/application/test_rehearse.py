"""What would become of an order is told of every account, whatever its venue, and nothing is written for it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import ACME, FREE, PAPER, book, configuration, day, flat_bar, held, intent
from tests.fakes.ledger import FakeLedger
from tests.fakes.world import FakeClock
from tradewind.adapters.venues.paper import PaperVenue
from tradewind.application.rehearse import Rehearse
from tradewind.domain.order import BY_HAND, Leg, OrderStatus
from tradewind.domain.terms import OrderKind, Terms


@pytest.mark.parametrize(("venue", "becomes"), [("PAPER", OrderStatus.FILLED), ("KRAKEN", OrderStatus.ACCEPTED)])
def test_an_order_is_rehearsed_where_its_account_trades(venue: str, becomes: OrderStatus) -> None:
    ledger, rules = FakeLedger(), replace(FREE, venue=venue)
    rehearse = Rehearse(
        configuration(rules=rules), ledger, lambda *_: [flat_bar(1, 100)], FakeClock(), lambda _: None, PaperVenue()
    )

    done = rehearse(intent(source=BY_HAND, strategy=BY_HAND))

    assert (done.allowed, done.order.status, done.order.worst_price > 100) == (True, becomes, True)
    assert ledger.items.book(PAPER, ACME).version == 0
    assert ledger.items.journals == {}
    assert day(1) == done.order.created
    assert done.order.reserved == (Decimal(0) if becomes is OrderStatus.FILLED else 10 * done.order.worst_price)


@pytest.mark.parametrize(("venue", "held_here"), [("PAPER", False), ("KRAKEN", True)])
def test_an_exit_that_would_wait_is_rehearsed_as_its_venue_would_have_it(venue: str, *, held_here: bool) -> None:
    ledger, rules = FakeLedger(), replace(FREE, venue=venue)
    ledger.items.books[PAPER, ACME] = book(positions=[held()], last_bar=day(2))
    rehearse = Rehearse(
        configuration(rules=rules), ledger, lambda *_: [flat_bar(2, 100)], FakeClock(), lambda _: None, PaperVenue()
    )
    waits = Terms(OrderKind.LIMIT, limit=Decimal("110.00"))

    done = rehearse(intent(Leg.EXIT, ts=day(2), source=BY_HAND, terms=waits))

    assert (done.allowed, done.order.held_here) == (True, held_here)
