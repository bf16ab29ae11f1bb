"""Every recorded answer of a listed provider that holds bars, quotes, instruments or a book is read as it stands there.

The expectations are a second reading of the same bytes: by position and name, with the standard library alone.
"""

import csv
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from fnmatch import fnmatch
from typing import Any, NamedTuple

import pytest

from tests.unit.adapters.market.recordings import bodies, index, needed, second, text
from tradewind.adapters.market import alpaca, alpha_vantage, binance, bybit, coinbase, kraken, polygon
from tradewind.adapters.market.shape import Node, parse
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.market import Listing, OrderBook, Quote
from tradewind.domain.validation import RawBar

NAME = InstrumentId("A-B.X")
AT = 1_700_000_000_000

type Reading = list[tuple[Any, ...]]


class Case(NamedTuple):
    """How a recording is read, and how it is read a second time.

    Attributes
    ----------
    url : str
        Part of the address of those answers in a file that are meant.
    """

    path: str
    ours: Callable[[Node], Reading]
    theirs: Callable[[Any], Reading]
    url: str = ""


def d(value: object) -> Decimal:
    return Decimal(str(value))


def bars(rows: list[RawBar]) -> Reading:
    return [tuple(d(value) for value in bar[:6]) for bar in rows]


def quotes(found: Mapping[InstrumentId, Any]) -> Reading:
    assert all(isinstance(one, Quote) for one in found.values())
    return [(one.bid, one.ask, one.last, one.volume) for one in found.values()]


def listings(found: list[Listing]) -> Reading:
    return [(one.symbol, one.tick, one.lot, one.minimum_notional, one.minimum_quantity, one.status) for one in found]


def book(found: OrderBook) -> Reading:
    return [*((tuple(level)) for level in found.bids), ("asks",), *((tuple(level)) for level in found.asks)]


def sides(bids: Any, asks: Any, price: Any = 0, size: Any = 1) -> Reading:
    one, other = ([(d(level[price]), d(level[size])) for level in side] for side in (bids, asks))
    return [*one, ("asks",), *other]


class Anything(dict[str, InstrumentId]):
    """Knows every symbol, so that every quote of an answer is read."""

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> InstrumentId:
        return InstrumentId(f"{key}.X")

    def get(self, key: str, default: Any = None) -> Any:
        return self[key]


def single(result: Any) -> Any:
    (found,) = (value for key, value in result["result"].items() if key != "last")
    return found


def utc(moment: str) -> Decimal:
    """Read a time by its digits: days since 1970 counted by hand."""
    year, month, day, hour, minute, sec = (int(part) for part in re.findall(r"\d+", moment)[:6])
    shifted = year - (month < 3)
    days = 365 * shifted + shifted // 4 - shifted // 100 + shifted // 400 + (153 * ((month + 9) % 12) + 2) // 5 + day
    return d(((days - 719_469) * 86_400 + hour * 3_600 + minute * 60 + sec) * 1000)


KRAKEN_STATUS = {"online": "TRADING", None: "TRADING", "cancel_only": "RESTRICTED"}
KRAKEN_BARS = (
    lambda node: bars(kraken.read_bars(node["result"])),
    lambda raw: [(d(r[0]) * 1000, d(r[1]), d(r[2]), d(r[3]), d(r[4]), d(r[6])) for r in single(raw)[:-1]],
)
KRAKEN_QUOTES = (
    lambda node: quotes(kraken.read_quotes(node["result"], Anything(), AT)),
    lambda raw: [(d(t["b"][0]), d(t["a"][0]), d(t["c"][0]), d(t["v"][1])) for t in raw["result"].values()],
)
KRAKEN_PAIRS = (
    lambda node: listings(kraken.read_listings(node["result"], "X")),
    lambda raw: [
        (
            p["altname"],
            d(p["tick_size"]) if "tick_size" in p else Decimal(10) ** -int(p["pair_decimals"]),
            Decimal(10) ** -int(p["lot_decimals"]),
            d(p.get("costmin", 0)),
            d(p.get("ordermin", 0)),
            KRAKEN_STATUS[p.get("status")],
        )
        for p in raw["result"].values()
        if "wsname" in p
    ],
)
KRAKEN_BOOK = (
    lambda node: book(kraken.read_book(node["result"], NAME)),
    lambda raw: sides(single(raw)["bids"], single(raw)["asks"]),
)
BINANCE_BARS = (
    lambda node: bars(binance.read_bars(node)),
    lambda raw: [tuple(d(value) for value in row[:6]) for row in raw],
)
BINANCE_QUOTES = (
    lambda node: quotes(binance.read_quotes(node, Anything())),
    lambda raw: [
        (
            d(raw["bidPrice"]) if "bidPrice" in raw else None,
            d(raw["askPrice"]) if "askPrice" in raw else None,
            d(raw["lastPrice"]),
            d(raw["volume"]),
        )
    ],
)
BINANCE_BOOK = (
    lambda node: book(binance.read_book(node, NAME, AT)),
    lambda raw: sides(raw["bids"], raw["asks"]),
)


