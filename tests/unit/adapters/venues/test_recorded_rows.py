"""What the venues really answered about orders, fills and balances is read without loss."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.adapters.market.recordings import FOLDER
from tradewind.adapters.market.shape import Node, parse
from tradewind.adapters.venues import alpaca_words, bybit_words, kraken_words
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import OrderStatus, Side

_KRAKEN = "kraken/jkorf/rest/Spot"
_BYBIT = "bybit/jkorf/rest/V5Api"


def answer(path: str) -> Node:
    file = FOLDER / path
    if not file.exists():
        pytest.skip(f"the recorded answers are not here: {file}")
    recorded = json.loads(file.read_text())
    return parse(json.dumps(recorded.get("response", recorded)).encode())


@pytest.mark.parametrize(
    ("name", "which"), [("GetOpenOrders", "open"), ("GetClosedOrders", "closed"), ("GetOrders", "")]
)
def test_krakens_orders(name: str, which: str) -> None:
    result = answer(f"{_KRAKEN}/Trading/{name}.json")["result"]
    rows = result[which] if which else result

    orders = [kraken_words.read_order(key, row, {}) for key, row in rows.entries()]

    assert orders
    assert all(one.quantity > 0 and one.created > 1_600_000_000_000 for one in orders)
    assert all(one.instrument.endswith(".KRAKEN") for one in orders)


def test_krakens_open_orders_say_how_they_stand() -> None:
    rows = answer(f"{_KRAKEN}/Trading/GetOpenOrders.json")["result"]["open"]
    names = {"XBTUSD": InstrumentId("BTC-USD.KRAKEN")}
    first, second = (kraken_words.read_order(key, row, names) for key, row in rows.entries())

    assert (first.status, first.filled) == (OrderStatus.PARTIALLY_FILLED, Decimal("0.375"))
    assert (second.status, second.limit, second.side) == (OrderStatus.ACCEPTED, Decimal("14500.0"), Side.BUY)
    assert first.instrument == "BTC-USD.KRAKEN"


def test_krakens_trades_and_balances() -> None:
    rows = answer(f"{_KRAKEN}/Trading/GetUserTrades.json")["result"]["trades"]
    fills = [
        kraken_words.read_trade(key, row, {"XXBTZUSD": InstrumentId("BTC-USD.KRAKEN")}, "ours")
        for key, row in rows.entries()
    ]
    balances = kraken_words.read_balances(answer(f"{_KRAKEN}/Account/GetAvailableBalances.json")["result"])

    assert [(one.quantity, one.price, one.ts) for one in fills][:1] == [
        (Decimal("0.02"), Decimal(30010), 1688667796880)
    ]
    assert {one.fee_currency for one in fills} == {"USD"}
    assert balances["USD"].free == Decimal("25435.21") - Decimal("8249.76")
    assert balances["BTC"].total == Decimal("1.2435")


def test_bybits_orders_fills_and_balances() -> None:
    (working,) = answer(f"{_BYBIT}/Trading/GetOrders.json")["result"]["list"]
    (ended,) = answer(f"{_BYBIT}/Trading/GetOrderHistory.json")["result"]["list"]
    order, closed = bybit_words.read_order(working, {}), bybit_words.read_order(ended, {})

    assert (order.client_id, order.status, order.limit, order.trigger) == (
        "test-000005",
        OrderStatus.ACCEPTED,
        Decimal("1600.00"),
        Decimal(0),
    )
    assert (closed.status, closed.reason.partition(":")[0]) == (OrderStatus.CANCELED, "WOULD_TAKE")
    (row,) = answer(f"{_BYBIT}/Trading/GetUserTrades.json")["result"]["list"]
    fill = bybit_words.read_fill(row, {})
    assert (fill.price, fill.quantity, fill.fee) == (Decimal("1190.15"), Decimal("0.1"), Decimal("0.071409"))
    assert "BTC" in bybit_words.read_balances(answer(f"{_BYBIT}/Account/GetBalances.json")["result"])


def alpaca(file: str, test: str) -> Node:
    path = FOLDER / "alpaca/alpaca-py" / file
    if not path.exists():
        pytest.skip(f"the recorded answers are not here: {path}")
    recorded = next(one for one in json.loads(path.read_text()) if one["test"] == test and one["response"])
    return parse(json.dumps(recorded["response"]).encode())


ALPACA: Mapping[str, tuple[str, str, Callable[[Node], Any]]] = {
    "order": ("test_order_routes.trading.json", "test_market_order", lambda row: alpaca_words.read_order(row, {})),
    "positions": (
        "test_position_routes.trading.json",
        "test_get_all_positions",
        lambda rows: alpaca_words.read_positions(rows, {}),
    ),
    "fill": (
        "test_account_activities_routes.broker.json",
        "test_get_activities_for_account_max_items_and_single_request_date",
        lambda rows: alpaca_words.read_fill(rows.at(0), {}, "ours"),
    ),
}


@pytest.mark.parametrize("what", ALPACA)
def test_alpacas_rows(what: str) -> None:
    file, test, read = ALPACA[what]
    found = read(alpaca(file, test))

    if what == "order":
        assert (found.client_id, found.quantity, found.status) == (
            "eb9e2aaa-f71a-4f51-b5b4-52a6c565dad4",
            Decimal(1),
            OrderStatus.ACCEPTED,
        )
    elif what == "fill":
        assert (found.price, found.quantity, found.ts) == (Decimal("2907.15"), Decimal("1.792161878"), 1646420060904)
    else:
        assert found[InstrumentId("AAPL.ALPACA")].quantity == Decimal(5)
