"""An order that is changed at its venue: within the limits of the moment, on record first, true to what it became."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import STRATEGY
from tests.fakes.world import FakePause
from tests.unit.application.at_venue.desk import COINS, Desk, stop_at
from tests.unit.application.office import Office
from tests.venues.trading import Pit, pit
from tradewind.application.apply_bars import ApplyBars
from tradewind.application.execute_message import ExecuteMessage
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.ports_venue import Reported, Unclear, VenueAnswer
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Gates, Shard, StrategyRules
from tradewind.domain.errors import TransientError
from tradewind.domain.instrument import Instrument
from tradewind.domain.ledger import Control, TradingState
from tradewind.domain.order import NOTHING, Order, OrderStatus
from tradewind.domain.replace_message import Change, ReplaceMessage
from tradewind.domain.terms import OrderKind, Terms
from tradewind.domain.timeframe import MINUTE, Timeframe

RESTING = Terms(OrderKind.LIMIT, limit=Decimal("50.00"))
HALTED = Control(TradingState.HALTED, "enough", 1)


class Trader(Desk):
    """A desk whose account sees bars, so that a person may order and change."""

    def __init__(self, at: Pit) -> None:
        super().__init__(at)
        self.configuration = replace(
            self.configuration,
            shards=(Shard("minutes", Timeframe.M1, "replay", (self.name,)),),
            strategies=(StrategyRules(STRATEGY, COINS, Timeframe.M1, {}, Gates(0.6, 0)),),
            instruments={self.name: Instrument(self.name, Decimal("0.01"), Decimal("0.00001"), Decimal(10))},
        )

        def history(_: object, __: object, ___: int, until: int) -> list[Bar]:
            last, ts = float(at.book.market.last(at.symbol)), until // MINUTE * MINUTE
            return [Bar(ts - MINUTE, ts, last, last, last, last, 1.0)]

        look = ApplyBars(self.configuration, self.ledger, history)
        self.order = ExecuteOrder(self.configuration, self.ledger, {COINS: at.venue}, look, self.clock)
        bars = ApplyBars(self.configuration, self.ledger, lambda *_: ())
        self.execute = ExecuteMessage(bars, self.order, FakePause())

    def resting(self, quantity: str = "2") -> Order:
        return self.send(self.wish(terms=RESTING, quantity=Decimal(quantity), stop=Decimal("40.00"), target=NOTHING))

    def change(self, order: Order, **change: Decimal) -> ReplaceMessage:
        now = self.clock.time = self.at.time.ms()
        known = self.now(order)
        return ReplaceMessage(COINS, self.name, order.id, known.revision, Change(**change), now, "why", "ana", "k")

    def now(self, order: Order) -> Order:
        return self.ledger.items.orders[COINS, order.id]

    def stop_trading(self) -> None:
        self.ledger.items.controls[COINS] = HALTED

    @property
    def told(self) -> list[str]:
        return [event.kind for one in self.ledger.items.journals[COINS] for event in one.events]

    @property
    def there(self) -> list[tuple[Decimal, Decimal]]:
        """What rests at the venue, and at which limit."""
        return [(one.quantity, one.limit) for one in self.at.venue.open_orders() if not one.trigger]


@pytest.fixture(params=["fake", "kraken", "bybit", "alpaca"])
def trader(request: pytest.FixtureRequest) -> Iterator[Trader]:
    with pit(request.param) as at:
        yield Trader(at)


def answers_lost(trader: Trader, monkeypatch: pytest.MonkeyPatch, message: ReplaceMessage, *, made: bool) -> None:
    """Let a change be asked for whose answer does not come; it is made, or it is not."""
    real = type(trader.at.venue).replace

    def lost(*asked: object) -> VenueAnswer:
        if made:
            real(*asked)  # type: ignore[arg-type]
        return Unclear("lost")

    with monkeypatch.context() as broken:
        broken.setattr(type(trader.at.venue), "replace", lost)
        with pytest.raises(TransientError, match="did not say whether"):
            trader.execute(message)


def best_ask(trader: Trader) -> Decimal:
    _, ask = trader.at.book.market.best(trader.at.symbol)
    return ask


# ── what becomes of it ───────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_raised_stands_so_at_the_venue_and_on_record(trader: Trader) -> None:
    order = trader.resting()

    trader.execute(trader.change(order, quantity=Decimal(3), limit=Decimal("51.00")))

    now = trader.now(order)
    assert (now.quantity, now.terms.limit, now.status, now.revision) == (
        Decimal(3),
        Decimal("51.00"),
        OrderStatus.ACCEPTED,
        1,
    )
    assert trader.there == [(Decimal(3), Decimal("51.00"))]
    assert now.reserved > order.reserved
    assert "ORDER_CHANGED" in trader.told


def test_what_is_raised_and_fills_at_once_is_booked_and_protected(trader: Trader) -> None:
    order = trader.resting("0.5")

    trader.execute(trader.change(order, quantity=Decimal("0.6"), limit=best_ask(trader) + 1))

    now = trader.now(order)
    assert (now.status, now.quantity, now.filled) == (OrderStatus.FILLED, Decimal("0.6"), Decimal("0.6"))
    assert len(stop_at(trader)) == 1
    assert "ORDER_CHANGED" in trader.told
    trader.check()


@pytest.mark.parametrize("asked", ["again", "by the watch"])
def test_what_was_raised_by_a_request_whose_answer_was_lost_is_booked_whole(
    trader: Trader, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    order = trader.resting()
    message = trader.change(order, quantity=Decimal(4))
    answers_lost(trader, monkeypatch, message, made=True)
    trader.at.book.trade(trader.at.symbol, Decimal(50), Decimal(4))

    if asked == "again":
        trader.execute(message)
    else:
        trader.ask(order)

    assert (trader.now(order).status, trader.now(order).filled) == (OrderStatus.FILLED, Decimal(4))
    assert len(stop_at(trader)) == 1
    trader.check()


def test_an_order_that_was_raised_is_not_over_when_what_it_was_before_has_filled(
    trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = trader.resting()
    answers_lost(trader, monkeypatch, trader.change(order, quantity=Decimal(4)), made=True)
    trader.at.book.trade(trader.at.symbol, Decimal(50), Decimal(2))

    trader.ask(order)
    trader.at.book.trade(trader.at.symbol, Decimal(50), Decimal(2))
    trader.ask(order)

    assert (trader.now(order).status, trader.now(order).filled) == (OrderStatus.FILLED, Decimal(4))
    trader.check()


def test_a_change_whose_answer_was_lost_is_on_record_once_and_asks_nothing_a_second_time(
    trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = trader.resting()
    message = trader.change(order, quantity=Decimal(4))
    answers_lost(trader, monkeypatch, message, made=True)
    trader.stop_trading()  # what the venue has already is a fact

    trader.execute(message)
    trader.execute(message)

    now = trader.now(order)
    assert (now.quantity, now.status, now.revision) == (Decimal(4), OrderStatus.ACCEPTED, 1)
    assert trader.told.count("ORDER_CHANGED") == 1
    assert trader.there == [(Decimal(4), Decimal("50.00"))]


def test_a_change_that_the_venue_refuses_leaves_the_order_and_its_cash_as_they_were(
    trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = trader.resting()
    refused = Reported(OrderStatus.ACCEPTED, "REFUSED: no")
    monkeypatch.setattr(type(trader.at.venue), "replace", lambda *_: refused)

    trader.execute(trader.change(order, quantity=Decimal(20)))

    now = trader.now(order)
    assert (now.quantity, now.reserved, now.status) == (order.quantity, order.reserved, OrderStatus.ACCEPTED)
    assert now.reason == "CHANGE_REFUSED REFUSED: no"
    assert trader.book.reserved == order.reserved


# ── what it may ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "change",
    [{"quantity": Decimal(3)}, {"limit": Decimal("60.00")}, {"quantity": Decimal(1), "limit": Decimal("60.00")}],
    ids=["more", "nearer", "less but nearer"],
)
def test_a_stopped_account_makes_no_entry_larger_or_sooner(trader: Trader, change: dict[str, Decimal]) -> None:
    order = trader.resting()
    trader.stop_trading()

    trader.execute(trader.change(order, **change))

    assert trader.now(order).reason.startswith("CHANGE_REFUSED KILL_SWITCH_HALTED")
    assert trader.there == [(Decimal(2), Decimal("50.00"))]


@pytest.mark.parametrize(
    "change", [{"quantity": Decimal(1)}, {"limit": Decimal("49.00")}], ids=["less", "farther"]
)  # fmt: skip
def test_a_stopped_account_may_take_back(trader: Trader, change: dict[str, Decimal]) -> None:
    order = trader.resting()
    trader.stop_trading()

    trader.execute(trader.change(order, **change))

    assert "ORDER_CHANGED" in trader.told
    assert trader.there == [(change.get("quantity", Decimal(2)), change.get("limit", Decimal("50.00")))]


def test_what_was_not_heard_of_before_trading_was_stopped_is_not_asked_for_again(
    trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = trader.resting()
    message = trader.change(order, quantity=Decimal(20))
    answers_lost(trader, monkeypatch, message, made=False)
    trader.stop_trading()

    trader.execute(message)

    now = trader.now(order)
    assert (now.quantity, now.status, now.reserved) == (order.quantity, OrderStatus.ACCEPTED, order.reserved)
    assert now.reason.startswith("CHANGE_REFUSED KILL_SWITCH_HALTED")
    assert trader.there == [(Decimal(2), Decimal("50.00"))]


def test_a_change_that_waited_for_too_long_is_not_made(trader: Trader) -> None:
    order = trader.resting()
    message = trader.change(order, quantity=Decimal(1))
    trader.clock.time += 5 * MINUTE + 1

    trader.execute(message)

    assert trader.now(order).reason.startswith("CHANGE_REFUSED TOO_LATE: it was asked for 300 s ago")
    assert trader.there == [(Decimal(2), Decimal("50.00"))]


# ── what somebody else changes ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("quantity", "limit"), [("4", "0"), ("2", "49.00")], ids=["quantity", "price"])
def test_an_order_that_was_changed_on_the_venue_s_pages_is_told_with_both_sides_and_followed(
    trader: Trader, quantity: str, limit: str
) -> None:
    office = Office(trader)
    office.settled()
    order = trader.resting()
    placed = trader.at.book.by_client(order.id)[0]
    trader.at.book.amend(placed, Decimal(quantity), Decimal(limit), NOTHING)

    (found,) = office.run().findings

    theirs = f"{quantity} at {limit if limit != '0' else '50.00'}"
    assert found.text == f"order {order.id} is over 2 at 50.00 in the ledger, and over {theirs} at the venue"
    now = trader.now(order)
    assert f"{now.quantity:f} at {now.terms.limit:f}" == theirs
    assert now.reserved == trader.book.reserved == now.quantity * now.terms.limit * (1 + Decimal(26) / 10_000)
    assert trader.told.count("ORDER_CHANGED_ELSEWHERE") == 1
    assert office.run().is_alike


def test_a_change_of_ours_that_died_before_it_was_recorded_is_followed(
    trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(trader)
    office.settled()
    order = trader.resting()
    answers_lost(trader, monkeypatch, trader.change(order, quantity=Decimal(4)), made=True)

    trader.ask(order)  # as the watch does of what stays under way

    assert trader.now(order).status is OrderStatus.ACCEPTED
    assert office.settled().is_alike
    assert (trader.now(order).quantity, trader.now(order).status) == (Decimal(4), OrderStatus.ACCEPTED)


def test_what_fills_of_an_order_that_was_raised_elsewhere_is_booked_and_protected(trader: Trader) -> None:
    order = trader.resting()
    trader.at.book.amend(trader.at.book.by_client(order.id)[0], Decimal(4), NOTHING, NOTHING)
    trader.at.book.trade(trader.at.symbol, Decimal(50), Decimal(4))

    trader.ask(order)

    assert (trader.now(order).status, trader.now(order).filled) == (OrderStatus.FILLED, Decimal(4))
    assert len(stop_at(trader)) == 1
    trader.check()
