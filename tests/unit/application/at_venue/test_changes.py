"""An order that is changed at its venue: within the limits of the moment, on record first, true to what it became."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.unit.application.at_venue.desk import COINS, stop_at
from tests.unit.application.at_venue.trader import Trader
from tests.unit.application.office import Office
from tests.venues.trading import pit
from tradewind.application.ports_venue import Reported, Unclear, VenueAnswer
from tradewind.domain.errors import TransientError
from tradewind.domain.ledger import Control, TradingState
from tradewind.domain.order import NOTHING, Leg, Order, OrderStatus
from tradewind.domain.replace_message import Change, ReplaceMessage
from tradewind.domain.terms import OrderKind, Terms
from tradewind.domain.timeframe import MINUTE

RESTING = Terms(OrderKind.LIMIT, limit=Decimal("50.00"))
HALTED = Control(TradingState.HALTED, "enough", 1)


class Changer(Trader):
    """A desk at which a person changes what rests."""

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
def trader(request: pytest.FixtureRequest) -> Iterator[Changer]:
    with pit(request.param) as at:
        yield Changer(at)


def answers_lost(trader: Changer, monkeypatch: pytest.MonkeyPatch, message: ReplaceMessage, *, made: bool) -> None:
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


def best_ask(trader: Changer) -> Decimal:
    _, ask = trader.at.book.market.best(trader.at.symbol)
    return ask


# ── what becomes of it ───────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_raised_stands_so_at_the_venue_and_on_record(trader: Changer) -> None:
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


def test_what_is_raised_and_fills_at_once_is_booked_and_protected(trader: Changer) -> None:
    order = trader.resting("0.5")

    trader.execute(trader.change(order, quantity=Decimal("0.6"), limit=best_ask(trader) + 1))

    now = trader.now(order)
    assert (now.status, now.quantity, now.filled) == (OrderStatus.FILLED, Decimal("0.6"), Decimal("0.6"))
    assert len(stop_at(trader)) == 1
    assert "ORDER_CHANGED" in trader.told
    trader.check()


@pytest.mark.parametrize("asked", ["again", "by the watch"])
def test_what_was_raised_by_a_request_whose_answer_was_lost_is_booked_whole(
    trader: Changer, monkeypatch: pytest.MonkeyPatch, asked: str
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
    trader: Changer, monkeypatch: pytest.MonkeyPatch
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
    trader: Changer, monkeypatch: pytest.MonkeyPatch
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
    trader: Changer, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = trader.resting()
    refused = Reported(OrderStatus.ACCEPTED, "REFUSED: no")
    monkeypatch.setattr(type(trader.at.venue), "replace", lambda *_: refused)

    trader.execute(trader.change(order, quantity=Decimal(20)))

    now = trader.now(order)
    assert (now.quantity, now.reserved, now.status) == (order.quantity, order.reserved, OrderStatus.ACCEPTED)
    assert now.reason == "CHANGE_REFUSED REFUSED: no"
    assert trader.book.reserved == order.reserved


def test_a_trigger_alone_is_changed_where_the_limit_stays(trader: Changer) -> None:
    last = trader.at.book.market.last(trader.at.symbol)
    terms = Terms(OrderKind.STOP_LIMIT, limit=last + 30, trigger=last + 10)
    order = trader.send(trader.wish(terms=terms, stop=last - 20, target=NOTHING))

    trader.execute(trader.change(order, trigger=last + 20))

    now = trader.now(order).terms
    assert [(one.limit, one.trigger) for one in trader.at.venue.open_orders()] == [(now.limit, now.trigger)]


def test_a_stop_that_moves_to_where_its_own_limit_stands_is_moved(trader: Changer) -> None:
    trader.send(trader.wish(quantity=Decimal("0.5"), target=NOTHING))
    stop = trader.book.bracket(trader.book.positions[0].parent, Leg.STOP)
    assert stop
    ((_, before),) = stop_at(trader)

    trader.execute(trader.change(stop, trigger=before * Decimal("0.9")))

    ((_, there),) = stop_at(trader)
    assert there == trader.now(stop).price == before * Decimal("0.9")


@pytest.mark.parametrize("made", [True, False], ids=["made", "not made"])
def test_a_change_of_what_has_filled_in_part_waits_for_no_answer_for_ever(
    trader: Changer, monkeypatch: pytest.MonkeyPatch, *, made: bool
) -> None:
    if trader.at.venue.facts.name == "ALPACA":
        pytest.skip("Alpaca changes no order that is filled in part")
    office = Office(trader)
    office.settled()
    order = trader.resting()
    trader.at.book.trade(trader.at.symbol, Decimal(50), Decimal("0.5"))
    trader.ask(order)
    message = trader.change(order, quantity=Decimal(4), limit=Decimal("51.00"))
    answers_lost(trader, monkeypatch, message, made=made)

    for _ in range(3):
        trader.ask(order)
        office.settled()

    now = trader.now(order)
    assert now.status is OrderStatus.PARTIALLY_FILLED
    assert trader.there == [(now.quantity, now.terms.limit)]
    assert len(trader.told) < 12  # asking again writes nothing


# ── what it may ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "change",
    [{"quantity": Decimal(3)}, {"limit": Decimal("60.00")}, {"quantity": Decimal(1), "limit": Decimal("60.00")}],
    ids=["more", "nearer", "less but nearer"],
)
def test_a_stopped_account_makes_no_entry_larger_or_sooner(trader: Changer, change: dict[str, Decimal]) -> None:
    order = trader.resting()
    trader.stop_trading()

    trader.execute(trader.change(order, **change))

    assert trader.now(order).reason.startswith("CHANGE_REFUSED KILL_SWITCH_HALTED")
    assert trader.there == [(Decimal(2), Decimal("50.00"))]


@pytest.mark.parametrize(
    "change", [{"quantity": Decimal(1)}, {"limit": Decimal("49.00")}], ids=["less", "farther"]
)  # fmt: skip
def test_a_stopped_account_may_take_back(trader: Changer, change: dict[str, Decimal]) -> None:
    order = trader.resting()
    trader.stop_trading()

    trader.execute(trader.change(order, **change))

    assert "ORDER_CHANGED" in trader.told
    assert trader.there == [(change.get("quantity", Decimal(2)), change.get("limit", Decimal("50.00")))]


def test_what_was_not_heard_of_before_trading_was_stopped_is_not_asked_for_again(
    trader: Changer, monkeypatch: pytest.MonkeyPatch
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


def test_a_change_that_waited_for_too_long_is_not_made(trader: Changer) -> None:
    order = trader.resting()
    message = trader.change(order, quantity=Decimal(1))
    trader.clock.time += 5 * MINUTE + 1

    trader.execute(message)

    assert trader.now(order).reason.startswith("CHANGE_REFUSED TOO_LATE: it was asked for 300 s ago")
    assert trader.there == [(Decimal(2), Decimal("50.00"))]


# ── what somebody else changes ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("quantity", "limit"), [("4", "0"), ("2", "49.00")], ids=["quantity", "price"])
def test_an_order_that_was_changed_on_the_venue_s_pages_is_told_with_both_sides_and_followed(
    trader: Changer, quantity: str, limit: str
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
    trader: Changer, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(trader)
    office.settled()
    order = trader.resting()
    answers_lost(trader, monkeypatch, trader.change(order, quantity=Decimal(4)), made=True)

    trader.ask(order)  # as the watch does of what stays under way

    assert trader.now(order).status is OrderStatus.ACCEPTED
    assert office.settled().is_alike
    assert (trader.now(order).quantity, trader.now(order).status) == (Decimal(4), OrderStatus.ACCEPTED)


def test_what_fills_of_an_order_that_was_raised_elsewhere_is_booked_and_protected(trader: Changer) -> None:
    order = trader.resting()
    trader.at.book.amend(trader.at.book.by_client(order.id)[0], Decimal(4), NOTHING, NOTHING)
    trader.at.book.trade(trader.at.symbol, Decimal(50), Decimal(4))

    trader.ask(order)

    assert (trader.now(order).status, trader.now(order).filled) == (OrderStatus.FILLED, Decimal(4))
    assert len(stop_at(trader)) == 1
    trader.check()


def test_an_order_that_another_took_the_place_of_on_alpaca_s_pages_is_followed_to_its_end() -> None:
    with pit("alpaca") as at:
        trader = Changer(at)
        office = Office(trader)
        office.settled()
        order = trader.resting()
        (there,) = at.venue.open_orders()
        at.venue._call("PATCH", f"/v2/orders/{there.venue_id}", {"qty": "3"})  # type: ignore[attr-defined]

        assert office.settled().is_alike
        assert trader.now(order).quantity == Decimal(3)
        at.book.trade(at.symbol, Decimal(50), Decimal(3))
        assert office.settled().is_alike

        assert (trader.now(order).status, trader.now(order).filled) == (OrderStatus.FILLED, Decimal(3))
        assert len(stop_at(trader)) == 1
        trader.check()
