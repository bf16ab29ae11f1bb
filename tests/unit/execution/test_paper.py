from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import (
    ACME,
    COSTLY,
    FREE,
    SHARE,
    STRATEGY,
    bar,
    book,
    day,
    entry,
    exit_order,
    flat_bar,
    held,
    order_id,
)
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import AccountRules
from tradewind.domain.fill import Fill
from tradewind.domain.ledger import Book
from tradewind.domain.order import Leg, Order, OrderStatus, Side
from tradewind.execution.paper import BarOutcome, apply_bar, fee

QUIET = bar(2, 100, 102, 98, 101)
"""Touches neither stop (95) nor target (110)."""


def applied(before: Book, one: Bar, rules: AccountRules = FREE) -> BarOutcome:
    return apply_bar(before, one, SHARE, rules)


def opened(**rules: int) -> Book:
    """Return the book after `entry` filled at day 2's open of 100."""
    return applied(book(entry()), QUIET, replace(FREE, **rules)).book  # type: ignore[arg-type]


def of_leg(orders: tuple[Order, ...], leg: Leg) -> Order:
    return next(order for order in orders if order.leg is leg)


def told(fill: Fill) -> tuple[str, str, Decimal, Decimal]:
    return fill.leg, fill.side, fill.quantity, fill.price


# ── entries ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_entry_fills_at_the_next_open_and_brings_its_stop_and_target() -> None:
    outcome = applied(book(entry()), QUIET)

    assert [told(fill) for fill in outcome.fills] == [("ENTRY", "BUY", Decimal(10), Decimal("100.00"))]
    assert outcome.book.positions == (held(),)
    assert [(order.leg, order.status, order.price) for order in outcome.book.orders] == [
        (Leg.STOP, OrderStatus.ACCEPTED, Decimal("95.00")),
        (Leg.TARGET, OrderStatus.ACCEPTED, Decimal("110.00")),
    ]
    assert {order.parent for order in outcome.book.orders} == {order_id()}
    assert outcome.fills[0].ts == day(1)  # the open of the bar that closes at day 2


def test_an_entry_without_stop_and_target_brings_none() -> None:
    outcome = applied(book(entry(stop=Decimal(0), target=Decimal(0))), QUIET)

    assert (outcome.book.orders, len(outcome.book.positions)) == ((), 1)


def test_an_order_never_fills_in_the_bar_that_it_was_decided_on() -> None:
    outcome = applied(book(entry(created=day(2))), QUIET)

    assert (outcome.fills, outcome.changes, len(outcome.book.orders)) == ((), False, 1)


@pytest.mark.parametrize("status", [OrderStatus.SUBMITTED, OrderStatus.UNKNOWN])
def test_an_order_that_the_venue_has_not_accepted_does_not_fill(status: OrderStatus) -> None:
    assert applied(book(entry(status=status)), QUIET).fills == ()


def test_an_entry_pays_slippage_and_fee() -> None:
    outcome = applied(book(entry()), QUIET, COSTLY)

    fill = outcome.fills[0]
    assert (fill.price, fill.fee, fill.realised) == (Decimal("100.05"), Decimal("1.00050000"), Decimal("-1.00050000"))
    assert outcome.book.positions[0].cost == Decimal("1000.50")


def test_an_entry_fills_up_to_its_collar_and_is_rejected_beyond_it() -> None:
    at = applied(book(entry()), bar(2, 105.00, 106, 104, 105))
    beyond = applied(book(entry()), bar(2, 105.01, 106, 104, 105))

    assert at.fills[0].price == Decimal("105.00")
    assert (beyond.fills, beyond.book.positions, beyond.book.orders) == ((), (), ())
    rejected = beyond.orders[0]
    assert rejected.status is OrderStatus.REJECTED
    assert rejected.reserved == 0
    assert rejected.reason == "PRICE_COLLAR: opened at 105.01, worst allowed 105.00"


def test_slippage_counts_towards_the_collar() -> None:
    outcome = applied(book(entry()), bar(2, 104.99, 106, 104, 105), COSTLY)  # 104.99 slips to 105.05

    assert outcome.orders[0].status is OrderStatus.REJECTED


def test_a_filled_order_gives_back_what_it_reserved() -> None:
    outcome = applied(book(entry()), QUIET)

    assert of_leg(outcome.orders, Leg.ENTRY).reserved == 0
    assert outcome.book.reserved == 0