def binance_pairs(raw: Any) -> Reading:
    found: Reading = []
    for one in raw["symbols"]:
        rules = {rule["filterType"]: rule for rule in one["filters"]}
        price, size = rules.get("PRICE_FILTER"), rules.get("LOT_SIZE")
        value = rules.get("NOTIONAL", rules.get("MIN_NOTIONAL", {})).get("minNotional", 0)
        found.append(
            (
                one["symbol"],
                d(price["tickSize"]) if price else None,
                d(size["stepSize"]) if size else None,
                d(value),
                d(size["minQty"]) if size else d(0),
                {"TRADING": "TRADING"}[one["status"]],
            )
        )
    return found


BINANCE_PAIRS = (lambda node: listings(binance.read_listings(node, "X")), binance_pairs)
BYBIT_BARS = (
    lambda node: bars(bybit.read_bars(node["result"])),
    lambda raw: sorted(tuple(d(value) for value in row[:6]) for row in raw["result"]["list"]),
)
BYBIT_QUOTES = (
    lambda node: quotes(bybit.read_quotes(node["result"], Anything(), AT)),
    lambda raw: [
        (d(t["bid1Price"]), d(t["ask1Price"]), d(t["lastPrice"]), d(t["volume24h"])) for t in raw["result"]["list"]
    ],
)
BYBIT_PAIRS = (
    lambda node: listings(bybit.read_listings(node["result"], "X")),
    lambda raw: [
        (
            one["symbol"],
            d(one["priceFilter"]["tickSize"]),
            d(one["lotSizeFilter"]["basePrecision"]),
            d(one["lotSizeFilter"]["minOrderAmt"]),
            d(one["lotSizeFilter"]["minOrderQty"]),
            {"Trading": "TRADING"}[one["status"]],
        )
        for one in raw["result"]["list"]
    ],
)
BYBIT_BOOK = (
    lambda node: book(bybit.read_book(node["result"], NAME)),
    lambda raw: sides(raw["result"]["b"], raw["result"]["a"]),
)
COINBASE_BARS = (
    lambda node: bars(coinbase.read_bars(node)),
    lambda raw: sorted(
        (d(c["start"]) * 1000, d(c["open"]), d(c["high"]), d(c["low"]), d(c["close"]), d(c["volume"]))
        for c in raw["candles"]
    ),
)
COINBASE_PAIRS = (
    lambda node: listings(coinbase.read_listings(node, "X")),
    lambda raw: [
        (
            p["product_id"],
            d(p.get("price_increment") or p["quote_increment"]),
            d(p["base_increment"]),
            d(p["quote_min_size"]),
            d(p["base_min_size"]),
            "HALTED" if p.get("view_only") else "RESTRICTED" if p["cancel_only"] else "TRADING",
        )
        for p in raw["products"]
        if p["product_type"] != "FUTURE"
    ],
)
COINBASE_BULK = (
    lambda node: quotes(coinbase.read_quotes(node, Anything(), AT)),
    lambda raw: [
        (None, None, d(p["price"]), d(p["volume_24h"])) for p in raw["products"] if p["product_type"] != "FUTURE"
    ],
)
COINBASE_BOOK = (
    lambda node: book(coinbase.read_book(node, NAME)),
    lambda raw: sides(raw["pricebook"]["bids"], raw["pricebook"]["asks"], "price", "size"),
)


