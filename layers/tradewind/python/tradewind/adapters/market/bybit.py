"""Bybit's spot market: `/v5/market/…` with `category=spot`.

Source: https://bybit-exchange.github.io/docs/v5/market/kline. Rows come newest first, up to a thousand. Limits are by
IP address (600 requests in five seconds, https://bybit-exchange.github.io/docs/v5/rate-limit); beyond them it answers
403 for ten minutes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from tradewind.adapters.market.line import Ask
from tradewind.adapters.market.provider import Found, HttpProvider, Span, levels, pairs, row_by_position, windows
from tradewind.adapters.market.provider import glued as pair
from tradewind.adapters.market.reply import RATE_LIMITED, Reply
from tradewind.adapters.market.shape import Node, decimal_or_none
from tradewind.adapters.market.sweep import Unit
from tradewind.application.ports_market import Failure, ProviderFacts
from tradewind.domain.instrument import InstrumentId, instrument_id
from tradewind.domain.market import Listing, ListingStatus, OrderBook, Quote
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import RawBar

FACTS = pairs(
    "bybit",
    "Bybit",
    requests=600,
    seconds=5,
    rows=1_000,
    spelling="BTC-USDT is BTCUSDT",
    terms="public, no key, not from the United States; for one's own use, not to be resold",
    documentation="https://bybit-exchange.github.io/docs/v5/intro",
)

_INTERVALS = {
    Timeframe.M1: "1",
    Timeframe.M5: "5",
    Timeframe.M15: "15",
    Timeframe.H1: "60",
    Timeframe.H4: "240",
    Timeframe.D1: "D",
}
_COLUMNS = 7
_SPOT: dict[str, str | int] = {"category": "spot"}
_OPENED = int(datetime(2018, 11, 1, tzinfo=UTC).timestamp()) * 1000
"""Before the venue's first bar: where a request for everything begins."""
_INVALID = 10001
_BUSY = frozenset({10006, 10018})
_STATUS = {"Trading": ListingStatus.TRADING, "Closed": ListingStatus.DELISTED, "Delivering": ListingStatus.RESTRICTED}


@dataclass(frozen=True, slots=True)
class BybitProvider(HttpProvider):
    """Bybit."""

    base_url: str = "https://api.bybit.com"

    facts: ClassVar[ProviderFacts] = FACTS
    quote_batch: ClassVar[int] = 10_000  # it gives one or all

    def fetch(self, ask: Ask, unit: Unit, span: Span) -> Found:
        """Ask window by window, none of more rows than an answer has: so it does not matter from which end it cuts."""
        rows: list[RawBar] = []
        query = _SPOT | {"symbol": pair(unit[0]), "interval": _INTERVALS[span.timeframe], "limit": FACTS.rows}
        for start, end in windows(max(_OPENED, span.first_open), span.last_open, span.timeframe.ms * FACTS.rows):
            asked = query | {"start": start, "end": end}
            rows += ask("/v5/market/kline", asked, lambda reply: read_bars(_result(reply)))
        return {unit[0]: rows}

    def quote(self, ask: Ask, unit: Unit) -> Mapping[InstrumentId, Quote | Failure]:
        """Ask for one pair or for all."""
        names = {pair(name): name for name in unit}
        query = _SPOT | ({"symbol": next(iter(names))} if len(unit) == 1 else {})
        return ask("/v5/market/tickers", query, lambda reply: read_quotes(_result(reply), names, _time(reply)))

    def instruments(self, venue: str) -> Sequence[Listing]:
        """Return every spot pair, page by page."""
        ask = self.conversation("its pairs")
        found: list[Listing] = []
        cursor = ""
        while True:
            query = _SPOT | {"limit": FACTS.rows} | ({"cursor": cursor} if cursor else {})
            page, following = ask(
                "/v5/market/instruments-info", query, lambda r: (read_listings(_result(r), venue), _cursor(r))
            )
            found += page
            if following in {"", cursor}:
                return found
            cursor = following

    def book(self, instrument: InstrumentId, depth: int) -> OrderBook:
        """Return the order book, up to 200 levels a side."""
        query = _SPOT | {"symbol": pair(instrument), "limit": min(depth, 200)}
        return self.ask_once("/v5/market/orderbook", query, instrument, lambda r: read_book(_result(r), instrument))

    def server_time(self) -> int:
        """Return its time."""
        return self.ask_once("/v5/market/time", {}, "the time", _time)


def read_bars(result: Node) -> list[RawBar]:
    """Read rows, which come newest first, and return them oldest first."""
    return [_raw(row) for row in reversed(result["list"].elements)]


def read_quotes(result: Node, names: Mapping[str, InstrumentId], ts: int) -> dict[InstrumentId, Quote]:
    """Read tickers; those that nobody asked for are passed over."""
    read = ((names.get(node["symbol"].text()), node) for node in result["list"])
    return {name: _quote(name, node, ts) for name, node in read if name}


def read_listings(result: Node, venue: str) -> list[Listing]:
    """Read every pair."""
    return [_listing(node, venue) for node in result["list"]]


def read_book(result: Node, instrument: InstrumentId) -> OrderBook:
    """Read the order book."""
    return OrderBook(instrument, result["ts"].whole(), levels(result["b"]), levels(result["a"]))


def _raw(row: Any) -> RawBar:
    """Read `[start, open, high, low, close, volume, turnover]`."""
    return row_by_position(row, _COLUMNS, (0, 1, 2, 3, 4, 5))


def _quote(instrument: InstrumentId, node: Node, ts: int) -> Quote:
    return Quote(
        instrument,
        ts,
        bid=decimal_or_none(node.get("bid1Price")),
        ask=decimal_or_none(node.get("ask1Price")),
        last=decimal_or_none(node["lastPrice"]),
        volume=node["volume24h"].decimal(),
        turnover=node["turnover24h"].decimal(),
    )


def _listing(node: Node, venue: str) -> Listing:
    base, quote, size = node["baseCoin"].text(), node["quoteCoin"].text(), node["lotSizeFilter"]
    value = size.get("minOrderAmt")
    return Listing(
        instrument_id(f"{base}-{quote}", venue),
        node["symbol"].text(),
        base,
        quote,
        tick=node["priceFilter"]["tickSize"].positive(),
        lot=size["basePrecision"].positive(),
        minimum_notional=value.decimal() if value else Decimal(0),
        minimum_quantity=size["minOrderQty"].decimal(),
        status=_STATUS.get(node["status"].text(), ListingStatus.HALTED),
    )


def _cursor(reply: Reply) -> str:
    following = _result(reply).get("nextPageCursor")
    return following.text() if following and following.value else ""


def _time(reply: Reply) -> int:
    _result(reply)
    return reply.json()["time"].whole()


def _result(reply: Reply) -> Node:
    """Return what was asked for.

    Raises
    ------
    UnavailableError, RefusedError
        As `retCode` asks for.
    """
    answer = reply.json()
    code = answer["retCode"].whole()
    if not code:
        return answer["result"]
    said = f"{code} {answer.members.get('retMsg')}"
    if code == _INVALID:
        raise reply.refused("UNKNOWN_PAIR" if "symbol" in said.lower() else "INVALID_ARGUMENTS", said)
    raise reply.unavailable(RATE_LIMITED if code in _BUSY else "SERVICE_ERROR", said)
