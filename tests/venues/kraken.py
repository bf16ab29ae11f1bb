"""Kraken's spot interface: https://docs.kraken.com/api-reference/market-data."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from tests.venues.market import TURNOVER, VOLUME, Row
from tests.venues.server import Handler, Reply, Request, Venue, ok
from tradewind.domain.timeframe import MINUTE, Timeframe

ROWS = 720
_SPELLING = {"BTC": "XBT", "DOGE": "XDG"}
_OLD = frozenset({"XBT", "ETH", "LTC", "XRP", "XDG"})
"""Coins whose pairs with old currencies have a longer name of their own."""
_FIAT = frozenset({"USD", "EUR"})


class Kraken(Venue):
    name: ClassVar[str] = "kraken"

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /0/public/OHLC": self.ohlc,
            "GET /0/public/Ticker": self.ticker,
            "GET /0/public/AssetPairs": self.pairs,
            "GET /0/public/Assets": self.assets,
            "GET /0/public/Depth": self.depth,
            "GET /0/public/Time": self.time,
            "GET /0/public/SystemStatus": lambda *_: result({"status": "online", "timestamp": "2026-01-01T00:00:00Z"}),
        }

    def too_many(self, seconds: float) -> Reply:
        return error("EAPI:Rate limit exceeded")

    def down(self) -> Reply:
        return error("EService:Unavailable")

    def ohlc(self, request: Request, _: re.Match[str]) -> Reply:
        symbol = self._symbol(request.query.get("pair", ""))
        frame = {frame.ms // MINUTE: frame for frame in Timeframe}.get(request.number("interval", 1))
        if symbol is None:
            return error("EQuery:Unknown asset pair")
        if frame is None:
            return error("EGeneral:Invalid arguments:interval")
        now = self.market.clock()
        rows = self._with_running(self.market.rows(symbol, frame, now - ROWS * frame.ms, now), frame, now)[-ROWS:]
        later = [row for row in rows if row.ts // 1000 > request.number("since", 0)]
        table = [[row.ts // 1000, *row[1:5], row.close, row.volume, 7] for row in later]
        committed = [row.ts // 1000 for row in rows if row.ts + frame.ms <= now]
        return result({primary(symbol): table, "last": committed[-1] if committed else 0})

    def _with_running(self, rows: list[Row], frame: Timeframe, now: int) -> list[Row]:
        """Return rows that end with the running interval: it is always there, traded or not."""
        start = now // frame.ms * frame.ms
        if not rows or rows[-1].ts == start:
            return rows
        last = rows[-1].close
        return [*rows, Row(start, last, last, last, last, "0.00000000")]

    def ticker(self, request: Request, _: re.Match[str]) -> Reply:
        asked = request.query.get("pair")
        symbols = [self._symbol(one) for one in asked.split(",")] if asked else list(self.market.symbols)
        if None in symbols:
            return error("EQuery:Unknown asset pair")
        return result({primary(symbol): self._ticker(symbol) for symbol in symbols if symbol})

    def _ticker(self, symbol: str) -> dict[str, Any]:
        (bid, ask), last = self.market.best(symbol), self.market.last(symbol)
        average = str(TURNOVER / VOLUME)
        return {
            "a": [str(ask), "1", "1.000"],
            "b": [str(bid), "1", "1.000"],
            "c": [str(last), "0.00067643"],
            "v": ["10", str(VOLUME)],
            "p": [average, average],
            "t": [34_619, 38_907],
            "l": [str(last), str(last)],
            "h": [str(last), str(last)],
            "o": str(last),
        }

    def pairs(self, *_: Any) -> Reply:
        return result({primary(symbol): self._pair(symbol) for symbol in self.market.symbols})

    def _pair(self, symbol: str) -> dict[str, Any]:
        rules = self.market.symbols[symbol]
        base, quote = spelled(symbol)
        return {
            "altname": base + quote,
            "wsname": f"{base}/{quote}",
            "aclass_base": "currency",
            "base": long_name(base),
            "aclass_quote": "currency",
            "quote": long_name(quote),
            "lot": "unit",
            "cost_decimals": 5,
            "pair_decimals": len(rules.tick.partition(".")[2]),
            "lot_decimals": len(rules.lot.partition(".")[2]),
            "lot_multiplier": 1,
            "leverage_buy": [],
            "leverage_sell": [],
            "fees": [[0, 0.4], [10_000, 0.35]],
            "fees_maker": [[0, 0.25], [10_000, 0.2]],
            "fee_volume_currency": "ZUSD",
            "margin_call": 80,
            "margin_stop": 40,
            "ordermin": rules.minimum_quantity,
            "costmin": rules.minimum_notional,
            "tick_size": rules.tick,
            "status": "online" if rules.trading else "maintenance",
        }

    def assets(self, *_: Any) -> Reply:
        names = {part for symbol in self.market.symbols for part in spelled(symbol)}
        asset = {"aclass": "currency", "decimals": 10, "display_decimals": 5, "status": "enabled"}
        return result({long_name(name): asset | {"altname": name} for name in sorted(names)})

    def depth(self, request: Request, _: re.Match[str]) -> Reply:
        symbol = self._symbol(request.query.get("pair", ""))
        if symbol is None:
            return error("EQuery:Unknown asset pair")
        now = self.market.clock() // 1000
        sides = {
            name: [[str(p), str(q), now] for p, q in self.market.side(symbol, sign, request.number("count", 100))]
            for name, sign in (("asks", 1), ("bids", -1))
        }
        return result({primary(symbol): sides})

    def time(self, *_: Any) -> Reply:
        return result({"unixtime": self.market.clock() // 1000, "rfc1123": "Tue, 11 Nov 25 00:17:04 +0000"})

    def _symbol(self, pair: str) -> str | None:
        names = {name: symbol for symbol in self.market.symbols for name in ("".join(spelled(symbol)), primary(symbol))}
        return names.get(pair)


def spelled(symbol: str) -> tuple[str, str]:
    base, _, quote = symbol.partition("-")
    return _SPELLING.get(base, base), _SPELLING.get(quote, quote)


def primary(symbol: str) -> str:
    base, quote = spelled(symbol)
    return long_name(base) + long_name(quote) if base in _OLD and quote in _OLD | _FIAT else base + quote


def long_name(name: str) -> str:
    return f"Z{name}" if name in _FIAT else f"X{name}" if name in _OLD else name


def result(body: Any) -> Reply:
    return ok({"error": [], "result": body})


def error(text: str) -> Reply:
    return ok({"error": [text]})
