"""What a venue takes no order for is no position: a sale leaves none of it, and what is left anyway is set apart."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.unit.application.at_venue.desk import COINS, stop_at
from tests.unit.application.at_venue.trader import Trader
from tests.unit.application.waiting import holding, terms
from tests.venues.trading import pit
from tradewind.application.ports_venue import Reported
from tradewind.application.round_trips import round_trips
from tradewind.cli.diagnosis.ledger_checks import arithmetic, changed_apart, differences, misstated, set_apart
from tradewind.domain.order import BY_HAND, Leg, OrderStatus
from tradewind.domain.terms import OrderKind, Terms

LITTLE = Decimal("0.00004")


def opened(trader: Trader) -> Trader:
    trader.send(trader.wish(quantity=Decimal(1), stop=Decimal("50.00"), target=Decimal(0)))
    trader.at.time.sleep(60)
    return trader


def adds_up(trader: Trader) -> None:
    items = trader.ledger.items
    fills, entries, account = list(items.fills.values()), items.journals[COINS], items.accounts[COINS]
    assert account.cash + trader.book.exposure == account.opening + account.realised
    assert list(arithmetic(account, fills)) == []
    assert list(differences([trader.book], fills, set_apart(entries))) == []
    assert list(misstated([trader.book], fills, lambda _: Decimal(1), changed_apart(entries))) == []
    base = trader.at.symbol.partition("-")[0]
    held = sum((one.quantity for one in trader.book.positions), Decimal(0))
    exchange = trader.at.book
    assert exchange.balances[base] - exchange.paid_in[base] == held + account.apart.get(base, Decimal(0))


def test_a_part_that_would_leave_too_little_sells_all(trader: Trader) -> None:
    held = opened(trader).book.positions[0].quantity

    order = trader.send(trader.wish(Leg.EXIT, quantity=held - held % Decimal("0.00001") - LITTLE, source=BY_HAND))

    assert order.status is OrderStatus.FILLED
    assert (trader.book.positions, stop_at(trader)) == ((), [])
    adds_up(trader)


def test_on_paper_too() -> None:
    world = holding()

    world.sell(terms("MARKET"), quantity=Decimal("9.5"))

    assert world.book.positions == ()


def test_a_part_that_leaves_enough_keeps_its_stop(trader: Trader) -> None:
    opened(trader)

    trader.send(trader.wish(Leg.EXIT, quantity=Decimal("0.5"), source=BY_HAND))
    trader.guard()

    (held,) = trader.book.positions
    assert [held.quantity - quantity < Decimal("0.00001") for quantity, _ in stop_at(trader)] == [True]
    adds_up(trader)


def test_what_a_sale_that_has_ended_leaves_is_set_apart_with_it(
    trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = opened(trader).book.positions[0].quantity
    take = type(trader.at.book)._book
    much = held - held % Decimal("0.00001") - LITTLE
    with monkeypatch.context() as thin:
        thin.setattr(type(trader.at.book), "_book", lambda *told: ((price, much) for price, _ in list(take(*told))[:1]))
        order = trader.send(trader.wish(Leg.EXIT, quantity=held, source=BY_HAND))

    assert order.filled == much
    assert (trader.book.positions, stop_at(trader)) == ((), [])
    assert len(round_trips(trader.ledger.items.fills.values())) == 1
    adds_up(trader)


def test_an_entry_that_ends_with_too_little_is_set_apart(trader: Trader) -> None:
    resting = Terms(OrderKind.LIMIT, limit=Decimal("50.00"))
    order = trader.send(trader.wish(terms=resting, quantity=Decimal(1), stop=Decimal("40.00"), target=Decimal(0)))
    trader.at.book.trade(trader.at.symbol, Decimal(50), LITTLE)
    trader.ask(order)
    assert trader.book.positions

    for _ in range(3):
        trader.at.time.sleep(61)
        assert trader.guard().repaired == ()
    assert trader.book.positions  # the rest of it may still come
    trader.at.venue.cancel(order)
    trader.ask(order)
    for _ in range(2):
        trader.at.time.sleep(61)
        trader.guard()

    assert (trader.book.positions, trader.book.orders, stop_at(trader)) == ((), (), [])
    adds_up(trader)


@pytest.mark.parametrize("strategy", ["", BY_HAND])
def test_what_was_left_of_old_is_set_apart_by_the_watchdog_and_nobody_is_woken(trader: Trader, strategy: str) -> None:
    opened(trader)
    trader.send(trader.wish(Leg.EXIT, quantity=Decimal("0.5"), source=BY_HAND))
    (held,) = trader.book.positions
    (rules,) = trader.configuration.instruments.values()
    much = {trader.name: replace(rules, minimum_notional=Decimal(1_000_000))}
    changed = replace(trader.configuration, instruments=much)
    object.__setattr__(trader.order, "configuration", changed)
    trader.configuration = changed
    (stop,) = trader.book.orders
    at_venue = trader.order.at_venue(stop)
    gone = at_venue.withdraw(stop)
    assert isinstance(gone, Reported)
    at_venue.settle(trader.ledger.items.accounts[COINS], trader.book, stop, gone)
    if strategy:
        book = replace(trader.book, positions=(replace(held, strategy=strategy),))
        trader.ledger.items.books[COINS, trader.name] = book

    for _ in range(2):
        trader.at.time.sleep(61)
        trader.guard()

    assert (trader.book.positions, trader.book.orders) == ((), ())
    told = [event for entry in trader.ledger.items.journals["system"] for event in entry.events]
    assert {one.kind for one in told} <= {"POSITION_IS_DUST", "STOP_PROVEN"}
    if not strategy:
        adds_up(trader)


@pytest.mark.parametrize("name", ["fake", "kraken", "bybit", "alpaca"])
def test_an_entry_of_one_coarse_lot_is_no_position_once_its_fee_is_taken_in_the_coin(name: str) -> None:
    with pit(name) as at:
        trader = Trader(at, lot=Decimal("0.5"))
        trader.send(trader.wish(quantity=Decimal("0.5"), stop=Decimal("50.00"), target=Decimal(0)))

        whole = [one.quantity for one in trader.book.positions]
        assert whole in ([], [Decimal("0.5")])
        assert len(stop_at(trader)) == len(whole)
        adds_up(trader)
