"""Coinbase Advanced Trade's public market: `/api/v3/brokerage/market/…`.

Source: https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/public. Without a key ten requests a
second by IP address. An answer has up to 350 bars, newest first; a minute without a trade has none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from tradewind.adapters.market.line import Ask
from tradewind.adapters.market.provider import Found, HttpProvider, Span, levels, moment, parted, row_by_name, windows
from tradewind.adapters.market.shape import Node, decimal_or_none
from tradewind.adapters.market.sweep import Unit
from tradewind.application.ports_market import Failure, Offer, ProviderFacts
from tradewind.domain.instrument import InstrumentId, instrument_id
from tradewind.domain.market import Listing, ListingStatus, OrderBook, Quote
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import RawBar

_GRANULARITIES = {
    Timeframe.M1: "ONE_MINUTE",
    Timeframe.M5: "FIVE_MINUTE",
    Timeframe.M15: "FIFTEEN_MINUTE",
    Timeframe.H1: "ONE_HOUR",
    Timeframe.D1: "ONE_DAY",
}

FACTS = ProviderFacts(
    name="coinbase",
    title="Coinbase",
    offers=frozenset(Offer),
    timeframes=tuple(_GRANULARITIES),
    requests=10,
    seconds=1,
    scope="address",
    rows=350,
    history="everything since a pair was listed",
    opens=True,
    bulk_quotes=True,
    spelling="BTC-USD",
    terms="public, no key; for one's own use, not to be shown to others or resold without a licence",
    documentation="https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/public",
)

_MARKET = "/api/v3/brokerage/market"
_NAMES = ("start", "open", "high", "low", "close", "volume")
_OPENED = int(datetime(2015, 1, 1, tzinfo=UTC).timestamp()) * 1000
"""Before the venue's first bar: where a request for everything begins."""
_RESTRICTED = ("cancel_only", "limit_only", "post_only", "auction_mode")
_HALTED = ("trading_disabled", "is_disabled", "view_only")
_UNKNOWN = "UNKNOWN_PAIR"


