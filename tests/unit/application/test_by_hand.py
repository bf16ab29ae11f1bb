"""Closing by hand: at once, once, never more than is held, and in the journal with what its price was made of."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import ACME, COSTLY, PAPER, SHARE, STRATEGY, book, configuration, day, entry, exit_order, held
from tests.fakes.world import FakeVenue
from tests.unit.application.test_obey_command import World
from tradewind.application.by_hand import close_intents
from tradewind.domain.identifiers import IntentId
from tradewind.domain.ledger import Control, TradingState
from tradewind.domain.messages import IntentMessage, from_json, to_json
from tradewind.domain.order import BY_HAND, BY_STRATEGY, Leg, OrderStatus
from tradewind.execution.pricing import Seen, priced

STOP = replace(entry(), id=IntentId("stop"), leg=Leg.STOP, side=exit_order().side, price=Decimal(95))
HOLDING = book(STOP, positions=[held()], mark=Decimal("104.00"), last_bar=day(2))


def close(key: str = "k", ts: int = day(2) + 1) -> IntentMessage:
    (intent,) = close_intents(configuration(), HOLDING, key, ts, "news")
    message = from_json(to_json(IntentMessage(intent)))
    assert isinstance(message, IntentMessage)
    return message


def test_a_position_is_closed_at_once_at_the_last_close() -> None:
    world = World(HOLDING)
    world.execute(close())

    (fill,) = world.ledger.items.fills.values()
    assert (fill.quantity, fill.price, fill.ts, fill.leg) == (Decimal(10), Decimal("104.00"), day(2) + 1, Leg.EXIT)
    assert fill.realised == Decimal("40.00")
    assert (world.now.positions, world.now.orders, world.now.last_bar) == ((), (), day(2))
    assert world.order(STOP).status is OrderStatus.CANCELED
    order = world.ledger.items.orders[PAPER, close().intent.id]
    assert (order.status, order.source, order.reason) == (OrderStatus.FILLED, BY_HAND, "news")
    assert world.ledger.items.accounts[PAPER].cash == Decimal("101040.00")


def test_the_modelled_spread_is_paid() -> None:
    seen = Seen(HOLDING.mark, HOLDING.last_bar)
    prices = [priced(seen, one.side, Decimal(1), SHARE, COSTLY.slippage_bps, day(2)) for one in (exit_order(), entry())]

    assert [one.price for one in prices] == [Decimal("103.94"), Decimal("104.06")]


def test_what_the_price_was_made_of_is_in_the_journal() -> None:
    world = World(HOLDING)
    world.execute(close())

    (event,) = (one for one in world.events if one.kind == "FILLED_BY_HAND")
    assert event.data == {
        "order_id": close().intent.id, "price": "104.00", "quantity": str(held().quantity), "after": day(2),
        "close": "104.00", "close_ts": day(2), "spread_bps": 0, "ts": day(2) + 1,
    }  # fmt: skip


def test_the_same_key_is_the_same_order_and_another_key_another_one() -> None:
    world = World(HOLDING)
    world.execute(close())
    world.execute(close(ts=day(2) + 5))
    world.execute(close("other"))

    assert len(world.ledger.items.fills) == 1
    assert close("k").intent.id == close("k", day(2) + 5).intent.id
    other = world.ledger.items.orders[PAPER, close("other").intent.id]
    assert (other.status, other.reason.partition(":")[0]) == (OrderStatus.DENIED, "NOTHING_TO_CLOSE")


@pytest.mark.parametrize("state", [TradingState.REDUCING, TradingState.HALTED])
def test_neither_the_kill_switch_nor_a_halt_keeps_an_exit(state: TradingState) -> None:
    world = World(replace(HOLDING, halted="a fill came twice"))
    world.ledger.items.controls[PAPER] = Control(state, "news", 1)

    world.execute(close())

    assert world.now.positions == ()


def test_a_close_whose_answer_was_lost_fills_once_on_the_next_delivery() -> None:
    world = World(HOLDING, venue=FakeVenue(loses_answers=1))

    world.execute(close())
    assert world.ledger.items.orders[PAPER, close().intent.id].status is OrderStatus.UNKNOWN
    for _ in range(2):
        world.execute(close())

    assert [fill.order_id for fill in world.ledger.items.fills.values()] == [close().intent.id]
    assert world.venue.received == [close().intent.id]


def test_a_strategy_s_exit_still_waits_for_the_next_open() -> None:
    world = World(HOLDING)

    world.execute(IntentMessage(replace(close().intent, source=BY_STRATEGY)))

    assert (world.now.positions, world.ledger.items.fills) == ((held(),), {})


def test_a_late_close_expires() -> None:
    world = World(replace(HOLDING, last_bar=day(3)))

    world.execute(close())

    assert world.ledger.items.orders[PAPER, close().intent.id].status is OrderStatus.EXPIRED
    assert world.now.positions == (held(),)


def test_only_what_is_held_is_closed_and_each_strategy_s_own() -> None:
    other = held(strategy="other", parent=IntentId("other"), quantity=Decimal(3), cost=Decimal(300))
    intents = close_intents(configuration(), replace(HOLDING, positions=(held(), other)), "k", day(2), "news")

    assert [(one.strategy, one.quantity, one.instrument) for one in intents] == [
        (STRATEGY, Decimal(10), ACME),
        ("other", Decimal(3), ACME),
    ]
    assert len({one.id for one in intents}) == 2
