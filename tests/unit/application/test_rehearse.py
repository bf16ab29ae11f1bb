"""What would become of an order is told of every account, whatever its venue, and nothing is written for it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import ACME, FREE, PAPER, configuration, day, flat_bar, intent
from tests.fakes.ledger import FakeLedger
from tests.fakes.world import FakeClock
from tradewind.adapters.venues.paper import PaperVenue
from tradewind.application.rehearse import Rehearse
from tradewind.domain.order import BY_HAND, OrderStatus


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
