"""Orders of a person that wait for their price on paper: every kind, beside a position's own levels."""

from typing import Any

import pytest

from tests.unit.application.waiting import LIMIT, S, World, holding, money, terms
from tradewind.domain.order import Leg
from tradewind.domain.order_terms import Terms
from tradewind.domain.replace_message import Change

# ── each kind ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("case", "wanted", "one", "status", "price"),
    [
        ("a limit that is not reached", LIMIT, (100, 103, 95.01, 99), S.ACCEPTED, None),
        ("a limit that is touched", LIMIT, (100, 103, 95, 99), S.FILLED, "95.00"),
        ("a limit that opens beyond", LIMIT, (93, 103, 90, 99), S.FILLED, "93.00"),
        ("a stop that is not reached", terms("STOP", trigger="105"), (100, 104.99, 95, 99), S.ACCEPTED, None),
        ("a stop that is touched", terms("STOP", trigger="105"), (100, 105, 95, 99), S.FILLED, "105.00"),
        ("a stop that opens beyond", terms("STOP", trigger="105"), (106, 107, 95, 99), S.FILLED, "106.00"),
        ("a touch", terms("TAKE_PROFIT", trigger="97"), (100, 101, 96, 99), S.FILLED, "97.00"),
        ("a stop limit", terms("STOP_LIMIT", "106", "105"), (100, 108, 99, 107), S.FILLED, "105.00"),
        ("a stop limit jumped over", terms("STOP_LIMIT", "106", "105"), (107, 109, 106.5, 108), S.TRIGGERED, None),
        ("one that comes back", terms("STOP_LIMIT", "106", "105"), (107, 109, 105.9, 108), S.FILLED, "106.00"),
        ("a limit below its stop", terms("STOP_LIMIT", "104", "105"), (100, 106, 99, 104), S.TRIGGERED, None),
        ("a trailing stop", terms("TRAILING_STOP", trail="4"), (100, 104, 99, 101), S.FILLED, "104.00"),
        ("one that follows", terms("TRAILING_STOP", trail="4"), (99, 100, 90, 93), S.ACCEPTED, None),
        ("one that turns", terms("TRAILING_STOP", trail="4"), (99, 100, 90, 95), S.FILLED, "94.00"),
    ],
)
def test_an_entry_waits_for_its_price(
    case: str, wanted: Terms, one: tuple[float, ...], status: S, price: str | None
) -> None:
    world = World()
    order_id = world.buy(wanted)
    assert world.order(order_id).status is S.ACCEPTED, case

    world.bar(*one)

    assert (world.order(order_id).status, [fill[2] for fill in world.fills]) == (
        status,
        [money(price)] if price else [],
    )
    if price:
        stop = world.book.bracket(world.order(order_id).parent, Leg.STOP)
        assert stop is not None
        assert (stop.price, stop.quantity) == (money("80.00"), money(10))


def test_a_woken_stop_limit_waits_at_its_limit() -> None:
    world = World()
    order_id = world.buy(terms("STOP_LIMIT", "104", "105"))
    world.bar(100, 106, 99, 104.5)
    world.bar(105, 107, 104, 106)

    assert (world.order(order_id).status, world.fills) == (S.FILLED, [("ENTRY", money(10), money("104"))])


def test_a_trailing_stop_only_ever_comes_closer() -> None:
    world = World()
    order_id = world.buy(terms("TRAILING_STOP", trail="4"))
    triggers = [world.order(order_id).terms.trigger]
    for one in ((99, 100, 95, 96), (96, 98, 95.5, 97), (97, 98, 92, 93)):
        world.bar(*one)
        triggers.append(world.order(order_id).terms.trigger)

    assert triggers == [money(104), money(99), money(99), money(96)]


# ── beside a position ────────────────────────────────────────────────────────────────────────────────────────────


HALF, NEAR, FAR = ("LIMIT", "110", "0", 4), ("STOP", "0", "90", 4), ("LIMIT", "111", "0", 8)


