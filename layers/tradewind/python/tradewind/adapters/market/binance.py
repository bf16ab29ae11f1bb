"""Binance's spot market: `/api/v3/…`, from the host for public data.

Source: https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints. That host carries no
accounts and answers from every country. Limits are in weights by IP address (6,000 a minute; bars weigh 2); beyond
them it answers 429, to whoever goes on 418, and 403 from its firewall, each of which names how long to wait.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from tradewind.adapters.market.line import Ask
from tradewind.adapters.market.provider import UNREADABLE, Found, HttpProvider, Span, levels, millis, pairs
from tradewind.adapters.market.provider import glued as pair
from tradewind.adapters.market.shape import Node, decimal_or_none
from tradewind.adapters.market.sweep import Unit
from tradewind.application.ports_market import Failure, ProviderFacts
from tradewind.domain.instrument import InstrumentId, instrument_id
from tradewind.domain.market import Listing, ListingStatus, OrderBook, Quote
from tradewind.domain.validation import RawBar, whole

FACTS = pairs(
    "binance",
    "Binance",
    requests=3_000,
    seconds=60,
    rows=1_000,
    spelling="BTC-USDT is BTCUSDT",
    terms="public, no key; for one's own use, not to be resold",
    documentation="https://developers.binance.com/docs/binance-spot-api-docs",
)

_COLUMNS = 11
_TRADING = {"TRADING": ListingStatus.TRADING, "AUCTION_MATCH": ListingStatus.RESTRICTED}


@dataclass(frozen=True, slots=True)
class BinanceProvider(HttpProvider):
    """Binance."""

    base_url: str = "https://data-api.binance.vision"

    facts: ClassVar[ProviderFacts] = FACTS
    quote_batch: ClassVar[int] = 100
    refusals: ClassVar[Mapping[str, str]] = {"-1121": "UNKNOWN_PAIR", "-1100": "UNKNOWN_PAIR"}

    def fetch(self, ask: Ask, unit: Unit, span: Span) -> Found:
        """Ask forward, a thousand rows at a time."""
        rows: list[RawBar] = []
        start, more = span.first_open, True
        while more and start <= span.last_open:
            page = ask("/api/v3/klines", self._query(unit[0], span, start), lambda reply: read_bars(reply.json()))
            rows += page
            last = max((row.ts_open for row in page if isinstance(row.ts_open, int)), default=0)
            more, start = len(page) == FACTS.rows and last >= start, last + 1
        return {unit[0]: rows}

    def quote(self, ask: Ask, unit: Unit) -> Mapping[InstrumentId, Quote | Failure]:
        """Ask for all pairs of a unit at once."""
        names = {pair(name): name for name in unit}
        query = {"symbols": json.dumps(list(names), separators=(",", ":"))}
        return ask("/api/v3/ticker/24hr", query, lambda reply: read_quotes(reply.json(), names))

    def instruments(self, venue: str) -> Sequence[Listing]:
        """Return every spot pair."""
        query = {"permissions": "SPOT"}
        return self.ask_once("/api/v3/exchangeInfo", query, "its pairs", lambda r: read_listings(r.json(), venue))

    def book(self, instrument: InstrumentId, depth: int) -> OrderBook:
        """Return the order book, up to 5,000 levels a side."""
        query: dict[str, str | int] = {"symbol": pair(instrument), "limit": min(depth, 5_000)}
        return self.ask_once("/api/v3/depth", query, instrument, lambda r: read_book(r.json(), instrument, r.date))

    def server_time(self) -> int:
        """Return its time."""
        return self.ask_once("/api/v3/time", {}, "the time", lambda reply: reply.json()["serverTime"].whole())

    def _query(self, name: InstrumentId, span: Span, start: int) -> dict[str, str | int]:
        return {
            "symbol": pair(name),
            "interval": str(span.timeframe),
            "startTime": start,
            "endTime": span.last_open,
            "limit": FACTS.rows,
        }


def read_bars(answer: Node) -> list[RawBar]:
    """Read rows, oldest first."""
    return list(map(_raw, answer.elements))


def read_quotes(answer: Node, names: Mapping[str, InstrumentId]) -> dict[InstrumentId, Quote]:
    """Read tickers of 24 hours; one that was asked for alone comes without an array."""
    tickers = [answer] if isinstance(answer.value, dict) else list(answer)
    read = ((names.get(node["symbol"].text()), node) for node in tickers)
    return {name: _quote(name, node) for name, node in read if name}


def read_listings(answer: Node, venue: str) -> list[Listing]:
    """Read every pair."""
    return [_listing(node, venue) for node in answer["symbols"]]


def read_book(answer: Node, instrument: InstrumentId, date: int) -> OrderBook:
    """Read the order book, which says no time of its own."""
    return OrderBook(instrument, date, levels(answer["bids"]), levels(answer["asks"]))


def _raw(row: Any) -> RawBar:
    """Read `[open time, open, high, low, close, volume, close time, …]`; the close time is the interval's last ms."""
    if not isinstance(row, list) or len(row) < _COLUMNS:
        return UNREADABLE
    end = whole(row[6])
    return RawBar(millis(row[0], 1), row[1], row[2], row[3], row[4], row[5], row[6] if end is None else end + 1)


def _quote(instrument: InstrumentId, node: Node) -> Quote:
    return Quote(
        instrument,
        node["closeTime"].whole(),
        bid=decimal_or_none(node.get("bidPrice")),
        ask=decimal_or_none(node.get("askPrice")),
        last=decimal_or_none(node["lastPrice"]),
        volume=node["volume"].decimal(),
        turnover=node["quoteVolume"].decimal(),
    )


def _listing(node: Node, venue: str) -> Listing:
    filters = {one["filterType"].text(): one for one in node["filters"]}
    base, quote = node["baseAsset"].text(), node["quoteAsset"].text()
    value = filters.get("NOTIONAL") or filters.get("MIN_NOTIONAL")
    size = filters.get("LOT_SIZE")
    price = filters.get("PRICE_FILTER")
    return Listing(
        instrument_id(f"{base}-{quote}", venue),
        node["symbol"].text(),
        base,
        quote,
        tick=decimal_or_none(price["tickSize"]) if price else None,
        lot=decimal_or_none(size["stepSize"]) if size else None,
        minimum_notional=value["minNotional"].decimal() if value else Decimal(0),
        minimum_quantity=size["minQty"].decimal() if size else Decimal(0),
        status=_TRADING.get(node["status"].text(), ListingStatus.HALTED),
    )
