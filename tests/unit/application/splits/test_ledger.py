"""A book is scaled in one transaction, once, and only to whole lots."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import ACME, PAPER, account, book, configuration, entry, exit_order, held
from tests.fakes.ledger import FakeLedger, LedgerItems
from tradewind.application.apply_split import apply_split
from tradewind.domain.errors import PermanentError
from tradewind.domain.identifiers import IntentId
from tradewind.domain.messages import from_json, to_json
from tradewind.domain.order import OrderStatus
from tradewind.domain.order_terms import OrderKind, Terms
from tradewind.domain.split_message import SplitMessage
from tradewind.domain.timeframe import DAY, MINUTE


def ledger(quantity: int = 10) -> LedgerItems:
    items = LedgerItems()
    stop = entry(quantity=Decimal(quantity), price=Decimal("95.00"))
    items.books[PAPER, ACME] = book(stop, positions=[held(quantity=Decimal(quantity))])
    items.accounts[PAPER] = account()
    return items


def message(factor: str = "4") -> SplitMessage:
    return SplitMessage(PAPER, ACME, Decimal(factor), 1, 6 * DAY, "split@5", 5 * DAY)


def test_position_orders_and_stops_are_scaled_in_one_transaction_and_never_twice() -> None:
    items = ledger()
    for _ in range(2):
        apply_split(configuration(), FakeLedger(items), message())

    after = items.books[PAPER, ACME]
    (position,), (order,) = after.positions, after.orders
    assert (position.quantity, position.cost) == (Decimal(40), Decimal("1000.00"))
    assert (order.quantity, order.price, order.stop) == (Decimal(40), Decimal("23.75"), Decimal("23.75"))
    assert (order.target, order.worst_price, order.reserved) == (Decimal("27.50"), Decimal("26.25"), Decimal(1050))
    assert (after.mark, after.version) == (Decimal("25.00"), 2)
    told = [event for one in items.journals[PAPER] for event in one.events]
    assert [(event.kind, event.data) for event in told] == [("SPLIT_APPLIED", {"factor": "4"})]


def test_what_waits_for_a_price_waits_for_it_on_the_new_scale_and_for_no_more_than_before() -> None:
    items = ledger()
    limit = Terms(OrderKind.STOP_LIMIT, limit=Decimal("121.00"), trigger=Decimal("120.00"))
    trailing = Terms(OrderKind.TRAILING_STOP, trigger=Decimal("92.00"), trail=Decimal("8.00"))
    first = entry(id=IntentId("first"), terms=limit, filled=Decimal(4), parts=1, status=OrderStatus.PARTIALLY_FILLED)
    second = exit_order(id=IntentId("second"), terms=trailing)
    items.books[PAPER, ACME] = replace(items.books[PAPER, ACME], orders=(first, second))

    apply_split(configuration(), FakeLedger(items), message())

    one, other = items.books[PAPER, ACME].orders
    assert (one.terms.limit, one.terms.trigger) == (Decimal("30.25"), Decimal("30.00"))
    assert (one.quantity, one.filled, one.left) == (Decimal(40), Decimal(16), Decimal(24))
    assert (other.terms.trigger, other.terms.trail) == (Decimal("23.00"), Decimal("2.00"))


def test_a_command_given_again_for_the_book_as_it_is_now_scales_nothing_but_the_next_split_does() -> None:
    items = ledger()
    apply_split(configuration(), FakeLedger(items), message())
    again = replace(message(), assumed_version=2)

    for later in (0, 615 * MINUTE):  # bars of another length may tell of the same one a little later
        apply_split(configuration(), FakeLedger(items), replace(again, split=5 * DAY + later))
    assert items.books[PAPER, ACME].positions[0].quantity == 40
    apply_split(configuration(), FakeLedger(items), replace(again, split=9 * DAY))
    assert items.books[PAPER, ACME].positions[0].quantity == 160


def test_a_position_that_would_be_no_whole_number_of_lots_is_refused_whole() -> None:
    items = ledger(15)

    with pytest.raises(PermanentError, match=r"ACME.TEST: 15 times 0.1 is no whole number of lots"):
        apply_split(configuration(), FakeLedger(items), message("0.1"))
    assert items.books[PAPER, ACME].version == 1


def test_a_command_reads_as_it_was_written() -> None:
    assert from_json(to_json(message("1.5"))) == message("1.5")
    assert message().deduplication_id == f"split#{PAPER}#{ACME}#1"