@pytest.mark.parametrize(
    ("case", "exits", "one", "fills", "left"),
    [
        ("half at a limit", [HALF], (100, 111, 99, 105), [("EXIT", 4, 110)], 6),
        ("stop before limit", [HALF], (100, 111, 79, 105), [("STOP", 10, 80)], 0),
        ("a nearer stop, then the own", [NEAR], (100, 101, 79, 85), [("EXIT", 4, 90), ("STOP", 6, 80)], 0),
        ("two of them", [HALF, NEAR], (100, 112, 89, 96), [("EXIT", 4, 90), ("EXIT", 4, 110)], 2),
        ("never more than is held", [HALF, FAR], (100, 112, 99, 105), [("EXIT", 4, 110), ("EXIT", 6, 111)], 0),
        ("the gap fills at the open", [HALF], (115, 116, 79, 105), [("EXIT", 4, 115), ("STOP", 6, 80)], 0),
    ],
)
def test_exits_that_wait_and_the_position_s_own_are_one_set(
    case: str, exits: list[Any], one: tuple[float, ...], fills: list[Any], left: int
) -> None:
    world = holding()
    for kind, limit, trigger, quantity in exits:
        world.sell(terms(kind, limit, trigger), quantity=money(quantity))
    world.bar(*one)

    told = [(leg, money(quantity), money(price)) for leg, quantity, price in fills]
    assert world.fills[1:] == told, case
    assert sum(one.quantity for one in world.book.positions) == left
    if left:
        assert world.book.protects(world.book.positions[0].parent)
    else:
        assert world.book.orders == ()


def test_an_entry_that_waited_is_netted_into_what_is_held_and_one_stop_covers_both() -> None:
    world = holding()
    world.buy(LIMIT, stop=money("82.00"))
    world.buy(terms("LIMIT", "90.00"), quantity=money(5), stop=money("82.00"))
    world.bar(100, 101, 89, 92)

    (position,) = world.book.positions
    assert (position.quantity, position.cost, position.entries) == (money(25), money(1000 + 950 + 450), 3)
    (stop,) = world.book.orders
    assert (stop.leg, stop.price, stop.quantity) == (Leg.STOP, money("82.00"), money(25))


def test_what_is_opened_inside_a_bar_is_stopped_in_it_if_the_low_says_so() -> None:
    world = World()
    world.buy(LIMIT, stop=money("94.00"), target=money("99.00"))
    world.bar(100, 103, 94, 100)

    assert world.fills == [("ENTRY", money(10), money(95)), ("STOP", money(10), money(94))]


def test_a_high_that_may_have_come_before_the_entry_reaches_no_target() -> None:
    world = World()
    world.buy(LIMIT, target=money("99.00"))
    world.bar(100, 103, 94.5, 98)
    assert [one[0] for one in world.fills] == ["ENTRY"]

    world.bar(98, 99, 97, 98)
    assert [one[0] for one in world.fills] == ["ENTRY", "TARGET"]


def test_closing_the_position_ends_every_exit_that_waits() -> None:
    world = holding()
    waiting = world.sell(terms("LIMIT", "110"), quantity=money(4))
    world.sell(terms("MARKET"))

    assert (world.order(waiting).status, world.book.is_active) == (S.CANCELED, False)


def test_a_person_s_stop_stays_where_they_moved_it_when_more_of_the_entry_fills() -> None:
    world = World()
    world.buy(LIMIT)
    world.bar(96, 96, 94, 95, volume=40)
    (position,) = world.book.positions
    stop = world.book.bracket(position.parent, Leg.STOP)
    assert stop
    world.change(stop.id, Change(trigger=money("90.00")))

    world.bar(96, 96, 94, 95)

    stop = world.book.bracket(position.parent, Leg.STOP)
    assert stop
    assert (stop.quantity, stop.price) == (money(10), money("90.00"))
