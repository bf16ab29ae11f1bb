"""What a venue takes at least: an entry whose stop it would refuse is denied, and a part of a sale lies on the lot."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.unit.application.at_venue.desk import stop_at
from tests.unit.application.at_venue.trader import Trader
from tests.unit.application.waiting import holding, terms
from tradewind.domain.instrument import Instrument
from tradewind.domain.order import BY_HAND, Leg, OrderStatus


def worth(trader: Trader, amount: int) -> Decimal:
    return (amount / trader.at.book.market.last(trader.at.symbol)).quantize(Decimal("0.00001"))


@pytest.mark.parametrize("source", ["strategy", BY_HAND])
def test_an_entry_whose_stop_the_venue_would_refuse_is_denied(trader: Trader, source: str) -> None:
    stop = (trader.at.book.market.last(trader.at.symbol) * Decimal("0.4")).quantize(Decimal("0.01"))

    order = trader.send(trader.wish(quantity=worth(trader, 11), stop=stop, target=Decimal(0), source=source))

    assert (order.status, order.reason.partition(":")[0]) == (OrderStatus.DENIED, "STOP_BELOW_MINIMUM")
    assert (trader.book.positions, list(trader.at.book.orders)) == ((), [])


def test_what_is_held_already_counts_for_the_stop_over_all(trader: Trader) -> None:
    stop = (trader.at.book.market.last(trader.at.symbol) * Decimal("0.4")).quantize(Decimal("0.01"))
    first = trader.send(trader.wish(quantity=worth(trader, 30), stop=stop, target=Decimal(0)))
    trader.at.time.sleep(61)

    more = trader.wish(quantity=worth(trader, 11), stop=stop, target=Decimal(0), adds_to=first.id)
    order = trader.send(replace(more, assumed_version=trader.book.version))

    assert order.status is OrderStatus.FILLED
    assert len(stop_at(trader)) == 1


@pytest.mark.parametrize(
    ("rules", "price", "least"),
    [
        ({}, "100", "0.01"),
        ({"minimum_quantity": "0.5"}, "100", "0.5"),
        ({"minimum_notional": "10"}, "100", "0.1"),
        ({"minimum_notional": "10"}, "30", "0.34"),
        ({"minimum_notional": "10", "minimum_quantity": "0.2"}, "100", "0.2"),
        ({"minimum_notional": "10"}, "0", "0.01"),
    ],
)
def test_the_least_that_a_venue_takes_is_in_whole_lots(rules: dict[str, str], price: str, least: str) -> None:
    made = {name: Decimal(value) for name, value in rules.items()}
    instrument = Instrument(Trader.__name__, Decimal("0.01"), Decimal("0.01"), **made)  # type: ignore[arg-type]

    assert instrument.least(Decimal(price)) == Decimal(least)


def test_half_a_share_is_not_sold() -> None:
    world = holding()

    order = world.order(world.sell(terms("MARKET"), quantity=Decimal("0.5")))

    assert (order.status, order.reason.partition(":")[0]) == (OrderStatus.DENIED, "OFF_LOT")
    assert world.book.positions[0].quantity == 10


def test_at_a_venue_a_part_between_two_lots_is_said_to_be_one(trader: Trader) -> None:
    trader.send(trader.wish(quantity=Decimal(1), stop=Decimal("50.00"), target=Decimal(0)))
    trader.at.time.sleep(60)

    order = trader.send(trader.wish(Leg.EXIT, quantity=Decimal("0.000005"), source=BY_HAND))

    assert (order.status, order.reason.partition(":")[0]) == (OrderStatus.DENIED, "OFF_LOT")
    assert stop_at(trader)


def test_all_that_is_held_is_sold_though_a_fee_in_the_coin_left_it_between_two_lots(trader: Trader) -> None:
    trader.send(trader.wish(quantity=Decimal("0.51237"), stop=Decimal("50.00"), target=Decimal(0)))
    trader.at.time.sleep(60)

    order = trader.send(trader.wish(Leg.EXIT, quantity=trader.book.positions[0].quantity, source=BY_HAND))

    assert order.status is OrderStatus.FILLED
    assert trader.book.positions == ()
