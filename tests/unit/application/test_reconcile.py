"""Ledger beside venue: what the venue proves is booked once, what nobody can explain stops, nothing is made up."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.unit.application.at_venue.desk import COINS, Desk
from tests.unit.application.office import Office, adopted
from tests.venues import faults
from tests.venues.orders import Wish
from tests.venues.trading import pit
from tradewind.domain.errors import TransientError
from tradewind.domain.ledger import TradingState
from tradewind.domain.order import Leg, OrderStatus
from tradewind.domain.terms import OrderKind, Terms
from tradewind.execution.reconciling import Action


@pytest.fixture(params=["fake", "kraken", "bybit", "alpaca"])
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    with pit(request.param) as at:
        yield Office(Desk(at))


@pytest.fixture
def fake() -> Iterator[Office]:
    with pit("fake") as at:
        yield Office(Desk(at))


def test_what_lies_at_the_venue_from_before_is_set_apart_and_traded_with_by_nobody(office: Office) -> None:
    adopted(office)

    assert office.account.apart[office.coin] == office.desk.at.book.balances[office.coin]
    assert office.account.cash == Decimal(100_000)
    assert office.account.adopted
    assert len(office.events("BALANCES_ADOPTED")) == 1


def test_what_trading_left_over_before_the_first_comparison_lies_apart_too(office: Office) -> None:
    office.desk.send(office.desk.wish(quantity=Decimal("0.50002")))  # a fee in the coin leaves less than a lot
    office.desk.send(office.desk.wish(Leg.EXIT, quantity=office.desk.book.positions[0].quantity))

    adopted(office)

    assert not office.desk.book.positions
    assert office.run().is_alike
    office.proves()


def test_after_entries_stops_and_exits_both_sides_are_alike(office: Office) -> None:
    adopted(office)
    office.desk.send(office.desk.wish())
    assert office.settled().is_alike
    office.proves()

    office.desk.send(office.desk.wish(Leg.EXIT, quantity=office.desk.book.positions[0].quantity))

    assert office.settled().is_alike
    assert not office.desk.book.positions
    office.proves()


def test_a_fill_that_nobody_heard_of_is_booked_once_with_the_venues_trade_id(office: Office) -> None:
    adopted(office)
    terms = Terms(OrderKind.LIMIT, limit=Decimal("50.00"))
    order = office.desk.send(office.desk.wish(terms=terms, stop=Decimal("40.00"), target=Decimal("90.00")))
    office.desk.at.book.trade(office.desk.at.symbol, Decimal(50), Decimal(2))

    first = office.run()

    assert {one.action for one in first.findings} == {Action.ASK}
    assert office.settled().is_alike
    (fill,) = office.desk.ledger.items.fills.values()
    assert (fill.order_id, fill.price) == (order.id, Decimal(50))
    assert fill.trade_id in {one.trade_id for one in office.desk.at.venue.fills(0)}
    office.proves()


def test_a_fill_that_is_told_before_its_order_halts_nobody_however_often_it_is_looked_at() -> None:
    """Unclear answers call for comparisons seconds apart; the venue needs longer to show its order."""
    with pit("bybit") as at:
        assert at.account
        office = adopted(Office(Desk(at)))
        at.account.hides = 30_000
        order = office.desk.send(office.desk.wish())
        assert order.status is OrderStatus.ACCEPTED

        runs = [office.run(wait=2) for _ in range(6)]

        assert {one.action for found in runs for one in found.findings} == {Action.ASK}
        assert office.settled().is_alike
        assert not office.desk.book.halted
        assert office.desk.ledger.items.orders[COINS, order.id].status is OrderStatus.FILLED
        office.proves()


def test_nobody_looks_at_the_venue_for_what_waits_here(office: Office) -> None:
    office.desk.send(office.desk.wish(stop=Decimal(40), target=Decimal(0)))
    assert office.settled().is_alike
    terms = Terms(OrderKind.STOP, trigger=Decimal(60))

    order = office.desk.send(office.desk.wish(Leg.EXIT, terms=terms))

    assert (order.status, order.held_here) == (OrderStatus.ACCEPTED, True)
    assert office.run().findings == ()


def test_an_order_that_is_nowhere_halts_its_instrument_once_it_was_asked_about_for_minutes() -> None:
    with pit("bybit") as at:
        assert at.account
        office = adopted(Office(Desk(at)))
        at.account.hides = 10**9
        office.desk.send(office.desk.wish())

        actions = [{one.action for one in office.run().findings} for _ in range(4)]

        assert actions == [{Action.ASK}] * 3 + [{Action.HALT}]
        assert "the venue was asked about it, and it still is so" in office.desk.book.halted


def test_a_fill_after_the_end_of_its_order_is_booked_and_told(office: Office) -> None:
    adopted(office)
    terms = Terms(OrderKind.LIMIT, limit=Decimal("50.00"))
    order = office.desk.send(office.desk.wish(terms=terms, stop=Decimal("40.00"), target=Decimal("90.00")))
    placed = office.desk.at.book.by_client(order.id)[0]
    office.desk.at.book.cancel(placed)
    assert office.desk.ask(order).status is OrderStatus.CANCELED
    office.desk.at.book.fill_late(placed, Decimal("0.5"), Decimal(50))

    assert office.settled().is_alike

    assert len(office.events("LATE_FILL")) == 1
    assert len(office.desk.ledger.items.fills) == 1
    office.proves()


def test_deposits_withdrawals_and_interest_are_booked_once_and_move_what_lies_apart(office: Office) -> None:
    adopted(office)
    office.desk.at.time.sleep(1)
    book, apart = office.desk.at.book, dict(office.account.apart)
    book.move("DEPOSIT", office.money, Decimal("12.50"))
    book.move("WITHDRAWAL", office.coin, Decimal("-0.25"))
    office.desk.at.time.sleep(1)
    book.move("FUNDING", office.coin, Decimal("-0.001"))

    assert office.settled().is_alike

    assert office.account.apart[office.money] == apart.get(office.money, 0) + Decimal("12.50")
    assert office.account.apart[office.coin] == apart[office.coin] - Decimal("0.251")
    assert office.account.cash == office.account.opening == Decimal(100_000)
    assert [len(office.events(kind)) for kind in ("DEPOSITED", "WITHDRAWN", "FUNDING_BOOKED")] == [1, 1, 1]
    office.proves()


def test_an_order_and_a_trade_of_somebody_else_are_recorded_as_such_and_touched_by_nobody(office: Office) -> None:
    adopted(office)
    office.desk.at.time.sleep(1)
    symbol, book = office.desk.at.symbol, office.desk.at.book
    resting = book.place(Wish(symbol, "buy", Decimal(1), "limit", Decimal("50.00"), client_id="theirs-1"))
    book.place(Wish(symbol, "sell", Decimal("0.5"), client_id="theirs-2"))

    found = office.settled()

    assert found.is_alike
    assert [one.action for one in found.findings] == [Action.TELL]
    assert len(office.events("SEEN_ELSEWHERE")) == 1
    assert office.events("TRADED_ELSEWHERE")
    assert not office.desk.ledger.items.fills
    assert resting.state == "open"
    office.proves()


def test_coins_that_are_gone_without_a_word_halt_their_instrument_with_both_sides_printed(office: Office) -> None:
    adopted(office)
    office.desk.send(office.desk.wish())
    office.settled()
    book = office.desk.at.book
    book.balances[office.coin] -= Decimal("0.5")
    book.paid_in[office.coin] -= Decimal("0.5")  # nobody can tell where they went

    office.run()

    halted = office.desk.book.halted
    assert halted.startswith(f"{office.coin}: the venue has {book.balances[office.coin]:f}, the ledger ")
    assert f"and {office.account.apart[office.coin]:f} apart" in halted
    assert len(office.events("INSTRUMENT_HALTED")) == len(office.events("RECONCILE_DIFFERS")) == 1
    assert {name for _, name in office.desk.ledger.items.fills} <= {
        one.trade_id for one in office.desk.at.venue.fills(0)
    }
    assert office.controls.get(COINS).state is TradingState.NORMAL


def test_money_that_is_gone_without_a_word_halts_the_account(office: Office) -> None:
    adopted(office)
    book, before = office.desk.at.book, office.account
    book.balances[office.money] -= Decimal(7)
    book.paid_in[office.money] -= Decimal(7)

    office.run()

    control = office.controls.get(COINS)
    assert control.state is TradingState.HALTED
    assert f"{office.money}: the venue has" in control.reason
    assert office.account == before
    assert office.desk.send(office.desk.wish()).reason.startswith("KILL_SWITCH_HALTED")


def test_a_difference_that_is_gone_at_the_second_look_halts_nobody(fake: Office) -> None:
    adopted(fake)
    book = fake.desk.at.book
    book.balances["BTC"] -= 1
    fake.reconcile.pause.before_retry = lambda _: book.balances.__setitem__("BTC", book.balances["BTC"] + 1)  # type: ignore[method-assign, assignment]

    assert fake.run().is_alike
    assert not fake.desk.book.halted


def test_a_person_accepts_what_the_venue_has_and_what_is_not_there_is_given_up_at_its_cost(fake: Office) -> None:
    adopted(fake)
    fake.desk.send(fake.desk.wish())
    fake.settled()
    book, cost = fake.desk.at.book, fake.desk.book.exposure
    apart = fake.account.apart["BTC"]
    book.balances["BTC"] -= apart + 1  # of the two coins that are held one is gone, and all that lay apart
    book.paid_in["BTC"] -= apart + 1
    fake.run()
    realised = fake.account.realised

    fake.accept()

    assert fake.desk.book.positions[0].quantity == 1
    assert fake.account.realised - realised == -(cost - fake.desk.book.exposure) < 0
    assert fake.account.cash + fake.desk.book.exposure == fake.account.opening + fake.account.realised
    assert fake.run().is_alike


@pytest.mark.parametrize("kind", ["FEE", "FUNDING"])
def test_what_is_charged_in_the_coin_and_nothing_apart_covers_comes_out_of_the_position(
    fake: Office, kind: str
) -> None:
    book = fake.desk.at.book
    book.balances["BTC"] = book.paid_in["BTC"] = Decimal(0)
    adopted(fake)
    fake.desk.send(fake.desk.wish())
    fake.settled()
    fake.desk.at.time.sleep(1)
    book.move(kind, "BTC", Decimal("-0.002"))

    assert fake.settled().is_alike
    assert fake.desk.book.positions[0].quantity == Decimal("1.998")
    assert "BTC" not in fake.account.apart
    assert not fake.desk.book.halted


def test_an_account_whose_venue_has_less_than_it_trades_with_is_halted_before_its_first_order(fake: Office) -> None:
    book = fake.desk.at.book
    book.balances["USD"] = book.paid_in["USD"] = Decimal(99_999)

    found = fake.run()

    assert {one.action for one in found.findings} == {Action.BOOK, Action.STOP}
    assert fake.controls.get(COINS).state is TradingState.HALTED
    assert COINS not in fake.desk.ledger.items.accounts


def test_an_order_twice_at_the_venue_halts_its_instrument() -> None:
    with pit("kraken") as at:
        office = adopted(Office(Desk(at)))
        at.served.faults.append(faults.twice(path="AddOrder"))
        terms = Terms(OrderKind.LIMIT, limit=Decimal("50.00"))
        order = office.desk.send(office.desk.wish(terms=terms, stop=Decimal("40.00"), target=Decimal("90.00")))

        office.run()

        assert f"the venue has order {order.id} 2 times" in office.desk.book.halted


def test_a_venue_that_does_not_answer_is_told_of_and_halts_nobody(
    fake: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(_: object) -> None:
        raise TransientError("maintenance")

    monkeypatch.setattr(type(fake.desk.at.venue), "balances", down)

    assert fake.run().failure == "maintenance"
    assert "could not be compared: maintenance" in fake.events("SEEN_ELSEWHERE")[0]


def test_an_unclear_order_blocks_its_instrument_until_evidence_arrives(fake: Office) -> None:
    adopted(fake)
    fake.desk.at.venue.loses_orders = 1  # type: ignore[attr-defined]
    order = fake.desk.send(fake.desk.wish())
    assert order.status is OrderStatus.UNKNOWN

    found = fake.run(wait=1)
    denied = fake.desk.send(fake.desk.wish(id="0" * 32, strategy="another"))

    assert [one.lasting for one in found.findings] == [True]
    assert denied.reason.startswith("UNKNOWN_ORDER")
    assert not fake.desk.book.halted


def test_the_same_run_twice_books_nothing_twice(fake: Office) -> None:
    adopted(fake)
    fake.desk.at.time.sleep(1)
    fake.desk.at.book.move("DEPOSIT", "USD", Decimal(5))
    fake.desk.at.time.sleep(61)
    fake.desk.clock.time = fake.desk.at.time.ms()
    fake.reconcile()
    asked = list(fake.queue.sent)

    for message in (*asked, *asked):
        fake.desk.execute(message)

    assert len(fake.events("DEPOSITED")) == 1
