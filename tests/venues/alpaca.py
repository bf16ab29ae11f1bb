"""Alpaca's market data and the public part of its trading interface: https://docs.alpaca.markets/reference."""

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from tests.venues.market import TURNOVER, VOLUME, Market, Row
from tests.venues.server import Handler, Limit, Reply, Request, Venue, ok
from tests.venues.text import Number, numbers
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe

_FRAMES = {
    "1Min": Timeframe.M1,
    "5Min": Timeframe.M5,
    "15Min": Timeframe.M15,
    "1Hour": Timeframe.H1,
    "1Day": Timeframe.D1,
}
NEW_YORK = 5 * 60 * MINUTE
"""How far into the day in UTC a session's daily bar begins, in winter."""


class Alpaca(Venue):
    """Alpaca; symbols of the market without a dash are stocks.

    Attributes
    ----------
    page : int
        Most bars of one page, whatever was asked for.
    """

    name: ClassVar[str] = "alpaca"

    def __init__(self, market: Market, limit: Limit | None = None, page: int = 10_000) -> None:
        super().__init__(market, limit)
        self.page = page

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /v2/stocks/bars": self.bars,
            "GET /v1beta3/crypto/us/bars": self.bars,
            "GET /v2/stocks/snapshots": self.snapshots,
            "GET /v1beta3/crypto/us/snapshots": self.snapshots,
            "GET /v1beta3/crypto/us/latest/orderbooks": self.books,
            "GET /v2/assets": self.assets,
            "GET /v2/clock": self.time,
        }

    def too_many(self, seconds: float) -> Reply:
        reset = str(self.market.clock() // 1000 + int(seconds) + 1)
        return ok({"message": "too many requests."}, 429, **{"X-RateLimit-Reset": reset})

    def answer(self, request: Request) -> Reply | None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        known = headers.get("apca-api-key-id") and headers.get("apca-api-secret-key")
        if request.path.startswith("/v2/") and not known:  # crypto is there for everybody
            return ok({"message": "forbidden."}, 401)
        return super().answer(request)

    def bars(self, request: Request, _: re.Match[str]) -> Reply:
        names = request.query["symbols"].split(",")
        unknown = [name for name in names if name.replace("/", "-") not in self.market.symbols]
        if unknown:
            return ok({"message": f"code=400, message=invalid symbol: {unknown[0]}"}, 400)
        frame = {name.lower(): frame for name, frame in _FRAMES.items()}[request.query["timeframe"].lower()]
        first = millis(request.query["start"])
        last = millis(request.query["end"]) if "end" in request.query else self.market.clock()
        later = NEW_YORK if frame.ms == DAY and "/" not in names[0] else 0
        found = [
            (name, row._replace(ts=row.ts + later))
            for name in sorted(names)
            for row in self.market.rows(name.replace("/", "-"), frame, first - later, last - later)
        ]
        start = int(base64.b64decode(request.query.get("page_token") or "MA=="))
        most = min(request.number("limit", 1_000), self.page)
        page: dict[str, list[Any]] = {}
        for name, row in found[start : start + most]:
            page.setdefault(name, []).append(_bar(row))
        more = start + most < len(found)
        token = base64.b64encode(str(start + most).encode()).decode() if more else None
        return numbers({"bars": page, "next_page_token": token})

    def snapshots(self, request: Request, _: re.Match[str]) -> Reply:
        asked = [name for name in request.query["symbols"].split(",") if name.replace("/", "-") in self.market.symbols]
        shown = {name: self._snapshot(name.replace("/", "-")) for name in asked}
        return numbers({"snapshots": shown} if "crypto" in request.path else shown)

    def _snapshot(self, symbol: str) -> dict[str, Any]:
        (bid, ask), last, now = self.market.best(symbol), self.market.last(symbol), iso(self.market.clock())
        day = {"t": now, **dict.fromkeys("ohlc", Number(str(last))), "v": Number(str(VOLUME)), "n": 9}
        return {
            "latestTrade": {"t": now, "p": Number(str(last)), "s": 1, "i": 1},
            "latestQuote": {"t": now, "bp": Number(str(bid)), "bs": 1, "ap": Number(str(ask)), "as": 2},
            "dailyBar": {**day, "vw": Number(str(TURNOVER / VOLUME))},
        }

    def books(self, request: Request, _: re.Match[str]) -> Reply:
        now = iso(self.market.clock())
        shown = {
            name: {
                "t": now,
                **{
                    side: [
                        {"p": Number(str(p)), "s": Number(str(q))}
                        for p, q in self.market.side(name.replace("/", "-"), sign, 50)
                    ]
                    for side, sign in (("b", -1), ("a", 1))
                },
            }
            for name in request.query["symbols"].split(",")
        }
        return numbers({"orderbooks": shown})

    def assets(self, *_: Any) -> Reply:
        return ok([self._asset(symbol) for symbol in self.market.symbols])

    def _asset(self, symbol: str) -> dict[str, Any]:
        rules, crypto = self.market.symbols[symbol], "-" in symbol
        steps = {
            "min_order_size": rules.minimum_quantity,
            "min_trade_increment": rules.lot,
            "price_increment": rules.tick,
        }
        return {
            "id": symbol,
            "class": "crypto" if crypto else "us_equity",
            "exchange": "CRYPTO" if crypto else "NASDAQ",
            "symbol": symbol.replace("-", "/"),
            "name": symbol,
            "status": "active",
            "tradable": rules.trading,
            "marginable": True,
            "shortable": False,
            "easy_to_borrow": False,
            "fractionable": True,
            **(steps if crypto else {}),
        }

    def time(self, *_: Any) -> Reply:
        now = datetime.fromtimestamp(self.market.clock() / 1000, UTC).isoformat()
        return ok({"timestamp": now, "is_open": True, "next_open": now, "next_close": now})


def millis(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat().replace("+00:00", "Z")


def _bar(row: Row) -> dict[str, Any]:
    values = dict(zip("ohlcv", map(Number, row[1:6]), strict=True))
    return {"t": iso(row.ts), **values, "n": 7, "vw": values["c"]}