def alpaca_bars(node: Node) -> Reading:
    return [(name, *one) for name, rows in alpaca.read_bars(node, daily=False).items() for one in bars(rows)]


ALPACA_BARS = (
    alpaca_bars,
    lambda raw: [
        (name, utc(bar["t"]), *(d(bar[key]) for key in "ohlcv")) for name, rows in raw["bars"].items() for bar in rows
    ],
)
ALPACA_BEST = (
    lambda node: [(name, *alpaca.read_best(one)[:2]) for name, one in node["quotes"].entries()],
    lambda raw: [(name, d(one["bp"]), d(one["ap"])) for name, one in raw["quotes"].items()],
)
ALPACA_SNAPSHOTS = (
    lambda node: quotes(alpaca.read_quotes(node.get("snapshots") or node, Anything())),
    lambda raw: [
        (
            d(one["latestQuote"]["bp"]),
            d(one["latestQuote"]["ap"]),
            d(one["latestTrade"]["p"]),
            d(one["dailyBar"]["v"]),
        )
        for one in raw.get("snapshots", raw).values()
    ],
)
ALPACA_ASSETS = (
    lambda node: listings(alpaca.read_listings(node, "X")),
    lambda raw: [(one["symbol"], d("0.01"), d(1), d(0), d(0), "TRADING") for one in raw],
)
POLYGON_BARS = (
    lambda node: bars(polygon.read_bars(node, daily=False)),
    lambda raw: [tuple(d(row[key]) for key in "tohlcv") for row in raw["results"]],
)
POLYGON_QUOTES = (
    lambda node: quotes(polygon.read_quotes(node, Anything())),
    lambda raw: [
        (d(t["lastQuote"]["p"]), d(t["lastQuote"]["P"]), d(t["lastTrade"]["p"]), d(t["day"]["v"]))
        for t in raw.get("tickers", [raw.get("ticker")])
    ],
)
POLYGON_TICKERS = (
    lambda node: listings(polygon.read_listings(node, "X")),
    lambda raw: [(one["ticker"], d("0.01"), d(1), d(0), d(0), "TRADING") for one in raw["results"]],
)
POLYGON_BOOK = (
    lambda node: book(polygon.read_book(node, NAME, 1_000)),
    lambda raw: [
        *((d(one["p"]), sum(map(d, one["x"].values()))) for one in raw["data"]["bids"]),
        ("asks",),
        *((d(one["p"]), sum(map(d, one["x"].values()))) for one in raw["data"]["asks"]),
    ],
)


def eastern(moment: str) -> Decimal:
    return utc(moment) + 5 * 3_600_000 if ":" in moment else utc(f"{moment} 00:00:00")  # recorded in December


def alpha_series(raw: Any) -> Reading:
    (series,) = (value for key, value in raw.items() if key.startswith("Time Series"))
    rows = [(eastern(time), *(d(one[key]) for key in sorted(one))) for time, one in series.items()]
    return sorted(rows)


