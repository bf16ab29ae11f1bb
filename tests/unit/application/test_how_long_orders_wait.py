"""How long orders that wait do so, and how they are changed meanwhile."""

from dataclasses import replace
from typing import Any

import pytest

from tests.builders import ACME, PAPER
from tests.unit.application.waiting import LIMIT, NOW, S, World, holding, money, terms
from tradewind.application.by_hand import Wanted, exit_intent
from tradewind.application.steering import Steering
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.errors import BadInputError
from tradewind.domain.ledger import Control, TradingState
from tradewind.domain.market import BookLevel, OrderBook
from tradewind.domain.messages import IntentMessage
from tradewind.domain.order import Leg
from tradewind.domain.order_terms import Terms, TimeInForce
from tradewind.domain.replace_message import Change
from tradewind.domain.timeframe import DAY

# ── lifetimes ────────────────────────────────────────────────────────────────────────────────────────────────────


def asks(*levels: tuple[str, int]) -> dict[str, OrderBook]:
    offers = tuple(BookLevel(money(price), money(quantity)) for price, quantity in levels)
    return {ACME: OrderBook(ACME, NOW, (BookLevel(money("99.90"), money(50)),), offers)}


@pytest.mark.parametrize(
    ("lifetime", "status", "filled", "reason"),
    [
        ("GTC", S.PARTIALLY_FILLED, 6, ""),
        ("IOC", S.CANCELED, 6, "IOC: 6 of 10 were to be had"),
        ("FOK", S.CANCELED, 0, "FOK: 6 of 10 were to be had at 100.20"),
    ],
)
def test_what_a_book_does_not_offer_waits_or_ends_as_its_lifetime_says(
    lifetime: str, status: S, filled: int, reason: str
) -> None:
    world = World(asks(("100.10", 4), ("100.20", 2), ("100.30", 99)))
    order = world.order(world.buy(terms("LIMIT", "100.20", lifetime=TimeInForce(lifetime))))

    assert (order.status, order.filled) == (status, money(filled))
    assert reason in order.reason
    assert [one[1:] for one in world.fills] == ([(money(6), money("100.14"))] if filled else [])
    assert [(one.leg, one.quantity) for one in world.book.orders if one.leg is Leg.STOP] == (
        [(Leg.STOP, money(6))] if filled else []
    )


def test_the_rest_of_a_part_fills_later_and_the_stop_grows_with_it() -> None:
    world = World(asks(("100.10", 4)))
    order_id = world.buy(terms("LIMIT", "100.20"))
    reserved = world.order(order_id).reserved
    world.books.clear()
    world.bar(101, 102, 100, 101)

    order = world.order(order_id)
    assert (order.status, order.quantity, order.parts, reserved) == (S.FILLED, money(10), 2, money("601.20"))
    assert [one[1:] for one in world.fills] == [(money(4), money("100.10")), (money(6), money("100.20"))]
    assert sorted(trade for _, trade in world.ledger.items.fills) == [f"{order_id}-1", f"{order_id}-2"]
    (position,) = world.book.positions
    assert (position.quantity, position.entries) == (money(10), 1)
    assert world.book.protects(position.parent)


def test_a_limit_gets_no_more_than_its_share_of_what_was_traded() -> None:
    world = World()
    order_id = world.buy(LIMIT)
    world.bar(100, 103, 94, 99, volume=69)
    assert (world.order(order_id).status, world.order(order_id).filled) == (S.PARTIALLY_FILLED, money(6))

    world.bar(100, 103, 94, 99, volume=1000)
    assert world.order(order_id).status is S.FILLED


def test_post_only_waits_and_never_takes() -> None:
    world = World(asks(("100.10", 4)))
    taking = world.order(world.buy(terms("LIMIT", "100.10", post_only=True)))
    waiting = world.order(world.buy(terms("LIMIT", "100.05", post_only=True)))

    assert (taking.status, taking.reason) == (S.REJECTED, "WOULD_TAKE: post-only, and 100.10 is offered")
    assert (waiting.status, world.fills) == (S.ACCEPTED, [])


