"""Bars that pass before orders which wait here, and what the venue and the ledger know of them."""

from dataclasses import replace
from decimal import Decimal
from typing import cast

from tests import builders
from tests.unit.application.at_venue.desk import COINS, Desk, stop_at
from tradewind.application.execute_message import ExecuteMessage
from tradewind.application.ports_venue import ExecutionVenue
from tradewind.domain.bar import Bar
from tradewind.domain.identifiers import intent_id
from tradewind.domain.messages import BarMessage
from tradewind.domain.order import Leg, Order, OrderStatus
from tradewind.domain.terms import OrderKind, Terms
from tradewind.domain.timeframe import MINUTE, Timeframe

S, K = OrderStatus, OrderKind
DOLLAR = Decimal(1)
FAR_BELOW, DEAR, FAR_ABOVE = Decimal("50.00"), Decimal("160.00"), Decimal("400.00")
"""The venues' own prices lie between 98 and 152, and are others each minute: bars are what the tests say they are."""


def passed(desk: Desk, low: Decimal, high: Decimal, close: Decimal) -> BarMessage:
    """Let a minute pass in which the price was seen between two others."""
    ts = desk.at.time.ms() // MINUTE * MINUTE + MINUTE
    desk.at.time.now = ts / 1000
    open_ = min(max(close, low), high)
    bar = Bar(ts - MINUTE, ts, float(open_), float(high), float(low), float(close), 1.0)
    message = BarMessage(COINS, desk.name, Timeframe.M1, 1, bar, -1, "", "t", 0, ())
    desk.clock.time = ts
    desk.execute(message)
    return message


def held(desk: Desk, leg: Leg, terms: Terms, **changes: object) -> Order:
    order = desk.send(
        desk.wish(leg, terms=terms, stop=FAR_BELOW, target=Decimal(0), id=intent_id("held", terms.kind, leg), **changes)
    )
    assert (order.status, order.held_here, order.deadline) == (S.ACCEPTED, True, 0)
    return order


def now_is(desk: Desk, order: Order) -> Order:
    return desk.ledger.items.orders[COINS, order.id]


def at_market(desk: Desk, *, side: str) -> int:
    """Count what was sent to the venue that is no stop."""
    return sum(one.wish.side == side and not one.wish.trigger for one in desk.at.book.orders.values())


def bought(desk: Desk) -> Decimal:
    """Hold two coins whose stop stands at the venue; return the price."""
    desk.send(desk.wish(stop=FAR_BELOW, target=Decimal(0)))
    desk.at.time.sleep(60)
    assert len(stop_at(desk)) == 1
    return desk.at.book.market.last(desk.at.symbol)


def silent(desk: Desk) -> None:
    """Let nobody ask the venue anything from now on."""
    executor = replace(desk.order, venues={COINS: cast("ExecutionVenue", Facts(desk.at.venue))})
    desk.execute = ExecuteMessage(desk.execute.apply_bars, executor, desk.execute.pause)


class Facts:
    """A venue of which only the facts are known: whoever asks it anything fails."""

    def __init__(self, venue: ExecutionVenue) -> None:
        self.facts = venue.facts


def watched_by_bars(desk: Desk) -> None:
    """Let the account have a strategy whose bars tell of the instrument."""
    made = builders.configuration()
    shards = (replace(made.shards[0], instruments=(desk.name,), timeframe=Timeframe.M1),)
    strategies = (replace(made.strategies[0], account=COINS, timeframe=Timeframe.M1),)
    known = replace(desk.configuration, shards=shards, strategies=strategies)
    bars = replace(desk.execute.apply_bars, configuration=known)
    executor = replace(desk.execute.execute_order, configuration=known, apply_bars=bars)
    desk.execute = ExecuteMessage(bars, executor, desk.execute.pause)