READ = [
    Case("kraken/nautilus/http_ohlc.json.gz", *KRAKEN_BARS),
    Case("kraken/jkorf/rest/Spot/ExchangeData/GetKlines.json", *KRAKEN_BARS),
    Case("kraken/nautilus/http_ticker.json", *KRAKEN_QUOTES),
    Case("kraken/jkorf/rest/Spot/ExchangeData/GetTicker.json", *KRAKEN_QUOTES),
    Case("kraken/jkorf/responses/SpotExchangeData/GetTicker*Async.json", *KRAKEN_QUOTES),
    Case("kraken/nautilus/http_asset_pairs*.json", *KRAKEN_PAIRS),
    Case("kraken/jkorf/rest/Spot/ExchangeData/GetSymbols.json", *KRAKEN_PAIRS),
    Case("kraken/jkorf/responses/SpotExchangeData/GetSymbolsAsync.json", *KRAKEN_PAIRS),
    Case("kraken/cryptofeed/KRAKEN.0.txt.gz", *KRAKEN_PAIRS),
    Case("kraken/nautilus/http_order_book.json", *KRAKEN_BOOK),
    Case("kraken/jkorf/rest/Spot/ExchangeData/GetOrderBook.json", *KRAKEN_BOOK),
    Case("kraken/jkorf/responses/SpotExchangeData/GetOrderBookAsync.json", *KRAKEN_BOOK),
    Case("binance/jkorf/rest/*/ExchangeData/Get*Klines.json", *BINANCE_BARS),
    Case("binance/nautilus/spot/http_json/klines_response.json", *BINANCE_BARS),
    Case("binance/jkorf/rest/Spot/ExchangeData/GetTicker.json", *BINANCE_QUOTES),
    Case("binance/jkorf/rest/Spot/ExchangeData/GetTradingDayTicker.json", *BINANCE_QUOTES),
    Case("binance/jkorf/rest/UsdFutures/ExchangeData/GetTicker.json", *BINANCE_QUOTES),
    Case("binance/nautilus/spot/http_json/ticker_24hr_response.json", *BINANCE_QUOTES),
    Case("binance/jkorf/rest/Spot/ExchangeData/GetExchangeInfo.json", *BINANCE_PAIRS),
    Case("binance/nautilus/spot/http_json/exchange_info_response.json", *BINANCE_PAIRS),
    Case("binance/basana/binance_btc_usdt_exchange_info.json", *BINANCE_PAIRS),
    Case("binance/jkorf/rest/*/ExchangeData/GetOrderBook.json", *BINANCE_BOOK),
    Case("binance/nautilus/spot/http_json/depth_response.json", *BINANCE_BOOK),
    Case("binance/cryptofeed/BINANCE.http.0.0.txt.gz", *BINANCE_BOOK, url="/depth"),
    Case("binance/cryptofeed/BINANCE_FUTURES.http.0.0.txt.gz", *BINANCE_BOOK, url="/depth"),
    Case("bybit/jkorf/rest/V5Api/ExchangeData/GetKlines.json", *BYBIT_BARS),
    Case("bybit/jkorf/rest/V5Api/ExchangeData/GetSpotTickers.json", *BYBIT_QUOTES),
    Case("bybit/jkorf/rest/V5Api/ExchangeData/GetLinearInverseTickers.json", *BYBIT_QUOTES),
    Case("bybit/jkorf/rest/V5Api/ExchangeData/GetSpotSymbols.json", *BYBIT_PAIRS),
    Case("bybit/jkorf/responses/V5/ExchangeData/GetSpotSymbolsAsync.json", *BYBIT_PAIRS),
    Case("bybit/jkorf/rest/V5Api/ExchangeData/GetOrderbook.json", *BYBIT_BOOK),
    Case("coinbase/nautilus/http_candles.json", *COINBASE_BARS),
    Case("coinbase/jkorf/rest/AdvancedTrade/ExchangeData/GetKlines.json", *COINBASE_BARS),
    Case("coinbase/nautilus/http_products*.json", *COINBASE_PAIRS),
    Case("coinbase/jkorf/rest/AdvancedTrade/ExchangeData/GetSymbols.json", *COINBASE_PAIRS),
    Case("coinbase/nautilus/http_products.json", *COINBASE_BULK),
    Case("coinbase/jkorf/rest/AdvancedTrade/ExchangeData/GetSymbols.json", *COINBASE_BULK),
    Case(
        "coinbase/nautilus/http_product.json",
        lambda node: COINBASE_PAIRS[0](Node({"products": [node.value]})),
        lambda raw: COINBASE_PAIRS[1]({"products": [raw]}),
    ),
    Case(
        "coinbase/nautilus/http_ticker.json",
        lambda node: quotes({NAME: coinbase.read_ticker(node, NAME, AT)}),
        lambda raw: [(d(raw["best_bid"]), d(raw["best_ask"]), d(raw["trades"][0]["price"]), None)],
    ),
    Case("coinbase/nautilus/http_product_book.json", *COINBASE_BOOK),
    Case("coinbase/jkorf/rest/AdvancedTrade/ExchangeData/GetOrderBook.json", *COINBASE_BOOK),
    Case("alpaca/alpaca-py/test_historical_crypto_data.data.json", *ALPACA_BARS, url="/us/bars?"),
    Case("alpaca/alpaca-py/test_historical_stock_data.data.json", *ALPACA_BARS, url="/stocks/bars?"),
    Case("alpaca/alpaca-py/test_historical_crypto_data.data.json", *ALPACA_BEST, url="latest/quotes?"),
    Case("alpaca/alpaca-py/test_historical_stock_data.data.json", *ALPACA_BEST, url="quotes/latest?"),
    Case("alpaca/alpaca-py/test_historical_crypto_data.data.json", *ALPACA_SNAPSHOTS, url="/snapshots?"),
    Case("alpaca/alpaca-py/test_historical_stock_data.data.json", *ALPACA_SNAPSHOTS, url="/snapshots?"),
    Case("alpaca/alpaca-py/test_asset_routes.trading.json", *ALPACA_ASSETS, url="/assets?"),
    Case(
        "alpaca/alpaca-py/test_asset_routes.trading.json",
        lambda node: ALPACA_ASSETS[0](Node([node.value])),
        lambda raw: ALPACA_ASSETS[1]([raw]),
        url="/assets/",
    ),
    Case("polygon/v2/aggs/*", *POLYGON_BARS),
    Case("polygon/v2/snapshot/locale/us/markets/stocks/*", *POLYGON_QUOTES),
    Case("polygon/v2/snapshot/locale/global/markets/crypto/tickers/*/book.json", *POLYGON_BOOK),
    Case("polygon/v3/reference/tickers.json", *POLYGON_TICKERS),
    Case("polygon/v3/reference/tickers__cursor*", *POLYGON_TICKERS),
    Case(
        "polygon/v3/reference/tickers/AAPL*.json",
        lambda node: POLYGON_TICKERS[0](Node({"results": [node["results"].value]})),
        lambda raw: POLYGON_TICKERS[1]({"results": [raw["results"]]}),
    ),
    Case(
        "alphavantage/mock_time_series.json",
        lambda node: bars(alpha_vantage.read_bars(node)),
        alpha_series,
    ),
    Case(
        "alphavantage/global_quote.json",
        lambda node: quotes({NAME: alpha_vantage.read_quote(node, NAME)}),
        lambda raw: [(None, None, d(raw["Global Quote"]["05. price"]), d(raw["Global Quote"]["06. volume"]))],
    ),
]

