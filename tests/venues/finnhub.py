"""Finnhub's interface: https://finnhub.io/docs/api."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from tests.venues.server import Handler, Reply, Request, Venue, ok
from tests.venues.text import Number, numbers
from tradewind.domain.timeframe import Timeframe

_FRAMES = {
    "1": Timeframe.M1,
    "5": Timeframe.M5,
    "15": Timeframe.M15,
    "60": Timeframe.H1,
    "D": Timeframe.D1,
}
_FIELDS = ("t", "o", "h", "l", "c", "v")


class Finnhub(Venue):
    name: ClassVar[str] = "finnhub"

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /stock/candle": self.candle,
            "GET /crypto/candle": self.candle,
            "GET /quote": self.quote,
            "GET /stock/symbol": self.symbols,
            "GET /stock/market-status": lambda *_: ok({"exchange": "US", "isOpen": True, "t": self._now()}),
        }

    def too_many(self, seconds: float) -> Reply:
        return ok({"error": "API limit reached. Please try again later. Remaining Limit: 0"}, 429)

    def candle(self, request: Request, _: re.Match[str]) -> Reply:
        symbol, frame = self._symbol(request), _FRAMES[request.query["resolution"]]
        first, last = request.number("from", 0) * 1000, request.number("to", 0) * 1000
        rows = self.market.rows(symbol, frame, first, last) if symbol else []
        if not rows:
            return ok({"s": "no_data"})
        columns = zip(*((row.ts // 1000, *map(Number, row[1:6])) for row in rows), strict=True)
        return numbers({**{name: list(column) for name, column in zip(_FIELDS, columns, strict=True)}, "s": "ok"})

    def quote(self, request: Request, _: re.Match[str]) -> Reply:
        symbol = self._symbol(request)
        if symbol is None:
            return ok({"c": 0, "d": None, "dp": None, "h": 0, "l": 0, "o": 0, "pc": 0, "t": 0})
        last = Number(str(self.market.last(symbol)))
        return numbers({"c": last, "d": 0, "dp": 0, "h": last, "l": last, "o": last, "pc": last, "t": self._now()})

    def symbols(self, *_: Any) -> Reply:
        stocks = [symbol for symbol in self.market.symbols if "-" not in symbol]
        return ok([{"symbol": one, "displaySymbol": one, "currency": "USD", "type": "Common Stock"} for one in stocks])

    def _now(self) -> int:
        return self.market.clock() // 1000

    def _symbol(self, request: Request) -> str | None:
        names = {f"BINANCE:{one.replace('-', '')}" if "-" in one else one: one for one in self.market.symbols}
        return names.get(request.query.get("symbol", ""))