@pytest.mark.parametrize(
    ("case", "made", "ends"),
    [
        ("a day's order", {"lifetime": TimeInForce.DAY}, 4),
        ("one until a moment inside a bar", {"lifetime": TimeInForce.GTD, "expires": NOW + DAY // 2}, 4),
        ("one until the end of the second bar", {"lifetime": TimeInForce.GTD, "expires": NOW + 2 * DAY}, 5),
    ],
)
def test_what_is_good_for_a_while_ends_after_it(case: str, made: dict[str, Any], ends: int) -> None:
    world = World()
    order_id = world.buy(replace(LIMIT, **made))
    until = []
    while world.order(order_id).status is S.ACCEPTED:
        world.bar(100, 103, 96, 99)
        until.append(world.now // DAY)

    assert (until[-1], world.order(order_id).status, world.order(order_id).reserved) == (ends, S.EXPIRED, money(0)), (
        case
    )


def test_a_moment_inside_a_bar_is_not_stretched_to_its_low() -> None:
    world = World()
    order_id = world.buy(replace(LIMIT, lifetime=TimeInForce.GTD, expires=NOW + DAY // 2))
    world.bar(100, 103, 90, 99)

    assert (world.order(order_id).status, world.fills) == (S.EXPIRED, [])


# ── what does not go together ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("a LIMIT order needs limit, this has no price", terms("LIMIT")),
        ("a STOP order needs trigger, this has no price", terms("STOP")),
        ("a STOP order needs trigger, this has limit and trigger", terms("STOP", "95", "90")),
        ("a TRAILING_STOP order needs trail and trigger, this has trigger", terms("TRAILING_STOP")),
        ("a trail of 500 reaches below nothing", terms("TRAILING_STOP", trail="500")),
        ("post-only is for limits that may wait", terms("STOP", trigger="90", post_only=True)),
        ("IOC is for limits", terms("STOP", trigger="90", lifetime=TimeInForce.IOC)),
        ("a GTD order needs a time to come", terms("LIMIT", "110", lifetime=TimeInForce.GTD, expires=NOW)),
    ],
)
def test_terms_that_do_not_go_together_are_refused_and_change_nothing(said: str, asked: Terms) -> None:
    world = holding()
    before = world.book

    order = world.order(world.sell(asked))

    assert (order.status, world.book) == (S.DENIED, before)
    assert order.reason.startswith(f"ORDER_TERMS: {said}")


def test_a_trail_that_is_changed_to_more_than_the_price_is_refused() -> None:
    world = holding()
    order_id = world.sell(terms("TRAILING_STOP", trail="8"))
    world.change(order_id, Change(trail=money("500")))

    order = world.order(order_id)
    assert (order.terms.trail, order.terms.trigger) == (money(8), money(92))
    assert order.reason.startswith("CHANGE_REFUSED ORDER_TERMS: a trail of 500 reaches below nothing")


def test_a_purchase_that_may_only_reduce_is_refused() -> None:
    world = World()
    order = world.order(world.buy(terms("LIMIT", "95.00", reduce_only=True)))

    assert (order.status, order.reason.partition(":")[0]) == (S.DENIED, "NOT_REDUCING")


def test_an_exit_is_not_kept_because_no_price_is_known() -> None:
    world = holding()
    world.ledger.items.books[PAPER, ACME] = replace(world.book, mark=money(0))
    last, world.bars = world.bars[-1], []
    wanted = Wanted(money(10), money(100), "by hand", "out", last.ts_close, terms=terms("LIMIT", "110.00"))

    intent = exit_intent(world.configuration, world.book, wanted)
    world.sent(IntentMessage(intent))

    assert world.order(intent.id).status is S.ACCEPTED


# ── changing ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_change_is_made_once_and_its_copy_changes_nothing() -> None:
    world = World()
    order_id = world.buy(LIMIT)
    message = world.change(order_id, Change(quantity=money(4), limit=money("96.00")))
    order, version = world.order(order_id), world.book.version
    world.sent(message)

    assert (order.quantity, order.terms.limit, order.reserved, order.revision) == (money(4), money(96), money(384), 1)
    assert world.book.version == version
    (event,) = [e for one in world.ledger.items.journals[PAPER] for e in one.events if e.kind == "ORDER_CHANGED"]
    assert event.data
    assert (event.data["by"], event.data["limit"]) == ("ana", "96.00")


def test_a_change_for_an_order_as_it_was_before_another_change_is_void() -> None:
    world = World()
    order_id = world.buy(LIMIT)
    steering = Steering(world.configuration, lambda _: world.now, "bob", "late")
    late = steering.replace(world.order(order_id), Change(limit=money("97.00")), "too late")
    world.change(order_id, Change(limit=money("96.00")))
    world.sent(late)

    assert world.order(order_id).terms.limit == money(96)


def test_a_limit_that_is_raised_to_the_market_fills_at_once() -> None:
    world = World()
    order_id = world.buy(LIMIT)
    world.change(order_id, Change(limit=money("101.00")))

    assert (world.order(order_id).status, world.fills) == (S.FILLED, [("ENTRY", money(10), money(100))])


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("OFF_TICK", Change(limit=money("96.001"))),
        ("OFF_LOT", Change(quantity=money("1.5"))),
        ("STOP_ABOVE_PRICE", Change(limit=money("79.00"))),
        ("MAX_INSTRUMENT_EXPOSURE", Change(quantity=money(1000))),
    ],
)
def test_a_change_that_a_new_order_would_be_denied_for_is_refused_and_on_record(reason: str, change: Change) -> None:
    world = World()
    order_id = world.buy(LIMIT)
    before = world.order(order_id)
    world.change(order_id, change)

    after = world.order(order_id)
    assert after.reason.startswith(f"CHANGE_REFUSED {reason}: ")
    assert replace(after, reason=before.reason, revision=0) == before


def test_a_change_counts_no_entries_of_another_minute() -> None:
    world = World()
    order_id = world.buy(LIMIT)
    world.bar(100, 103, 98, 100)
    for _ in range(world.configuration.account(PAPER).limits.orders_per_minute):
        world.buy(LIMIT, quantity=money(1))
    world.bar(100, 103, 98, 100)

    world.change(order_id, Change(quantity=money(11)))

    assert world.order(order_id).quantity == money(11)


def test_the_kill_switch_lets_a_change_shrink_an_entry_and_not_grow_it() -> None:
    world = World()
    order_id = world.buy(LIMIT)
    world.ledger.items.controls[PAPER] = Control(TradingState.REDUCING, "news", 1)
    world.change(order_id, Change(quantity=money(11)))
    world.change(order_id, Change(quantity=money(9)), "again")

    order = world.order(order_id)
    assert (order.quantity, order.revision) == (money(9), 2)


def test_a_position_s_stop_and_target_are_moved_within_the_market_and_never_taken_away() -> None:
    world = holding(target=money("120.00"))
    stop, target = (one.id for one in world.book.orders)
    world.change(stop, Change(trigger=money("90.00")))
    world.change(target, Change(limit=money("115.00")))
    world.change(stop, Change(trigger=money("100.00")))
    world.change(target, Change(limit=money("99.00")))

    assert [one.price for one in world.book.orders] == [money(90), money(115)]
    assert {world.order(one).reason.partition(":")[0] for one in (stop, target)} == {"CHANGE_REFUSED WOULD_TRIGGER"}
    with pytest.raises(BadInputError, match="has no quantity"):
        world.change(stop, Change(quantity=money(1)))


def test_a_trail_that_is_changed_is_measured_anew() -> None:
    world = holding()
    order_id = world.sell(terms("TRAILING_STOP", trail="8"))
    assert world.order(order_id).terms.trigger == money(92)
    world.change(order_id, Change(trail=money("3.00")))

    assert world.order(order_id).terms.trigger == money(97)


def test_all_that_works_is_cancelled_but_what_protects() -> None:
    world = holding()
    world.sell(terms("LIMIT", "110"), quantity=money(4))
    world.buy(LIMIT)
    steering = Steering(world.configuration, lambda _: world.now, "ana", "all")
    for message in steering.cancelling([world.book], "enough"):
        assert isinstance(message, CommandMessage)
        assert message.command is Command.CANCEL
        world.sent(message)

    assert [one.leg for one in world.book.orders] == [Leg.STOP]