@dataclass(frozen=True, slots=True)
class CoinbaseProvider(HttpProvider):
    """Coinbase."""

    base_url: str = "https://api.coinbase.com"
    concurrency: int = 8

    facts: ClassVar[ProviderFacts] = FACTS
    quote_batch: ClassVar[int] = 100
    refusals: ClassVar[Mapping[str, str]] = {"NOT_FOUND": _UNKNOWN, "ProductID": _UNKNOWN, "product_id": _UNKNOWN}

    def fetch(self, ask: Ask, unit: Unit, span: Span) -> Found:
        """Ask window by window: a window without trades is an empty answer, not the end."""
        rows: list[RawBar] = []
        ms = span.timeframe.ms
        first = -(-max(_OPENED, span.first_open) // ms) * ms
        for start, end in windows(first, span.last_open, ms * FACTS.rows):
            query: dict[str, str | int] = {
                "start": start // 1000,
                "end": end // ms * ms // 1000,
                "granularity": _GRANULARITIES[span.timeframe],
                "limit": FACTS.rows,
            }
            rows += ask(f"{_MARKET}/products/{pair(unit[0])}/candles", query, lambda reply: read_bars(reply.json()))
        return {unit[0]: rows}

    def quote(self, ask: Ask, unit: Unit) -> Mapping[InstrumentId, Quote | Failure]:
        """Ask for one pair's best prices and latest trade, or for many pairs' latest price and volume.

        The public interface gives best prices for one pair at a time only.
        """
        names = {pair(name): name for name in unit}
        if len(unit) == 1:
            path = f"{_MARKET}/products/{pair(unit[0])}/ticker"
            return ask(path, {"limit": 1}, lambda reply: {unit[0]: read_ticker(reply.json(), unit[0], reply.date)})
        query = {"product_ids": list(names)}
        return ask(f"{_MARKET}/products", query, lambda reply: read_quotes(reply.json(), names, reply.date))

    def instruments(self, venue: str) -> Sequence[Listing]:
        """Return every spot pair."""
        query = {"product_type": "SPOT"}
        return self.ask_once(f"{_MARKET}/products", query, "its pairs", lambda r: read_listings(r.json(), venue))

    def book(self, instrument: InstrumentId, depth: int) -> OrderBook:
        """Return the order book."""
        query: dict[str, str | int] = {"product_id": pair(instrument), "limit": depth}
        return self.ask_once(f"{_MARKET}/product_book", query, instrument, lambda r: read_book(r.json(), instrument))

    def server_time(self) -> int:
        """Return its time."""
        path = "/api/v3/brokerage/time"
        return self.ask_once(path, {}, "the time", lambda reply: reply.json()["epochMillis"].whole())


def pair(instrument: InstrumentId) -> str:
    """Spell an instrument as Coinbase does: `BTC-USD.COINBASE` is `BTC-USD`.

    Raises
    ------
    RefusedError
        If it is no pair.
    """
    return "-".join(parted(instrument))


def read_bars(answer: Node) -> list[RawBar]:
    """Read rows, which come newest first, and return them oldest first."""
    return [_raw(row) for row in reversed(answer["candles"].elements)]


def read_ticker(answer: Node, instrument: InstrumentId, date: int) -> Quote:
    """Read one pair's best prices and its latest trade."""
    trades = list(answer["trades"])
    return Quote(
        instrument,
        moment(trades[0]["time"]) if trades else date,
        bid=decimal_or_none(answer.get("best_bid")),
        ask=decimal_or_none(answer.get("best_ask")),
        last=trades[0]["price"].positive() if trades else None,
    )


def read_quotes(answer: Node, names: Mapping[str, InstrumentId], date: int) -> dict[InstrumentId, Quote]:
    """Read latest prices and volumes from the list of products."""
    read = ((names.get(node["product_id"].text()), node) for node in answer["products"])
    return {name: _quote(name, node, date) for name, node in read if name}


def read_listings(answer: Node, venue: str) -> list[Listing]:
    """Read every pair; futures, which come only if they are asked for, are none."""
    return [_listing(node, venue) for node in answer["products"] if node["product_type"].text() != "FUTURE"]


def read_book(answer: Node, instrument: InstrumentId) -> OrderBook:
    """Read the order book."""
    book = answer["pricebook"]
    bids, asks = (levels(book[side], "price", "size") for side in ("bids", "asks"))
    return OrderBook(instrument, moment(book["time"]), bids, asks)


def _raw(row: Any) -> RawBar:
    return row_by_name(row, _NAMES, scale=1000)


def _quote(instrument: InstrumentId, node: Node, date: int) -> Quote:
    return Quote(
        instrument,
        date,
        bid=decimal_or_none(node.get("best_bid_price")),
        ask=decimal_or_none(node.get("best_ask_price")),
        last=decimal_or_none(node["price"]),
        volume=decimal_or_none(node["volume_24h"]),
        turnover=decimal_or_none(node.get("approximate_quote_24h_volume")),
    )


def _listing(node: Node, venue: str) -> Listing:
    base, quote = node["base_currency_id"].text(), node["quote_currency_id"].text()
    return Listing(
        instrument_id(f"{base}-{quote}", venue),
        node["product_id"].text(),
        base,
        quote,
        tick=node["price_increment"].positive() if node.get("price_increment") else node["quote_increment"].positive(),
        lot=node["base_increment"].positive(),
        minimum_notional=node["quote_min_size"].decimal(),
        minimum_quantity=node["base_min_size"].decimal(),
        status=_status(node),
    )


def _status(node: Node) -> ListingStatus:
    if node["status"].value == "delisted":
        return ListingStatus.DELISTED
    if node["status"].value != "online" or any(node[flag].truth() for flag in _HALTED if node.get(flag)):
        return ListingStatus.HALTED
    return ListingStatus.RESTRICTED if any(node[flag].truth() for flag in _RESTRICTED) else ListingStatus.TRADING