DERIVATIVES = "futures, options or spreads: no provider here trades them"
MARKS = "index and mark prices: nobody can trade at them"
OLD = "an interface that its venue has switched off, not the one that is asked"
UNASKED = "a request that is never made: what it holds comes with another one"
REFERENCE = "says what there is, and holds no price and no rule"
PASSED_OVER = {
    "binance/basana/binance_depth_update.json": "a message of the stream",
    "binance/cryptofeed/BINANCE_FUTURES.0.txt.gz": DERIVATIVES,
    "binance/jkorf/rest/CoinFutures/*": DERIVATIVES,
    "binance/jkorf/rest/UsdFutures/*": DERIVATIVES,
    "binance/jkorf/rest/Spot/ExchangeData/Get*Price*.json": UNASKED,
    "binance/jkorf/rest/Spot/ExchangeData/GetRollingWindowTicker.json": UNASKED,
    "binance/jkorf/rest/Spot/ExchangeData/Get*Margin*.json": "margin pairs: only spot is asked for",
    "binance/jkorf/rest/Spot/ExchangeData/GetConvertListAllPairs.json": "conversions between coins, no market",
    "binance/nautilus/spot/http_json/*_price_response.json": UNASKED,
    "binance/nautilus/spot/http_json/ticker_price_response.json": UNASKED,
    "binance/nautilus/spot/http_json/book_ticker_response.json": UNASKED,
    "bybit/cryptofeed/BYBIT.0.txt.gz": OLD,
    "bybit/jkorf/responses/*": OLD,
    "bybit/jkorf/rest/V5Api/Earn/*": "savings, no market",
    "bybit/jkorf/rest/V5Api/ExchangeData/Get*IndexPriceKlines.json": MARKS,
    "bybit/jkorf/rest/V5Api/ExchangeData/GetMarkPriceKlines.json": MARKS,
    "bybit/jkorf/rest/V5Api/ExchangeData/GetLinearInverseSymbols*.json": DERIVATIVES,
    "bybit/jkorf/rest/V5Api/ExchangeData/GetOption*.json": DERIVATIVES,
    "bybit/jkorf/rest/V5Api/ExchangeData/GetSpread*.json": DERIVATIVES,
    "bybit/jkorf/rest/V5Api/ExchangeData/GetDeliveryPrice.json": DERIVATIVES,
    "bybit/jkorf/rest/V5Api/ExchangeData/GetOrderPriceLimit.json": "limits of an order, no quote",
    "coinbase/cryptofeed/COINBASE.0.txt.gz": OLD,
    "coinbase/jkorf/rest/AdvancedTrade/ExchangeData/GetAggregatedOrderBook.json": OLD,
    "kraken/jkorf/responses/FuturesExchangeData/*": DERIVATIVES,
    "kraken/jkorf/rest/Futures/*": DERIVATIVES,
    "kraken/nautilus/http_futures*": DERIVATIVES,
    "kraken/python-kraken-sdk/*": "messages of the stream",
    "polygon/v1/last/*": UNASKED,
    "polygon/v1/last_quote/*": UNASKED,
    "polygon/v1/summaries*": UNASKED,
    "polygon/v2/last/*": UNASKED,
    "polygon/v3/quotes/*": "the history of quotes: only the latest are asked for",
    "polygon/v3/reference/tickers/types.json": REFERENCE,
    "polygon/v3/snapshot*": DERIVATIVES,
    "polygon/vX/*": REFERENCE,
    "alphavantage/mock_crypto_currencies.json": "prices without a high and a low, of a function that is switched off",
    "alphavantage/symbol_search.json": REFERENCE,
}

