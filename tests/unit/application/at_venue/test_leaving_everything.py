"""Who closes or flattens leaves nothing behind: what filled unheard is sold with what was seen."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import STRATEGY
from tests.unit.application.at_venue.desk import COINS, Desk
from tests.venues.trading import pit
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.steering import Steering
from tradewind.domain.configuration import Gates, Shard, StrategyRules
from tradewind.domain.identifiers import intent_id
from tradewind.domain.order import BY_HAND
from tradewind.domain.terms import OrderKind, Terms
from tradewind.domain.timeframe import Timeframe

RESTING = Terms(OrderKind.LIMIT, limit=Decimal("50.00"))


@pytest.fixture(params=["fake", "kraken", "bybit", "alpaca"])
def desk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A person's desk: something is held, and more of it waits for its price."""
    monkeypatch.setattr(ExecuteOrder, "_looked", lambda _self, book, *_: (book, ""))  # there are no bars here
    with pit(request.param) as at:
        made = Desk(at)
        minutes = Shard("minutes", Timeframe.M1, "replay", (made.name,))
        rules = StrategyRules(STRATEGY, COINS, Timeframe.M1, {}, Gates(0.6, 0))
        made.configuration = replace(made.configuration, shards=(minutes,), strategies=(rules,))
        first = replace(
            made.wish(quantity=Decimal("0.6"), stop=Decimal("40.00"), target=Decimal(0)),
            strategy=BY_HAND,
            source=BY_HAND,
        )
        made.send(first)
        made.send(replace(first, id=intent_id("more"), quantity=Decimal(1), terms=RESTING))
        at.book.trade(at.symbol, Decimal(50), Decimal("0.4"))
        at.time.sleep(30)
        yield made


def test_flattening_sells_what_filled_unheard_too(desk: Desk) -> None:
    steering, books = Steering(desk.configuration, lambda _: desk.at.time.ms(), "ana", "flat"), [desk.book]

    desk.clock.time = desk.at.time.ms()
    for one in [*steering.cancelling(books, "flat"), *steering.closing(books, "flat")]:
        desk.execute(one)

    assert (desk.book.positions, desk.book.orders) == ((), ())
    assert list(desk.at.venue.open_orders()) == []


def test_closing_sells_what_was_heard_of_since(desk: Desk) -> None:
    steering = Steering(desk.configuration, lambda _: desk.at.time.ms(), "ana", "out")
    messages = steering.closing([desk.book], "out")
    desk.ask(next(one for one in desk.book.orders if one.terms == RESTING))

    for one in messages:
        desk.execute(one)

    assert desk.book.positions == ()