# ── stops and targets ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("case", "one", "leg", "price"),
    [
        ("stop inside", bar(3, 100, 101, 94, 96), "STOP", "95.00"),
        ("stop by a gap", bar(3, 93, 96, 92, 94), "STOP", "93.00"),
        ("target inside", bar(3, 100, 112, 99, 111), "TARGET", "110.00"),
        ("target by a gap", bar(3, 115, 116, 114, 115), "TARGET", "115.00"),
        ("both, the worse first", bar(3, 100, 112, 94, 111), "STOP", "95.00"),
    ],
)
def test_a_held_position_leaves_by_its_bracket(case: str, one: Bar, leg: str, price: str) -> None:
    outcome = applied(opened(), one)

    assert [told(fill) for fill in outcome.fills] == [(leg, "SELL", Decimal(10), Decimal(price))], case
    assert outcome.fills[0].realised == 10 * (Decimal(price) - 100)
    assert (outcome.book.positions, outcome.book.orders) == ((), ())


def test_the_other_side_of_a_bracket_is_canceled_with_the_first() -> None:
    stopped = applied(opened(), bar(3, 100, 101, 94, 96))
    targeted = applied(opened(), bar(3, 100, 112, 99, 111))

    assert [(order.leg, order.status) for order in stopped.orders] == [
        (Leg.STOP, OrderStatus.FILLED),
        (Leg.TARGET, OrderStatus.CANCELED),
    ]
    assert of_leg(stopped.orders, Leg.TARGET).reason == "STOP filled first"
    assert of_leg(targeted.orders, Leg.STOP).status is OrderStatus.CANCELED


def test_a_stop_slips_and_a_target_does_not() -> None:
    stopped = applied(opened(), bar(3, 100, 101, 94, 96), COSTLY)
    targeted = applied(opened(), bar(3, 100, 112, 99, 111), COSTLY)

    assert stopped.fills[0].price == Decimal("94.95")  # 95.00 less five basis points, rounded against us
    assert targeted.fills[0].price == Decimal("110.00")


def test_a_position_can_be_stopped_in_the_very_bar_that_opened_it() -> None:
    outcome = applied(book(entry()), bar(2, 100, 101, 94, 96))

    assert [told(fill) for fill in outcome.fills] == [
        ("ENTRY", "BUY", Decimal(10), Decimal("100.00")),
        ("STOP", "SELL", Decimal(10), Decimal("95.00")),
    ]
    assert [(order.leg, order.status) for order in outcome.orders] == [
        (Leg.ENTRY, OrderStatus.FILLED),
        (Leg.STOP, OrderStatus.FILLED),
        (Leg.TARGET, OrderStatus.CANCELED),
    ]
    assert not outcome.book.is_active


def test_an_entry_that_gaps_through_its_own_stop_is_out_at_the_open() -> None:
    outcome = applied(book(entry()), bar(2, 94, 96, 93, 95))

    assert [fill.price for fill in outcome.fills] == [Decimal("94.00"), Decimal("94.00")]


# ── exits ────────────────────────────────────────────────────────────────────────────────────────────────────────


def with_exit(**changes: Decimal) -> Book:
    before = opened()
    return replace(before, orders=(*before.orders, exit_order(**changes)))


def test_an_exit_fills_at_the_next_open_and_cancels_the_bracket() -> None:
    outcome = applied(with_exit(), bar(3, 101, 120, 90, 101))

    assert [told(fill) for fill in outcome.fills] == [("EXIT", "SELL", Decimal(10), Decimal("101.00"))]
    assert {order.leg: order.status for order in outcome.orders} == {
        Leg.EXIT: OrderStatus.FILLED,
        Leg.STOP: OrderStatus.CANCELED,
        Leg.TARGET: OrderStatus.CANCELED,
    }
    assert outcome.fills[0].reason == "SIGNAL"
    assert not outcome.book.is_active


def test_an_exit_sells_with_slippage_and_has_no_collar() -> None:
    outcome = applied(with_exit(), bar(3, 50, 51, 49, 50), COSTLY)

    assert outcome.fills[0].price == Decimal("49.97")  # 49.975 rounded against us


def test_an_exit_sells_what_is_held_and_no_more() -> None:
    outcome = applied(with_exit(quantity=Decimal(999)), flat_bar(3, 101))

    assert outcome.fills[0].quantity == of_leg(outcome.orders, Leg.EXIT).quantity == Decimal(10)


