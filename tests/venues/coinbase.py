"""Coinbase Advanced Trade's public interface: https://docs.cdp.coinbase.com/api-reference/advanced-trade-api."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from tests.venues.market import TURNOVER, VOLUME
from tests.venues.server import Handler, Reply, Request, Venue, ok
from tradewind.domain.timeframe import Timeframe

ROWS = 350
_FRAMES = {
    "ONE_MINUTE": Timeframe.M1,
    "FIVE_MINUTE": Timeframe.M5,
    "FIFTEEN_MINUTE": Timeframe.M15,
    "ONE_HOUR": Timeframe.H1,
    "ONE_DAY": Timeframe.D1,
}
_MARKET = "GET /api/v3/brokerage/market"


class Coinbase(Venue):
    name: ClassVar[str] = "coinbase"

    def routes(self) -> Mapping[str, Handler]:
        return {
            rf"{_MARKET}/products/(?P<id>[^/]+)/candles": self.candles,
            rf"{_MARKET}/products/(?P<id>[^/]+)/ticker": self.ticker,
            rf"{_MARKET}/products/(?P<id>[^/]+)": self.product,
            f"{_MARKET}/products": self.products,
            f"{_MARKET}/product_book": self.book,
            "GET /api/v3/brokerage/time": self.time,
            "GET /v2/time": lambda *_: ok({"data": {"iso": self._now(), "epoch": self.market.clock() // 1000}}),
            "GET /v2/currencies": lambda *_: ok({"data": []}),
            "GET /v2/currencies/crypto": lambda *_: ok({"data": []}),
            "GET /v2/exchange-rates": lambda *_: ok({"data": {"currency": "USD", "rates": {}}}),
        }

    def candles(self, request: Request, found: re.Match[str]) -> Reply:
        if found["id"] not in self.market.symbols:
            return missing()
        frame = _FRAMES.get(request.query.get("granularity", ""))
        first, last = request.number("start", 0) * 1000, request.number("end", 0) * 1000
        if frame is None:
            return ok({"error": "INVALID_ARGUMENT", "message": "granularity is required"}, 400)
        if (last - first) // frame.ms >= ROWS:
            said = "number of candles requested should be less than 350"
            return ok({"error": "INVALID_ARGUMENT", "error_details": said, "message": said}, 400)
        rows = self.market.rows(found["id"], frame, first, last)
        names = ("open", "high", "low", "close", "volume")
        table = [{"start": str(row.ts // 1000), **dict(zip(names, row[1:], strict=True))} for row in reversed(rows)]
        return ok({"candles": table})

    def ticker(self, _: Request, found: re.Match[str]) -> Reply:
        symbol = found["id"]
        if symbol not in self.market.symbols:
            return missing()
        (bid, ask), last = self.market.best(symbol), self.market.last(symbol)
        trade = {
            "trade_id": "1",
            "product_id": symbol,
            "price": str(last),
            "size": "4",
            "time": self._now(),
            "side": "BUY",
        }
        return ok({"trades": [{**trade, "bid": "", "ask": ""}], "best_bid": str(bid), "best_ask": str(ask)})

    def product(self, _: Request, found: re.Match[str]) -> Reply:
        return ok(self._product(found["id"])) if found["id"] in self.market.symbols else missing()

    def products(self, request: Request, _: re.Match[str]) -> Reply:
        asked = request.values.get("product_ids") or list(self.market.symbols)
        if request.query.get("product_type", "SPOT") != "SPOT":
            asked = []
        listed = [self._product(symbol) for symbol in asked if symbol in self.market.symbols]
        return ok({"products": listed, "num_products": len(listed)})

    def _product(self, symbol: str) -> dict[str, Any]:
        rules = self.market.symbols[symbol]
        base, _, quote = symbol.partition("-")
        flags = ("watched", "is_disabled", "new", "cancel_only", "limit_only", "post_only", "auction_mode", "view_only")
        return {
            "product_id": symbol,
            "price": str(self.market.last(symbol)),
            "price_percentage_change_24h": "0",
            "volume_24h": str(VOLUME),
            "volume_percentage_change_24h": "0",
            "base_increment": rules.lot,
            "quote_increment": rules.tick,
            "quote_min_size": rules.minimum_notional,
            "quote_max_size": "150000000",
            "base_min_size": rules.minimum_quantity,
            "base_max_size": "3400",
            "base_name": base,
            "quote_name": quote,
            "status": "online",
            "trading_disabled": not rules.trading,
            "product_type": "SPOT",
            "quote_currency_id": quote,
            "base_currency_id": base,
            "fcm_trading_session_details": None,
            "mid_market_price": "",
            "alias": "",
            "alias_to": [],
            "base_display_symbol": base,
            "quote_display_symbol": quote,
            "price_increment": rules.tick,
            "display_name": symbol,
            "product_venue": "CBE",
            "approximate_quote_24h_volume": str(TURNOVER),
            "best_bid_price": "",
            "best_ask_price": "",
            **dict.fromkeys(flags, False),
        }

    def book(self, request: Request, _: re.Match[str]) -> Reply:
        symbol = request.query.get("product_id", "")
        if symbol not in self.market.symbols:
            return missing()
        most = request.number("limit", 50)
        sides = {
            name: [{"price": str(p), "size": str(q)} for p, q in self.market.side(symbol, sign, most)]
            for name, sign in (("bids", -1), ("asks", 1))
        }
        return ok({"pricebook": {"product_id": symbol, **sides, "time": self._now()}})

    def time(self, *_: Any) -> Reply:
        now = self.market.clock()
        return ok({"iso": self._now(), "epochSeconds": str(now // 1000), "epochMillis": str(now)})

    def _now(self) -> str:
        return datetime.fromtimestamp(self.market.clock() / 1000, UTC).isoformat().replace("+00:00", "Z")


def missing() -> Reply:
    return ok({"error": "NOT_FOUND", "error_details": "valid product_id is required", "message": "not found"}, 404)
