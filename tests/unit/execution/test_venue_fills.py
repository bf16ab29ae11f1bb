"""What a venue filled is booked once, net of what it took, and the stop covers what is held."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.builders import PAPER, book, entry, exit_order, held, order_id
from tradewind.domain.errors import InvariantError
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.ledger import Account, Book
from tradewind.domain.order import Leg, Order, OrderStatus, Side
from tradewind.domain.venue import VenueFill
from tradewind.execution.paper import BarOutcome
from tradewind.execution.transactions import apply_outcome
from tradewind.execution.venue_fills import Told, book_fills

BTC = InstrumentId("BTC-USD.KRAKEN")
RULES = Instrument(BTC, Decimal("0.1"), Decimal("0.0001"))
BOUGHT = entry(
    instrument=BTC, quantity=Decimal(2), stop=Decimal(90), target=Decimal(130), status=OrderStatus.SUBMITTED,
    reserved=Decimal(220),
)  # fmt: skip


def trade(
    number: int, quantity: str, price: str = "100", fee: str = "0.5", currency: str = "USD", **more: Any
) -> VenueFill:
    side = more.get("side", Side.BUY)
    return VenueFill(
        f"T{number}",
        order_id(),
        "O1",
        BTC,
        side,
        Decimal(quantity),
        Decimal(price),
        Decimal(fee),
        currency,
        1_000 + number,
    )


def told(*fills: VenueFill, status: OrderStatus = OrderStatus.FILLED, booked: frozenset[str] = frozenset()) -> Told:
    return Told(status, "", sum((one.quantity for one in fills), Decimal(0)), fills, booked)


def booked(of: Book, order: Order, what: Told) -> BarOutcome:
    return book_fills(of, order, what, RULES, deadline=9_000)


def of(outcome: BarOutcome, leg: Leg) -> Order:
    return next(one for one in outcome.orders if one.leg is leg)


def test_an_entry_opens_a_position_and_begins_its_stop_before_the_venue_hears_of_it() -> None:
    outcome = booked(book(BOUGHT), BOUGHT, told(trade(1, "1.5"), trade(2, "0.5", "101")))

    (position,) = outcome.book.positions
    assert (position.quantity, position.cost) == (Decimal(2), Decimal("200.5"))
    assert [(one.trade_id, one.fee, one.realised) for one in outcome.fills] == [
        ("T1", Decimal("0.5"), Decimal("-0.5")),
        ("T2", Decimal("0.5"), Decimal("-0.5")),
    ]
    stop, target = of(outcome, Leg.STOP), of(outcome, Leg.TARGET)
    assert (stop.status, stop.deadline) == (OrderStatus.SUBMITTED, 9_000)
    assert (stop.quantity, stop.price) == (Decimal(2), Decimal(90))
    assert (target.status, target.quantity) == (OrderStatus.ACCEPTED, Decimal(2))
    assert {one.id for one in outcome.book.orders} == {stop.id, target.id}
    assert of(outcome, Leg.ENTRY).status is OrderStatus.FILLED


def test_a_fee_in_the_coin_never_arrived_and_the_stop_knows() -> None:
    outcome = booked(book(BOUGHT), BOUGHT, told(trade(1, "2", fee="0.00205", currency="BTC")))

    (position,), (fill,) = outcome.book.positions, outcome.fills
    assert position.quantity == Decimal("1.99795")
    assert of(outcome, Leg.STOP).quantity == Decimal("1.9979")
    assert fill.quantity * fill.price + fill.fee == 200  # what was paid
    assert position.cost - fill.realised == 200


def test_what_is_booked_already_is_not_booked_again() -> None:
    first = booked(book(BOUGHT), BOUGHT, told(trade(1, "0.5"), status=OrderStatus.PARTIALLY_FILLED))
    order = of(first, Leg.ENTRY)
    assert (order.status, order.reserved) == (OrderStatus.PARTIALLY_FILLED, Decimal(165))

    second = booked(first.book, order, told(trade(1, "0.5"), trade(2, "1.5"), booked=frozenset({"T1"})))

    assert [one.trade_id for one in second.fills] == ["T2"]
    assert second.book.positions[0].quantity == 2
    assert of(second, Leg.STOP).quantity == 2
    assert of(second, Leg.STOP).id == of(first, Leg.STOP).id


def test_what_still_enters_after_a_part_has_been_stopped_out_is_covered_whole() -> None:
    first = booked(book(BOUGHT), BOUGHT, told(trade(1, "1"), status=OrderStatus.PARTIALLY_FILLED))
    stop = replace(of(first, Leg.STOP), status=OrderStatus.ACCEPTED)
    out = booked(first.book, stop, told(sold("0.25"), status=OrderStatus.PARTIALLY_FILLED))

    more = told(trade(1, "1"), trade(2, "1"), booked=frozenset({"T1"}))
    outcome = booked(out.book, of(first, Leg.ENTRY), more)

    stop = of(outcome, Leg.STOP)
    assert outcome.book.positions[0].quantity == Decimal("1.75")
    assert (stop.quantity, stop.filled, stop.left) == (Decimal(2), Decimal("0.25"), Decimal("1.75"))
    assert outcome.book.protects(stop.parent)


def test_a_part_that_filled_before_the_rest_was_cancelled_is_held_and_covered() -> None:
    outcome = booked(book(BOUGHT), BOUGHT, told(trade(1, "0.5"), status=OrderStatus.CANCELED))

    assert of(outcome, Leg.ENTRY).status is OrderStatus.CANCELED
    assert of(outcome, Leg.ENTRY).reserved == 0
    assert of(outcome, Leg.STOP).quantity == Decimal("0.5")


def test_an_order_does_not_end_before_all_its_fills_are_shown() -> None:
    what = replace(told(trade(1, "0.5")), filled=Decimal(2))

    outcome = booked(book(BOUGHT), BOUGHT, what)

    assert of(outcome, Leg.ENTRY).status is OrderStatus.PARTIALLY_FILLED
    assert of(outcome, Leg.ENTRY).id in {one.id for one in outcome.book.orders}


def test_a_late_fill_is_booked_and_the_order_stays_cancelled() -> None:
    over = replace(BOUGHT, status=OrderStatus.CANCELED)

    outcome = booked(book(), over, told(trade(1, "0.25"), status=OrderStatus.CANCELED))

    assert of(outcome, Leg.ENTRY).status is OrderStatus.CANCELED
    assert outcome.book.positions[0].quantity == Decimal("0.25")


def sold(quantity: str, number: int = 7, price: str = "110") -> VenueFill:
    return trade(number, quantity, price, side=Side.SELL)


POSITION = replace(held(quantity=Decimal(2), cost=Decimal(200)), parent=order_id())
LEAVING = exit_order(instrument=BTC, quantity=Decimal(2), status=OrderStatus.SUBMITTED, parent=order_id())
TARGET = exit_order(
    id=order_id(Leg.TARGET), leg=Leg.TARGET, instrument=BTC, quantity=Decimal(2), status=OrderStatus.ACCEPTED,
    parent=order_id(),
)  # fmt: skip


def test_an_exit_closes_what_it_sold_and_ends_the_target() -> None:
    outcome = booked(book(LEAVING, TARGET, positions=[POSITION]), LEAVING, told(sold("2")))

    assert outcome.book.positions == ()
    assert outcome.book.orders == ()
    assert outcome.fills[0].realised == Decimal(220) - 200 - Decimal("0.5")
    assert of(outcome, Leg.TARGET).status is OrderStatus.CANCELED


def test_a_part_of_an_exit_leaves_the_rest_covered() -> None:
    outcome = booked(
        book(LEAVING, TARGET, positions=[POSITION]), LEAVING, told(sold("0.5"), status=OrderStatus.PARTIALLY_FILLED)
    )

    assert (outcome.book.positions[0].quantity, outcome.book.positions[0].cost) == (Decimal("1.5"), Decimal(150))
    assert of(outcome, Leg.TARGET).quantity == Decimal("1.5")


def test_less_than_a_lot_cannot_be_held_on_to() -> None:
    dusty = replace(POSITION, quantity=Decimal("2.00005"))

    outcome = booked(book(LEAVING, positions=[dusty]), LEAVING, told(sold("2")))

    assert outcome.book.positions == ()
    assert outcome.fills[0].quantity == 2
    assert outcome.fills[0].realised == Decimal(220) - 200 - Decimal("0.5")  # the dust's cost with it


def test_more_than_was_asked_for_breaks_a_promise() -> None:
    with pytest.raises(InvariantError, match="took it twice"):
        booked(book(BOUGHT), BOUGHT, told(trade(1, "2"), trade(2, "2")))


def test_more_sold_than_held_breaks_a_promise() -> None:
    with pytest.raises(InvariantError, match="were sold of"):
        booked(book(LEAVING, positions=[replace(POSITION, quantity=Decimal(1))]), LEAVING, told(sold("2")))


def test_an_order_is_filled_once_its_trades_say_so_though_its_own_row_lags_behind() -> None:
    what = replace(told(trade(1, "0.5"), trade(2, "1.5"), status=OrderStatus.PARTIALLY_FILLED), filled=Decimal("0.5"))

    outcome = booked(book(BOUGHT), BOUGHT, what)

    assert of(outcome, Leg.ENTRY).status is OrderStatus.FILLED
    assert of(outcome, Leg.ENTRY).id not in {one.id for one in outcome.book.orders}


def test_an_order_ends_when_the_venue_says_so_of_fills_that_are_booked() -> None:
    partly = replace(BOUGHT, status=OrderStatus.PARTIALLY_FILLED)

    outcome = booked(book(partly, positions=(held(),)), partly, told(trade(1, "2"), booked=frozenset({"T1"})))

    assert outcome.fills == ()
    assert of(outcome, Leg.ENTRY).status is OrderStatus.FILLED
    told_of = apply_outcome(Account(PAPER, Decimal(1), Decimal(1)), book(partly), outcome, ts=1).entry
    (event,) = told_of.events  # without it nothing would lead from the journal to the order
    assert (event.kind, (event.data or {})["order_id"]) == ("ORDER_COMPLETED", BOUGHT.id)