def test_an_exit_without_a_position_is_canceled() -> None:
    outcome = applied(book(exit_order()), flat_bar(3, 101))

    assert outcome.fills == ()
    assert (outcome.orders[0].status, outcome.orders[0].reason) == (OrderStatus.CANCELED, "NOTHING_TO_CLOSE")


def test_exits_fill_before_entries() -> None:
    later = entry(id=order_id(ts=day(2)), parent=order_id(ts=day(2)), created=day(2), strategy="second")
    before = with_exit()
    outcome = applied(replace(before, orders=(later, *before.orders)), flat_bar(3, 101))

    assert [fill.leg for fill in outcome.fills] == [Leg.EXIT, Leg.ENTRY]


def test_entries_fill_in_the_order_in_which_they_were_decided() -> None:
    early = entry(strategy="b", id=order_id(strategy="b"), parent=order_id(strategy="b"))
    late = entry(id=order_id(ts=day(2)), parent=order_id(ts=day(2)), created=day(2))

    outcome = applied(book(late, early), flat_bar(3, 100))

    assert [fill.order_id for fill in outcome.fills] == [early.id, late.id]


def test_each_strategy_leaves_only_its_own_sub_position() -> None:
    other = held(strategy="second", parent=order_id(strategy="second"))
    before = with_exit()
    outcome = applied(replace(before, positions=(*before.positions, other)), flat_bar(3, 101))

    assert [(left.strategy, left.bars_held) for left in outcome.book.positions] == [("second", 1)]


# ── the book after the bar ───────────────────────────────────────────────────────────────────────────────────────


def test_bars_held_counts_the_bars_after_the_one_that_opened_it() -> None:
    after = [opened()]
    for number in (3, 4):
        after.append(applied(after[-1], bar(number, 100, 102, 98, 101)).book)

    assert [one.view(STRATEGY).bars_held for one in after] == [0.0, 1.0, 2.0]


def test_a_bar_that_fills_nothing_moves_only_the_mark() -> None:
    before = opened()
    outcome = applied(before, bar(3, 100, 102, 98, 101.37))

    assert not outcome.changes
    assert outcome.digest() == ""
    assert (outcome.book.version, outcome.book.last_bar, outcome.book.mark) == (
        before.version,
        day(3),
        Decimal("101.37"),
    )


def test_a_bar_that_changes_anything_is_one_version_more() -> None:
    assert applied(book(entry()), QUIET).book.version == book().version + 1


def test_a_round_trip_realises_its_profit_less_both_fees() -> None:
    bought = applied(book(entry()), flat_bar(2, 100), COSTLY)
    sold = applied(bought.book, bar(3, 105, 111, 104, 110), COSTLY)

    realised = bought.fills[0].realised + sold.fills[0].realised
    assert realised == 10 * (Decimal("110.00") - Decimal("100.05")) - Decimal("1.0005") - Decimal("1.1")


def test_losses_are_summed_without_the_gains() -> None:
    lost = applied(opened(), bar(3, 100, 101, 94, 96))
    won = applied(opened(), bar(3, 100, 112, 99, 111))

    assert (lost.losses, won.losses) == (Decimal(-50), Decimal(0))


def test_a_fill_is_known_by_its_order_and_a_round_trip_by_its_entry() -> None:
    outcome = applied(book(entry()), bar(2, 100, 101, 94, 96))
    bought, stopped = outcome.fills

    assert (bought.trade_id, bought.order_id, bought.parent) == (f"{order_id()}-1", order_id(), order_id())
    assert (stopped.order_id, stopped.parent) == (of_leg(outcome.orders, Leg.STOP).id, order_id())
    assert stopped.trade_id != bought.trade_id
    assert {(fill.account, fill.instrument) for fill in outcome.fills} == {("paper", ACME)}
    assert stopped.side is Side.SELL


def test_the_same_bar_gives_the_same_digest_and_another_bar_another() -> None:
    one, again = applied(book(entry()), QUIET), applied(book(entry()), QUIET)
    other = applied(book(entry()), bar(2, 100.01, 102, 98, 101))

    assert one.digest() == again.digest() != other.digest()


@pytest.mark.parametrize(
    ("notional", "bps", "paid"),
    [("1000.50", 10, "1.00050000"), ("0.01", 1, "0.00000100"), ("0", 10, "0E-8"), ("0.000015", 10, "2E-8")],
)
def test_a_fee_is_exact_to_a_hundred_millionth(notional: str, bps: int, paid: str) -> None:
    assert str(fee(Decimal(notional), bps)) == str(Decimal(paid))
