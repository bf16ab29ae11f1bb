"""Polygon's interface: https://polygon.io/docs/rest."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from tests.venues.alpaca import NEW_YORK, iso
from tests.venues.market import TURNOVER, VOLUME, Market, Row
from tests.venues.server import Handler, Limit, Reply, Request, Venue, ok
from tests.venues.text import Number, numbers
from tradewind.domain.timeframe import DAY, Timeframe

_FRAMES = {
    ("1", "minute"): Timeframe.M1,
    ("5", "minute"): Timeframe.M5,
    ("15", "minute"): Timeframe.M15,
    ("1", "hour"): Timeframe.H1,
    ("1", "day"): Timeframe.D1,
}


class Polygon(Venue):
    """Polygon; symbols of the market without a dash are stocks.

    Attributes
    ----------
    page : int
        Most bars of one page, whatever was asked for.
    """

    name: ClassVar[str] = "polygon"

    def __init__(self, market: Market, limit: Limit | None = None, page: int = 50_000) -> None:
        super().__init__(market, limit)
        self.page = page

    def routes(self) -> Mapping[str, Handler]:
        span = r"(?P<n>\d+)/(?P<unit>\w+)/(?P<first>\d+)/(?P<last>\d+)"
        return {
            rf"GET /v2/aggs/ticker/(?P<ticker>[^/]+)/range/{span}": self.aggregates,
            "GET /v2/snapshot/locale/us/markets/stocks/tickers": self.snapshots,
            "GET /v2/snapshot/locale/global/markets/crypto/tickers": self.snapshots,
            "GET /v2/snapshot/locale/global/markets/crypto/tickers/(?P<ticker>[^/]+)/book": self.book,
            "GET /v3/reference/tickers": self.tickers,
            "GET /v1/marketstatus/now": self.time,
        }

    def answer(self, request: Request) -> Reply | None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not headers.get("authorization", "").startswith("Bearer "):
            return ok({"status": "ERROR", "error": "Unknown API Key"}, 401)
        return super().answer(request)

    def too_many(self, seconds: float) -> Reply:
        said = "You've exceeded the maximum requests per minute, please wait or upgrade your subscription to continue."
        return ok({"status": "ERROR", "request_id": "1", "error": said}, 429)

    def aggregates(self, request: Request, found: re.Match[str]) -> Reply:
        symbol, frame = self._symbol(found["ticker"]), _FRAMES[found["n"], found["unit"]]
        if symbol is None:  # an unknown ticker has no bars, and that is all
            return ok(
                {"ticker": found["ticker"], "queryCount": 0, "resultsCount": 0, "adjusted": False, "status": "OK"}
            )
        later = NEW_YORK if frame.ms == DAY and "-" not in symbol else 0
        first = max(int(found["first"]), request.number("cursor", 0))
        rows = self.market.rows(symbol, frame, first - later, int(found["last"]) - later)
        shown = [row._replace(ts=row.ts + later) for row in rows[: self.page]]
        body: dict[str, Any] = {"ticker": found["ticker"], "resultsCount": len(shown), "status": "OK"}
        if shown:
            body["results"] = [_bar(row) for row in shown]
        if len(rows) > self.page:
            body["next_url"] = f"https://api.polygon.io{request.path}?cursor={rows[self.page].ts + later}"
        return numbers(body)

    def snapshots(self, request: Request, _: re.Match[str]) -> Reply:
        asked = [(name, self._symbol(name)) for name in request.query["tickers"].split(",")]
        shown = [self._snapshot(name, symbol) for name, symbol in asked if symbol]
        return numbers({"count": len(shown), "status": "OK", "tickers": shown})

    def _snapshot(self, ticker: str, symbol: str) -> dict[str, Any]:
        (bid, ask), last, now = self.market.best(symbol), self.market.last(symbol), self.market.clock() * 1_000_000
        values = {**dict.fromkeys("ohlc", Number(str(last))), "v": Number(str(VOLUME))}
        return {
            "ticker": ticker,
            "day": {**values, "vw": Number(str(TURNOVER / VOLUME))},
            "lastQuote": {"p": Number(str(bid)), "s": 1, "P": Number(str(ask)), "S": 2, "t": now},
            "lastTrade": {"p": Number(str(last)), "s": 1, "t": now},
            "updated": now,
        }

    def book(self, _: Request, found: re.Match[str]) -> Reply:
        symbol = self._symbol(found["ticker"])
        if symbol is None:
            return ok({"status": "NOT_FOUND", "message": "Ticker not found."}, 404)
        sides = {
            name: [
                {"p": Number(str(p)), "x": {"1": Number(str(q / 2)), "6": Number(str(q / 2))}}
                for p, q in self.market.side(symbol, sign, 50)
            ]
            for name, sign in (("bids", -1), ("asks", 1))
        }
        data = {"ticker": found["ticker"], **sides, "updated": self.market.clock()}
        return numbers({"data": data, "status": "OK"})

    def tickers(self, request: Request, _: re.Match[str]) -> Reply:
        market = request.query.get("market", "stocks")
        listed = [symbol for symbol in sorted(self.market.symbols) if ("-" in symbol) == (market == "crypto")]
        start, most = request.number("cursor", 0), min(request.number("limit", 100), 2)
        body: dict[str, Any] = {"results": [self._ticker(symbol) for symbol in listed[start : start + most]]}
        if start + most < len(listed):
            body["next_url"] = f"https://api.polygon.io/v3/reference/tickers?cursor={start + most}&market={market}"
        return ok({**body, "status": "OK", "count": len(body["results"])})

    def _ticker(self, symbol: str) -> dict[str, Any]:
        base, dash, quote = symbol.partition("-")
        common = {"ticker": spelled(symbol), "name": symbol, "active": self.market.symbols[symbol].trading}
        if dash:
            pair = {"currency_symbol": quote, "base_currency_symbol": base, "currency_name": quote}
            return {**common, "market": "crypto", "locale": "global", **pair}
        return {**common, "market": "stocks", "locale": "us", "type": "CS", "currency_name": "usd"}

    def time(self, *_: Any) -> Reply:
        return ok({"market": "open", "serverTime": iso(self.market.clock() // 1000 * 1000)})

    def _symbol(self, ticker: str) -> str | None:
        return {spelled(symbol): symbol for symbol in self.market.symbols}.get(ticker)


def spelled(symbol: str) -> str:
    return "X:" + symbol.replace("-", "") if "-" in symbol else symbol


def _bar(row: Row) -> dict[str, Any]:
    values = dict(zip("ohlcv", map(Number, row[1:6]), strict=True))
    return {**values, "vw": Number(str(Decimal(row.close))), "t": row.ts, "n": 7}
