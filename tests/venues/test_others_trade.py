"""Clients that others wrote trade at the simulated venues, and see what ours sees: so these speak as the real ones."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.venues.private import KEY, SECRET
from tests.venues.test_ccxt import provider
from tests.venues.trading import PLACES, Pit, pit
from tradewind.application.ports import Reported
from tradewind.domain.order import OrderStatus


@pytest.fixture(params=PLACES)
def at(request: pytest.FixtureRequest) -> Iterator[Pit]:
    with pit(request.param) as made:
        yield made


@pytest.fixture
def theirs(at: Pit) -> Any:
    """Return ccxt's client of the venue, with the account's keys; its clock is the venue's."""
    made = provider(at.served.name, at.served.url)._venue()
    made.apiKey, made.secret = KEY, SECRET
    made.milliseconds = at.time.ms
    assert at.account
    at.account.nonce_window = 1 << 60  # it counts its nonces otherwise than we do
    made.options |= {"enableUnifiedAccount": True, "unifiedMarginStatus": 5, "enableUnifiedMargin": False}
    made.has["fetchCurrencies"] = False  # of deposits and withdrawals
    return made


def pair(at: Pit) -> str:
    return at.symbol.replace("-", "/")


def test_ccxt_places_an_order_that_we_see_and_cancels_it(at: Pit, theirs: Any) -> None:
    made = theirs.create_order(pair(at), "limit", "sell", 0.5, 900, {"clientOrderId": "somebody-elses"})

    (seen,) = at.venue.open_orders()
    assert (seen.venue_id, seen.client_id, seen.limit) == (made["id"], "somebody-elses", Decimal(900))
    assert [one["id"] for one in theirs.fetch_open_orders(pair(at))] == [seen.venue_id]
    theirs.cancel_order(made["id"], pair(at))
    assert list(at.venue.open_orders()) == []


def test_ccxt_trades_at_the_market_and_sees_the_same_fills_and_balances(at: Pit, theirs: Any) -> None:
    theirs.create_order(pair(at), "market", "sell", 0.75)

    fills = {one.trade_id: one for one in at.venue.fills(at.start)}
    seen = {one["id"]: one for one in theirs.fetch_my_trades(pair(at), since=at.start - 1)}

    assert set(seen) == set(fills)
    assert sum(one.quantity for one in fills.values()) == Decimal("0.75")
    for name, one in fills.items():
        assert (Decimal(str(seen[name]["price"])), Decimal(str(seen[name]["amount"]))) == (one.price, one.quantity)
    coin = at.symbol.split("-")[0]
    assert Decimal(str(theirs.fetch_balance()[coin]["total"])) == at.venue.balances()[coin].total


def test_ccxt_sees_our_orders_end(at: Pit, theirs: Any) -> None:
    order = at.resting()
    sent = at.venue.submit(order)
    assert isinstance(sent, Reported)
    at.book.trade(at.symbol, Decimal(900), Decimal(9))

    seen = theirs.fetch_order(sent.venue_id, pair(at), {"acknowledged": True})

    assert (seen["status"], Decimal(str(seen["filled"]))) == ("closed", order.quantity)


def test_ccxt_takes_refusals_for_what_they_are(at: Pit, theirs: Any) -> None:
    import ccxt  # noqa: PLC0415 - heavy

    with pytest.raises(ccxt.InsufficientFunds):
        theirs.create_order(pair(at), "limit", "sell", 5_000, 900)
    theirs.apiKey = "nobody's"
    with pytest.raises(ccxt.AuthenticationError):
        theirs.fetch_balance()


@pytest.fixture
def alpaca() -> Iterator[tuple[Pit, Any]]:
    from alpaca.trading.client import TradingClient  # noqa: PLC0415 - heavy

    with pit("alpaca") as at:
        yield at, TradingClient(KEY, SECRET, paper=True, url_override=at.served.url)


def test_alpacas_own_client_trades_stocks(alpaca: tuple[Pit, Any]) -> None:
    from alpaca.trading.enums import OrderSide, TimeInForce  # noqa: PLC0415 - heavy
    from alpaca.trading.requests import (  # noqa: PLC0415 - heavy
        LimitOrderRequest,
        MarketOrderRequest,
        ReplaceOrderRequest,
        StopOrderRequest,
    )

    at, theirs = alpaca
    sale = {"symbol": "AAPL", "side": OrderSide.SELL}
    market = theirs.submit_order(MarketOrderRequest(qty=3, time_in_force=TimeInForce.DAY, **sale))
    stop = theirs.submit_order(StopOrderRequest(qty=2, stop_price=50, time_in_force=TimeInForce.GTC, **sale))
    limit = theirs.submit_order(
        LimitOrderRequest(qty=1, limit_price=900, time_in_force=TimeInForce.GTC, client_order_id="theirs", **sale)
    )
    changed = theirs.replace_order_by_id(limit.id, ReplaceOrderRequest(qty=2, limit_price=880))

    assert {one.venue_id for one in at.venue.open_orders()} == {str(stop.id), str(changed.id)}
    assert [(one.quantity, one.venue_id) for one in at.venue.fills(at.start)][-1][1] == str(market.id)
    assert {one.symbol: Decimal(one.qty) for one in theirs.get_all_positions()}["AAPL"] == 97
    assert theirs.get_order_by_client_id("theirs").status.value == "replaced"
    assert Decimal(theirs.get_account().cash) == at.venue.balances()["USD"].total
    theirs.cancel_orders()
    assert list(at.venue.open_orders()) == []


def test_alpacas_own_client_is_told_that_an_id_is_taken(alpaca: tuple[Pit, Any]) -> None:
    from alpaca.common.exceptions import APIError  # noqa: PLC0415 - heavy
    from alpaca.trading.enums import OrderSide, TimeInForce  # noqa: PLC0415 - heavy
    from alpaca.trading.requests import MarketOrderRequest  # noqa: PLC0415 - heavy

    at, theirs = alpaca
    order = at.resting()
    sent = at.venue.submit(order)
    again = MarketOrderRequest(
        symbol="AAPL", qty=1, side=OrderSide.SELL, time_in_force=TimeInForce.DAY, client_order_id=str(order.id)
    )

    with pytest.raises(APIError, match="client_order_id must be unique") as refused:
        theirs.submit_order(again)

    assert refused.value.status_code == 422
    assert isinstance(sent, Reported)
    assert sent.status is OrderStatus.ACCEPTED
