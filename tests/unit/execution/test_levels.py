"""Moving stops and targets after a bar, and several entries into one position."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import FREE, SHARE, STRATEGY, bar, book, day, entry, exit_order, flat_bar, held, order_id
from tradewind.domain.bar import Bar
from tradewind.domain.identifiers import intent_id
from tradewind.domain.ledger import Book
from tradewind.domain.messages import Levels
from tradewind.domain.order import Leg, Order, OrderStatus
from tradewind.execution.paper import BarOutcome, apply_bar, move_levels

FIRST = order_id()
SECOND = intent_id("second", FIRST)
QUIET = bar(3, 100, 102, 98, 101)


def opened() -> Book:
    """Return ten shares bought at 100 on day 2, stop 95, target 110."""
    return apply_bar(book(entry()), bar(2, 100, 102, 98, 101), SHARE, FREE).book


def rested(one: Bar = QUIET) -> BarOutcome:
    return apply_bar(opened(), one, SHARE, FREE)


def raised(stop: str = "0", target: str = "0", one: Bar = QUIET) -> BarOutcome:
    return move_levels(rested(one), [Levels(FIRST, Decimal(stop), Decimal(target))])


def prices(one: Book) -> tuple[Decimal, Decimal]:
    """Return the working stop and target."""
    stop, target = (one.bracket(FIRST, leg) for leg in (Leg.STOP, Leg.TARGET))
    assert stop is not None
    assert target is not None
    return stop.price, target.price


def add(**changes: object) -> Order:
    """Return a second entry, of twenty shares decided at day 2, into the position that the first opened."""
    more = entry(id=SECOND, parent=FIRST, created=day(2), quantity=Decimal(20), stop=Decimal(1), target=Decimal(2))
    return replace(more, **changes)  # type: ignore[arg-type]


def laddered(one: Bar) -> BarOutcome:
    before = opened()
    return apply_bar(replace(before, orders=(*before.orders, add())), one, SHARE, FREE)


# ── levels that move ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_raised_stop_is_one_version_and_one_changed_order_more() -> None:
    outcome = raised(stop="97.5")

    assert prices(outcome.book) == (Decimal("97.5"), Decimal("110.00"))
    assert outcome.book.version == rested().book.version + 1
    assert [(order.leg, order.status, order.reason) for order in outcome.orders] == [
        (Leg.STOP, OrderStatus.ACCEPTED, "TRAILING")
    ]


@pytest.mark.parametrize(
    "stop", ["0", "94", "95", "101", "150"], ids=["none", "lower", "same", "the close", "above it"]
)
def test_a_stop_never_falls_and_never_reaches_the_close(stop: str) -> None:
    assert raised(stop=stop) == rested()


@pytest.mark.parametrize("target", ["105", "120"])
def test_a_target_goes_either_way(target: str) -> None:
    assert prices(raised(target=target).book) == (Decimal("95.00"), Decimal(target))


def test_levels_of_a_position_that_the_bar_closed_move_nothing() -> None:
    stopped = bar(3, 100, 101, 94, 96)

    assert raised(stop="97", one=stopped) == rested(stopped)


def test_levels_of_another_position_move_nothing() -> None:
    assert move_levels(rested(), [Levels(SECOND, Decimal(99))]) == rested()


def test_a_raised_stop_works_from_the_next_bar_on_and_its_fill_says_that_it_trailed() -> None:
    after = raised(stop="97.5").book

    (fill,) = apply_bar(after, bar(4, 100, 101, 97, 98), SHARE, FREE).fills

    assert (fill.leg, fill.reason, fill.price) == (Leg.STOP, "TRAILING", Decimal("97.50"))


def test_an_entry_s_own_bar_can_raise_its_stop_in_the_same_version() -> None:
    bought = apply_bar(book(entry()), bar(2, 100, 102, 98, 101), SHARE, FREE)

    after = move_levels(bought, [Levels(FIRST, Decimal(99))])

    assert after.book.version == bought.book.version
    assert [order.price for order in after.orders if order.leg is Leg.STOP] == [Decimal(99)]
    assert len(after.orders) == len(bought.orders)


# ── ladders ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_second_entry_grows_the_position_and_keeps_its_levels() -> None:
    outcome = laddered(flat_bar(3, 97))

    (position,) = outcome.book.positions
    assert (position.quantity, position.cost, position.entries) == (Decimal(30), Decimal(2940), 2)
    assert (position.parent, position.bars_held, position.opened) == (FIRST, 1, held().opened)
    assert prices(outcome.book) == (Decimal("95.00"), Decimal("110.00"))
    assert {order.quantity for order in outcome.book.orders} == {Decimal(30)}
    assert outcome.book.view(STRATEGY) == (30.0, 98.0, 1.0, 95.0, 110.0, 2.0)


def test_one_stop_leaves_the_whole_ladder() -> None:
    outcome = laddered(bar(3, 97, 98, 94, 96))

    assert [(fill.leg, fill.quantity, fill.parent) for fill in outcome.fills] == [
        (Leg.ENTRY, Decimal(20), FIRST),
        (Leg.STOP, Decimal(30), FIRST),
    ]
    assert outcome.fills[1].realised == 30 * Decimal(95) - 2940
    assert not outcome.book.is_active


def test_an_entry_that_finds_its_position_gone_is_canceled_and_opens_none() -> None:
    outcome = apply_bar(book(add()), flat_bar(3, 97), SHARE, FREE)

    assert (outcome.orders[0].status, outcome.orders[0].reason) == (OrderStatus.CANCELED, "NOTHING_TO_ADD_TO")
    assert (outcome.fills, outcome.book.positions) == ((), ())


def test_an_exit_at_the_same_open_cancels_what_would_have_been_added() -> None:
    before = opened()
    outcome = apply_bar(replace(before, orders=(*before.orders, add(), exit_order())), flat_bar(3, 97), SHARE, FREE)

    assert [fill.leg for fill in outcome.fills] == [Leg.EXIT]
    assert next(order for order in outcome.orders if order.id == SECOND).status is OrderStatus.CANCELED
    assert not outcome.book.is_active
