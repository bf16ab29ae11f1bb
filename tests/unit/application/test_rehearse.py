"""What would become of an order is told of every account, whatever its venue, and nothing is written for it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import ACME, FREE, PAPER, book, configuration, day, flat_bar, held, intent
from tests.fakes.ledger import FakeLedger
from tests.fakes.world import FakeClock
from tradewind.adapters.venues.facts import facts_of
from tradewind.adapters.venues.paper import PaperVenue, StandIn
from tradewind.application.rehearse import Rehearse
from tradewind.application.wording_orders import emulated, waiting
from tradewind.domain.order import BY_HAND, Leg, OrderStatus
from tradewind.domain.terms import OrderKind, Terms, TimeInForce


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


LIMIT, TRAILS = Terms(OrderKind.LIMIT, limit=Decimal("90.00")), Terms(OrderKind.TRAILING_STOP, trail=Decimal(5))


@pytest.mark.parametrize(
    ("venue", "leg", "terms", "told"),
    [
        ("PAPER", Leg.ENTRY, TRAILS, ""),
        ("KRAKEN", Leg.ENTRY, TRAILS, ""),
        ("BYBIT", Leg.ENTRY, TRAILS, "Bybit has no TRAILING_STOP orders "),
        ("KRAKEN", Leg.EXIT, Terms(OrderKind.STOP, trigger=Decimal(90)), "The position's stop at Kraken holds "),
        ("KRAKEN", Leg.ENTRY, replace(LIMIT, lifetime=TimeInForce.FOK), "Kraken has no FOK: its order book "),
        ("ALPACA", Leg.ENTRY, replace(LIMIT, post_only=True), "Alpaca has no post-only: its best price "),
        ("CCXT:okx", Leg.ENTRY, replace(LIMIT, lifetime=TimeInForce.DAY, expires=day(9)), "okx (ccxt) has no DAY: "),
        ("KRAKEN", Leg.ENTRY, LIMIT, ""),
    ],
)  # fmt: skip
def test_what_is_done_in_a_venue_s_place_is_told_before_the_order_is_sent(
    venue: str, leg: Leg, terms: Terms, told: str
) -> None:
    ledger, facts = FakeLedger(), facts_of(venue)
    ledger.items.books[PAPER, ACME] = book(positions=[held()] if leg is Leg.EXIT else [], last_bar=day(2))
    known = configuration(rules=replace(FREE, venue=venue))
    rehearse = Rehearse(known, ledger, lambda *_: [flat_bar(2, 100)], FakeClock(), lambda _: None, StandIn(facts))

    done = rehearse(intent(leg, ts=day(2), valid_until=day(3), terms=terms))

    assert done.allowed
    said = emulated(done.order, facts)
    assert (said[: len(told)], bool(said)) == (told, bool(told))
    assert ("watched here on closed bars" in waiting(done.order)) == done.order.held_here == ("it waits here" in said)
