"""FOK and post-only where a venue lacks them: its order book is looked at first, and what is sent instead is plain."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.venues import faults
from tests.venues.test_ccxt import provider
from tests.venues.trading import Pit, pit
from tradewind.adapters.venues.ccxt_exchange import CcxtVenue
from tradewind.adapters.venues.native import NativeVenue
from tradewind.application.ports import Reported
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import Leg, Order, OrderStatus
from tradewind.domain.terms import OrderKind, Terms, TimeInForce

WHOLE, PART = Decimal("0.3"), Decimal(40)


@pytest.fixture(params=["kraken", "alpaca", "ccxt"])
def at(request: pytest.FixtureRequest) -> Iterator[Pit]:
    with pit("bybit" if request.param == "ccxt" else request.param) as made:
        if request.param == "ccxt":
            native = made.venue
            assert isinstance(native, NativeVenue)
            assert made.account
            market = provider("bybit", made.served.url)
            library = market._venue()
            library.milliseconds = made.time.ms
            library.options |= {"enableUnifiedAccount": True, "unifiedMarginStatus": 5, "enableUnifiedMargin": False}
            library.has["fetchCurrencies"] = False
            library.features["spot"]["createOrder"]["timeInForce"]["PO"] = False  # as at an exchange that has none
            credentials = native.credentials  # type: ignore[attr-defined]
            made.venue = CcxtVenue([made.instrument], made.time.ms, native.patience, market, credentials)
        yield made


@pytest.fixture(params=[Leg.ENTRY, Leg.EXIT])
def leg(request: pytest.FixtureRequest) -> Leg:
    found: Leg = request.param
    return found


def limit_of(at: Pit, leg: Leg, *, takes: bool) -> Decimal:
    """Return a limit that reaches three levels of the other side of the book, or none of it."""
    bid, ask = at.book.market.best(at.symbol)
    if leg is Leg.ENTRY:
        return ask + Decimal("0.02") if takes else bid
    return bid - Decimal("0.02") if takes else ask


def sent(at: Pit, leg: Leg, quantity: Decimal, limit: Decimal, **terms: object) -> tuple[Order, Reported]:
    order = at.order(leg, quantity=quantity, terms=Terms(OrderKind.LIMIT, limit=limit, **terms))  # type: ignore[arg-type]
    answer = at.venue.submit(order)
    assert isinstance(answer, Reported), answer
    return order, answer


def placed(at: Pit) -> list[str]:
    return [one.wish.lifetime for one in at.book.orders.values()]


def test_all_or_nothing_is_nothing_where_the_book_has_not_enough(at: Pit, leg: Leg) -> None:
    limit = limit_of(at, leg, takes=True)

    _, answer = sent(at, leg, PART, limit, lifetime=TimeInForce.FOK)

    assert (answer.status, placed(at)) == (OrderStatus.CANCELED, [])
    assert answer.reason.startswith("FOK: ")
    assert f"of 40 were to be had at {limit:f}" in answer.reason


def test_all_or_nothing_takes_at_once_where_the_book_has_enough(at: Pit, leg: Leg) -> None:
    order, _ = sent(at, leg, WHOLE, limit_of(at, leg, takes=True), lifetime=TimeInForce.FOK)

    found = at.venue.find(order)
    assert isinstance(found, Reported)
    assert (found.status, found.filled, placed(at)) == (OrderStatus.FILLED, WHOLE, ["IOC"])


@pytest.mark.parametrize("at", ["alpaca", "ccxt"], indirect=True)
def test_what_must_never_take_is_refused_where_it_would(at: Pit, leg: Leg) -> None:
    _, answer = sent(at, leg, WHOLE, limit_of(at, leg, takes=True), post_only=True)

    assert (answer.status, placed(at)) == (OrderStatus.REJECTED, [])
    assert answer.reason.startswith("WOULD_TAKE: ")


@pytest.mark.parametrize("at", ["alpaca", "ccxt"], indirect=True)
def test_what_must_never_take_waits_as_a_plain_limit_where_it_does_not(at: Pit, leg: Leg) -> None:
    order, answer = sent(at, leg, WHOLE, limit_of(at, leg, takes=False), post_only=True)

    (working,) = at.venue.open_orders()
    assert (answer.status, working.client_id) == (OrderStatus.ACCEPTED, order.id)
    assert not any(one.wish.post_only for one in at.book.orders.values())


@pytest.mark.parametrize(
    ("at", "path"), [("kraken", "Depth"), ("alpaca", "orderbooks"), ("ccxt", "orderbook")], indirect=["at"]
)
def test_an_order_that_nobody_could_look_for_ends_and_is_never_sent(at: Pit, path: str) -> None:
    at.served.faults.append(faults.status(503, path=path, times=99))

    _, answer = sent(at, Leg.ENTRY, WHOLE, limit_of(at, Leg.ENTRY, takes=True), lifetime=TimeInForce.FOK)

    assert (answer.status, placed(at)) == (OrderStatus.REJECTED, [])
    assert answer.reason.startswith("REFUSED: the order book cannot be looked at: ")


def test_of_shares_alpaca_s_best_price_is_looked_at() -> None:
    with pit("alpaca") as at:
        at.instrument = InstrumentId("AAPL.US")
        assert isinstance(at.venue, NativeVenue)
        object.__setattr__(at.venue, "instruments", [at.instrument])
        at.time.now = 1_767_625_200.0  # a Monday's noon in New York
        _, ask = at.book.market.best("AAPL")
        terms = Terms(OrderKind.LIMIT, limit=ask + 1, post_only=True)

        answer = at.venue.submit(at.order(quantity=Decimal(1), terms=terms))

    assert isinstance(answer, Reported)
    assert (answer.status, answer.reason.partition(":")[0]) == (OrderStatus.REJECTED, "WOULD_TAKE")
