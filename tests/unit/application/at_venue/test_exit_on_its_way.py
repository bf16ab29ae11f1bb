"""A position that is being sold while the watchdog looks: no stop is put over what has left already."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import entry
from tests.unit.application.at_venue.desk import ADD, Desk, stop_at
from tests.unit.application.test_guard_stops import STOP, Guarded, Venue, at_venue, holding
from tests.venues import faults
from tradewind.application.ports_venue import SKEW
from tradewind.domain.identifiers import IntentId
from tradewind.domain.order import Leg, Order, OrderStatus, Side
from tradewind.domain.timeframe import MINUTE

SENT = entry(
    id=IntentId("exit"), leg=Leg.EXIT, side=Side.SELL, reserved=Decimal(0), parent=entry().id,
    created=Guarded(holding()).run_once.clock.now(0), status=OrderStatus.SUBMITTED,
)  # fmt: skip


def sold(quantity: int, **changes: object) -> Order:
    return replace(SENT, quantity=Decimal(quantity), **changes)  # type: ignore[arg-type]


def leave(desk: Desk, fault: faults.Fault, hides: int = 0, **changes: object) -> Order:
    """Let an exit be sent that a fault meets on its way; its venue may hide for so many ms what fills from then on."""
    desk.send(desk.wish())
    desk.at.time.sleep(60)
    assert desk.at.account
    desk.at.account.hides = hides
    desk.at.served.faults.append(fault)
    order = desk.send(desk.wish(Leg.EXIT, **changes))
    assert order.status is OrderStatus.UNKNOWN
    return order


# ── what the watchdog sees ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "status", [OrderStatus.SUBMITTED, OrderStatus.UNKNOWN, OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED]
)
def test_what_is_being_sold_at_its_venue_needs_no_stop(status: OrderStatus) -> None:
    guard = Guarded(holding(sold(10, status=status)), Venue())

    assert guard.run(executed=False).repaired == ()
    assert guard.told == []


def test_on_paper_what_is_being_sold_needs_its_stop_until_it_is() -> None:
    assert len(Guarded(holding(sold(10, status=OrderStatus.ACCEPTED))).run(executed=False).repaired) == 1


@pytest.mark.parametrize("left", [6, 10])
def test_while_a_part_is_sold_a_stop_over_the_rest_or_still_over_all_is_right(left: int) -> None:
    guard = Guarded(holding(STOP, sold(4)), Venue(working=[at_venue(quantity=Decimal(left))]))

    assert guard.run(executed=False).repaired == ()


@pytest.mark.parametrize("left", [4, 7])
def test_while_a_part_is_sold_a_stop_over_anything_else_is_wrong(left: int) -> None:
    guard = Guarded(holding(STOP, sold(4)), Venue(working=[at_venue(quantity=Decimal(left))]))

    assert len(guard.run(executed=False).repaired) == 1


def test_what_is_left_beside_a_part_that_is_sold_needs_a_stop() -> None:
    assert len(Guarded(holding(sold(4)), Venue()).run(executed=False).repaired) == 1


def test_an_exit_that_stays_unclear_for_two_runs_hides_nothing_any_more() -> None:
    old = SENT.created - 2 * MINUTE
    exits = (sold(10, created=old, status=one) for one in (OrderStatus.UNKNOWN, OrderStatus.ACCEPTED))
    unclear, queued = (Guarded(holding(one), Venue()) for one in exits)

    assert len(unclear.run(executed=False).repaired) == 1
    assert queued.run(executed=False).repaired == ()  # its venue has it, and may wait for the open


# ── what a repair does ───────────────────────────────────────────────────────────────────────────────────────────


def test_an_exit_whose_answer_was_lost_is_booked_before_a_stop_is_judged(served: Desk) -> None:
    order = leave(served, faults.lost(path=ADD[served.at.served.name]))

    served.protect(order.parent)

    assert served.book.positions == ()
    assert stop_at(served) == []
    assert sum(bool(one.wish.trigger) for one in served.at.book.orders.values()) == 1
    served.check()


def test_a_position_whose_sale_stays_unclear_gets_no_stop_that_would_sell_it_twice(served: Desk) -> None:
    order = leave(served, faults.lost(path=ADD[served.at.served.name]), hides=600_000)

    served.protect(order.parent)

    assert [one.leg for one in served.ledger.items.orders.values()].count(Leg.STOP) == 1
    assert len(served.at.book.orders) == 3


def test_a_part_whose_sale_is_unclear_gets_no_stop_and_the_rest_keeps_its_own(served: Desk) -> None:
    order = leave(served, faults.lost(path=ADD[served.at.served.name]), hides=600_000, quantity=Decimal(1))
    before = stop_at(served)

    served.protect(order.parent)

    assert len(served.at.book.orders) == 3
    assert stop_at(served) == before


def test_an_exit_that_never_arrived_is_sent_again_and_no_stop_stands_in_its_way(served: Desk) -> None:
    order = leave(served, faults.hang_up(path=ADD[served.at.served.name]))
    served.at.time.now = (order.deadline + SKEW + 1) / 1000

    served.protect(order.parent)

    assert served.book.positions == ()
    assert stop_at(served) == []
    served.check()
