"""CoinGecko's interface: https://docs.coingecko.com/reference."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from tests.venues.market import TURNOVER
from tests.venues.server import Handler, Reply, Request, Venue, ok
from tests.venues.text import Number, numbers
from tradewind.domain.timeframe import DAY, Timeframe


class CoinGecko(Venue):
    name: ClassVar[str] = "coingecko"

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /coins/(?P<coin>[^/]+)/ohlc": self.ohlc,
            "GET /simple/price": self.price,
            "GET /coins/list": self.coins,
            "GET /ping": lambda *_: ok({"gecko_says": "(V3) To the Moon!"}),
        }

    def too_many(self, seconds: float) -> Reply:
        body = {"status": {"error_code": 429, "error_message": "You've exceeded the Rate Limit."}}
        return ok(body, 429, **{"Retry-After": str(int(seconds) + 1)})

    def ohlc(self, request: Request, found: re.Match[str]) -> Reply:
        symbol = self._symbol(found["coin"], request.query.get("vs_currency", ""))
        if symbol is None:
            return ok({"error": "coin not found"}, 404)
        frame, now = Timeframe.H4, self.market.clock()
        rows = self.market.rows(symbol, frame, now - request.number("days", 1) * DAY, now)
        return numbers([[row.ts + frame.ms, *map(Number, row[1:5])] for row in rows])

    def price(self, request: Request, _: re.Match[str]) -> Reply:
        shown: dict[str, dict[str, Any]] = {}
        for coin in request.query["ids"].split(","):
            for currency in request.query["vs_currencies"].split(","):
                symbol = self._symbol(coin, currency)
                if symbol:
                    price = {
                        currency: Number(str(self.market.last(symbol))),
                        f"{currency}_24h_vol": Number(str(TURNOVER)),
                    }
                    shown[coin] = {**price, "last_updated_at": self.market.clock() // 1000}
        return numbers(shown)

    def coins(self, *_: Any) -> Reply:
        coins = [symbol.rpartition("-")[0].lower() for symbol in self.market.symbols]
        return ok([{"id": coin, "symbol": coin[:3], "name": coin.title()} for coin in coins])

    def _symbol(self, coin: str, currency: str) -> str | None:
        symbol = f"{coin}-{currency}".upper()
        return symbol if symbol in self.market.symbols else None