MARKET = re.compile(
    r"kline|candle|ohlc|bars|stock_data|crypto_data|ticker|quote|book|depth|symbol|instrument|product|pairs"
    r"|exchange_?info|snapshot|aggs|series|price|last|http\.|\.0\.txt|asset_routes|crypto_currenc",
    re.IGNORECASE,
)
NOT_AN_ANSWER = re.compile(
    r"/ws/|ws_|\.ws\.|socket|market_data_json|/Trading/|/Account/|user_data|\.broker\.", re.IGNORECASE
)
PROVIDERS = ("kraken/", "binance/", "bybit/", "coinbase/", "alpaca/", "polygon/", "alphavantage/")


def answers() -> list[tuple[Case, str]]:
    return [(case, path) for case in READ for path in index() if fnmatch(path, case.path)]


@pytest.mark.parametrize(("case", "path"), answers(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_recorded_answer_is_read_as_it_stands(case: Case, path: str) -> None:
    meant = [body for url, body in bodies(path) if case.url in url]

    for body in meant:
        assert case.ours(parse(body)) == case.theirs(second(body))
    assert meant


def test_something_was_read_of_every_kind() -> None:
    needed()
    assert len(answers()) > 70
    found = ((case, body) for case, path in answers() for url, body in bodies(path) if case.url in url)
    assert sum(len(case.ours(parse(body))) for case, body in found) > 10_000


def test_every_recording_of_a_market_is_read_or_passed_over_for_a_reason() -> None:
    needed()
    asked = [path for path in index() if path.startswith(PROVIDERS) and not NOT_AN_ANSWER.search(path)]
    of_a_market = [path for path in asked if MARKET.search(path)]
    known = [*(case.path for case in READ), *PASSED_OVER, "alphavantage/mock_time_series_extended.txt"]

    assert [path for path in of_a_market if not any(fnmatch(path, pattern) for pattern in known)] == []


def test_a_month_of_minutes_is_read_from_its_table() -> None:
    needed()
    body = text("alphavantage/mock_time_series_extended.txt").decode()
    rows = list(csv.reader(body.splitlines()))[1:]

    found = alpha_vantage.read_csv(body)

    assert len(found) > 9_000
    assert [tuple(map(d, bar[1:6])) for bar in found] == [tuple(map(d, row[1:])) for row in reversed(rows)]
    assert [bar.ts_open for bar in found][-3:] == [utc(row[0]) + 5 * 3_600_000 for row in rows[2::-1]]
