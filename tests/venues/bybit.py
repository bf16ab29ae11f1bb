"""Bybit's v5 interface, spot: https://bybit-exchange.github.io/docs/v5/intro."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from tests.venues.market import TURNOVER, VOLUME
from tests.venues.server import Handler, Reply, Request, Venue, ok
from tradewind.domain.timeframe import Timeframe

ROWS = 1_000
_FRAMES = {
    "1": Timeframe.M1,
    "5": Timeframe.M5,
    "15": Timeframe.M15,
    "60": Timeframe.H1,
    "240": Timeframe.H4,
    "D": Timeframe.D1,
}


class Bybit(Venue):
    name: ClassVar[str] = "bybit"

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /v5/market/kline": self.kline,
            "GET /v5/market/tickers": self.tickers,
            "GET /v5/market/instruments-info": self.instruments,
            "GET /v5/market/orderbook": self.orderbook,
            "GET /v5/market/time": self.time,
        }

    def too_many(self, seconds: float) -> Reply:
        return Reply(403, b"403, access too frequent. Please try it again later.", {"Content-Type": "text/html"})

    def down(self) -> Reply:
        return self.result(None, 10016, "Internal server error")

    def result(self, body: Any, code: int = 0, said: str = "OK") -> Reply:
        now = self.market.clock()
        return ok({"retCode": code, "retMsg": said, "result": body or {}, "retExtInfo": {}, "time": now})

    def kline(self, request: Request, _: re.Match[str]) -> Reply:
        symbol = self._symbol(request)
        frame = _FRAMES.get(request.query.get("interval", ""))
        if symbol is None:
            return self.result(None, 10001, "Not supported symbols")
        if frame is None:
            return self.result(None, 10001, "Invalid period!")
        most = min(request.number("limit", 200), ROWS)
        now = self.market.clock()
        first, last = request.number("start", -1), min(request.number("end", now), now)
        if first >= 0 and "end" not in request.query:  # forward from the start, otherwise the latest before the end
            rows = self.market.rows(symbol, frame, first, last, most)
        else:
            rows = self.market.rows(symbol, frame, max(first, last - 2 * most * frame.ms), last)[-most:]
        table = [[str(row.ts), *row[1:6], "1.5"] for row in reversed(rows)]
        return self.result({"symbol": spelled(symbol), "category": "spot", "list": table})

    def tickers(self, request: Request, _: re.Match[str]) -> Reply:
        if "symbol" in request.query and self._symbol(request) is None:
            return self.result(None, 10001, "Not supported symbols")
        one = self._symbol(request)
        symbols = [one] if one else list(self.market.symbols)
        return self.result({"category": "spot", "list": [self._ticker(symbol) for symbol in symbols]})

    def _ticker(self, symbol: str) -> dict[str, Any]:
        (bid, ask), last = self.market.best(symbol), self.market.last(symbol)
        return {
            "symbol": spelled(symbol),
            "bid1Price": str(bid),
            "bid1Size": "2",
            "ask1Price": str(ask),
            "ask1Size": "1.862172",
            "lastPrice": str(last),
            "prevPrice24h": str(last),
            "price24hPcnt": "0",
            "highPrice24h": str(last),
            "lowPrice24h": str(last),
            "turnover24h": str(TURNOVER),
            "volume24h": str(VOLUME),
        }

    def instruments(self, request: Request, _: re.Match[str]) -> Reply:
        category = request.query.get("category", "spot")
        listed = [self._listing(symbol) for symbol in self.market.symbols] if category == "spot" else []
        return self.result({"category": category, "list": listed, "nextPageCursor": ""})

    def _listing(self, symbol: str) -> dict[str, Any]:
        rules = self.market.symbols[symbol]
        base, _, quote = symbol.partition("-")
        return {
            "symbol": spelled(symbol),
            "baseCoin": base,
            "quoteCoin": quote,
            "innovation": "0",
            "status": "Trading" if rules.trading else "PreLaunch",
            "marginTrading": "none",
            "lotSizeFilter": {
                "basePrecision": rules.lot,
                "quotePrecision": "0.00000001",
                "minOrderQty": rules.minimum_quantity,
                "maxOrderQty": "71.7",
                "minOrderAmt": rules.minimum_notional,
                "maxOrderAmt": "2000000",
            },
            "priceFilter": {"tickSize": rules.tick},
            "riskParameters": {"priceLimitRatioX": "0.01", "priceLimitRatioY": "0.02"},
        }

    def orderbook(self, request: Request, _: re.Match[str]) -> Reply:
        symbol = self._symbol(request)
        if symbol is None:
            return self.result(None, 10001, "Not supported symbols")
        most = request.number("limit", 1)
        sides = {
            name: [[str(p), str(q)] for p, q in self.market.side(symbol, sign, most)]
            for name, sign in (("b", -1), ("a", 1))
        }
        now = self.market.clock()
        return self.result({"s": spelled(symbol), **sides, "ts": now, "u": 1, "seq": 2, "cts": now})

    def time(self, *_: Any) -> Reply:
        now = self.market.clock()
        return self.result({"timeSecond": str(now // 1000), "timeNano": str(now * 1_000_000)})

    def _symbol(self, request: Request) -> str | None:
        return {spelled(symbol): symbol for symbol in self.market.symbols}.get(request.query.get("symbol", ""))


def spelled(symbol: str) -> str:
    return symbol.replace("-", "")
