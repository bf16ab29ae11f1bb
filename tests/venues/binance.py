"""Binance's spot interface: https://developers.binance.com/docs/binance-spot-api-docs/rest-api."""

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from tests.venues.market import TURNOVER, VOLUME, Row
from tests.venues.server import Handler, Reply, Request, Venue, ok
from tradewind.domain.timeframe import Timeframe

ROWS = 1_000
PATIENCE = 20
"""Refusals after which whoever goes on asking is banned."""


class Binance(Venue):
    name: ClassVar[str] = "binance"

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/v3/klines": self.klines,
            "GET /api/v3/ticker/24hr": self.ticker,
            "GET /api/v3/exchangeInfo": self.exchange_info,
            "GET /api/v3/depth": self.depth,
            "GET /api/v3/time": lambda *_: ok({"serverTime": self.market.clock()}),
            "GET /api/v3/ping": lambda *_: ok({}),
        }

    def too_many(self, seconds: float) -> Reply:
        banned = self.limit is not None and self.limit.refused > PATIENCE
        body = {
            "code": -1003,
            "msg": "Too much request weight used; current limit is 6000 request weight per 1 MINUTE.",
        }
        return ok(body, 418 if banned else 429, **{"Retry-After": str(int(seconds) + 1)})

    def down(self) -> Reply:
        return ok({"code": -1008, "msg": "Server is currently overloaded with other requests."}, 503)

    def klines(self, request: Request, _: re.Match[str]) -> Reply:
        symbol = self._symbol(request.query.get("symbol", ""))
        if symbol is None:
            return invalid()
        frame = Timeframe(request.query["interval"])
        most = min(request.number("limit", 500), ROWS)
        now = self.market.clock()
        first, last = request.number("startTime", -1), request.number("endTime", now)
        if first < 0:
            rows = self.market.rows(symbol, frame, last - most * frame.ms, last)[-most:]
        else:
            rows = self.market.rows(symbol, frame, first, last, most)
        return ok([_kline(row, frame) for row in rows])

    def ticker(self, request: Request, _: re.Match[str]) -> Reply:
        if "symbol" in request.query:
            symbol = self._symbol(request.query["symbol"])
            return ok(self._ticker(symbol)) if symbol else invalid()
        asked = request.query.get("symbols")
        symbols = [self._symbol(one) for one in json.loads(asked)] if asked else list(self.market.symbols)
        return invalid() if None in symbols else ok([self._ticker(symbol) for symbol in symbols if symbol])

    def _ticker(self, symbol: str) -> dict[str, Any]:
        (bid, ask), last, now = self.market.best(symbol), self.market.last(symbol), self.market.clock()
        return {
            "symbol": spelled(symbol),
            "priceChange": "0",
            "priceChangePercent": "0",
            "weightedAvgPrice": str(last),
            "prevClosePrice": str(last),
            "lastPrice": str(last),
            "lastQty": "1.0",
            "bidPrice": str(bid),
            "bidQty": "1.0",
            "askPrice": str(ask),
            "askQty": "1.0",
            "openPrice": str(last),
            "highPrice": str(last),
            "lowPrice": str(last),
            "volume": str(VOLUME),
            "quoteVolume": str(TURNOVER),
            "openTime": now - 86_400_000,
            "closeTime": now,
            "firstId": 1,
            "lastId": 2,
            "count": 2,
        }

    def exchange_info(self, *_: Any) -> Reply:
        limits = [{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6_000}]
        symbols = [self._listing(symbol) for symbol in self.market.symbols]
        now = self.market.clock()
        return ok(
            {"timezone": "UTC", "serverTime": now, "rateLimits": limits, "exchangeFilters": [], "symbols": symbols}
        )

    def _listing(self, symbol: str) -> dict[str, Any]:
        rules = self.market.symbols[symbol]
        base, _, quote = symbol.partition("-")
        return {
            "symbol": spelled(symbol),
            "status": "TRADING" if rules.trading else "BREAK",
            "baseAsset": base,
            "baseAssetPrecision": 8,
            "quoteAsset": quote,
            "quotePrecision": 8,
            "quoteAssetPrecision": 8,
            "baseCommissionPrecision": 8,
            "quoteCommissionPrecision": 8,
            "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
            "isSpotTradingAllowed": True,
            "isMarginTradingAllowed": False,
            "filters": [
                {"filterType": "PRICE_FILTER", "minPrice": rules.tick, "maxPrice": "1000000", "tickSize": rules.tick},
                {"filterType": "LOT_SIZE", "minQty": rules.minimum_quantity, "maxQty": "9000", "stepSize": rules.lot},
                {"filterType": "NOTIONAL", "minNotional": rules.minimum_notional, "maxNotional": "9000000"},
            ],
            "permissions": [],
            "permissionSets": [["SPOT"]],
        }

    def depth(self, request: Request, _: re.Match[str]) -> Reply:
        symbol = self._symbol(request.query.get("symbol", ""))
        if symbol is None:
            return invalid()
        most = request.number("limit", 100)
        sides = {
            name: [[str(p), str(q)] for p, q in self.market.side(symbol, sign, most)]
            for name, sign in (("bids", -1), ("asks", 1))
        }
        return ok({"lastUpdateId": 1_027_024, **sides})

    def _symbol(self, name: str) -> str | None:
        return {spelled(symbol): symbol for symbol in self.market.symbols}.get(name)


def spelled(symbol: str) -> str:
    return symbol.replace("-", "")


def invalid() -> Reply:
    return ok({"code": -1121, "msg": "Invalid symbol."}, 400)


def _kline(row: Row, frame: Timeframe) -> list[Any]:
    return [row.ts, *row[1:5], row.volume, row.ts + frame.ms - 1, "1.0", 7, "0.5", "0.5", "0"]
