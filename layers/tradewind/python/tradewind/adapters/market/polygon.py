"""Polygon (Massive): US stocks and crypto, one ticker a request, pages by the next one's address.

Source: https://polygon.io/docs/rest/stocks/aggregates/custom-bars. The plan that costs nothing has five requests a
minute, two years of history and the day's bars at its end. Bars are asked for as traded, without adjustment.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from tradewind.adapters.market.line import Ask, Query
from tradewind.adapters.market.provider import (
    Found,
    HttpProvider,
    Span,
    moment,
    parted,
    row_by_name,
    session_day,
    symbol,
)
from tradewind.adapters.market.reply import Reply
from tradewind.adapters.market.shape import Node, ShapeError, decimal_or_none
from tradewind.adapters.market.sweep import Unit
from tradewind.application.ports_market import Failure, NotOfferedError, Offer, ProviderFacts
from tradewind.domain.instrument import InstrumentId, instrument_id
from tradewind.domain.market import BookLevel, Listing, ListingStatus, OrderBook, Quote
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import RawBar

_SPANS = {
    Timeframe.M1: "1/minute",
    Timeframe.M5: "5/minute",
    Timeframe.M15: "15/minute",
    Timeframe.H1: "1/hour",
    Timeframe.D1: "1/day",
}

FACTS = ProviderFacts(
    name="polygon",
    title="Polygon",
    offers=frozenset(Offer),
    timeframes=tuple(_SPANS),
    requests=5,
    seconds=60,
    scope="key",
    rows=50_000,
    history="two years on the plan that costs nothing, stocks since 2003 and crypto since 2010 on others",
    opens=True,
    bulk_quotes=True,
    spelling="stocks AAPL; crypto BTC-USD is X:BTCUSD",
    terms="free with a key, at the day's end, for one's own use; live prices and snapshots need a subscription",
    documentation="https://polygon.io/docs",
    keys=("POLYGON_API_KEY",),
)

_NAMES = ("t", "o", "h", "l", "c", "v")
_CENT, _SHARE = Decimal("0.01"), Decimal(1)
"""A stock's tick from a dollar up (SEC rule 612), and whole shares: Polygon lists neither."""
_SNAPSHOTS = {
    False: "/v2/snapshot/locale/us/markets/stocks/tickers",
    True: "/v2/snapshot/locale/global/markets/crypto/tickers",
}
_MICROSECONDS = 1_000_000
_SERVED = ("OK", "DELAYED")
_COUNTS = ("queryCount", "count")


@dataclass(frozen=True, slots=True)
class PolygonProvider(HttpProvider):
    """Polygon."""

    base_url: str = "https://api.polygon.io"
    concurrency: int = 2

    facts: ClassVar[ProviderFacts] = FACTS
    quote_batch: ClassVar[int] = 250
    refusals: ClassVar[Mapping[str, str]] = {"NOT_FOUND": "UNKNOWN_SYMBOL", "NOT_AUTHORIZED": "NOT_IN_PLAN"}

    def headers(self) -> dict[str, str]:
        """Return the credentials."""
        return {"Authorization": f"Bearer {self.keys.get(FACTS.keys[0], '')}"}

    def fetch(self, ask: Ask, unit: Unit, span: Span) -> Found:
        """Ask for a ticker's bars, page by page."""
        ticker, ours = spelled(unit[0]), span.timeframe
        daily = ours is Timeframe.D1 and not _is_pair(unit[0])
        last = span.last_open_of_session if daily else span.last_open
        if span.first_open > last:
            return {unit[0]: []}
        path = f"/v2/aggs/ticker/{ticker}/range/{_SPANS[ours]}/{span.first_open}/{last}"
        query: Query = {"adjusted": "false", "sort": "asc", "limit": FACTS.rows}
        pages = _pages(ask, path, query, lambda answer: read_bars(answer, daily=daily))
        return {unit[0]: [bar for page in pages for bar in page]}

    def quote(self, ask: Ask, unit: Unit) -> Mapping[InstrumentId, Quote | Failure]:
        """Ask for the snapshots of all stocks of a unit, then of all its pairs."""
        found: dict[InstrumentId, Quote] = {}
        for crypto, path in _SNAPSHOTS.items():
            names = {spelled(name): name for name in unit if _is_pair(name) == crypto}
            if names:
                found |= ask(path, {"tickers": ",".join(names)}, _reading(names))
        return found

    def instruments(self, venue: str) -> Sequence[Listing]:
        """Return every active stock and crypto pair."""
        ask = self.conversation("its tickers")
        found: list[Listing] = []
        for market in ("stocks", "crypto"):
            query: Query = {"market": market, "active": "true", "limit": 1_000}
            for page in _pages(ask, "/v3/reference/tickers", query, lambda answer: read_listings(answer, venue)):
                found += page
        return found

    def book(self, instrument: InstrumentId, depth: int) -> OrderBook:
        """Return the order book of a crypto pair, over all its exchanges."""
        if not _is_pair(instrument):
            raise NotOfferedError(f"Polygon has no order book of stocks: ask for the quote of {instrument}")
        path = f"{_SNAPSHOTS[True]}/{spelled(instrument)}/book"
        return self.ask_once(path, {}, instrument, lambda reply: read_book(reply.json(), instrument, depth))

    def server_time(self) -> int:
        """Return its time, whole seconds."""
        path = "/v1/marketstatus/now"
        return self.ask_once(path, {}, "the time", lambda reply: moment(reply.json()["serverTime"]))


def spelled(instrument: InstrumentId) -> str:
    """Spell an instrument as Polygon does: `AAPL.US` is `AAPL`, `BTC-USD.POLYGON` is `X:BTCUSD`."""
    return "X:" + "".join(parted(instrument)) if _is_pair(instrument) else symbol(instrument)


def read_bars(answer: Node, *, daily: bool) -> list[RawBar]:
    """Read rows, oldest first; where there are none, the array may be left out and the counts say so.

    Parameters
    ----------
    daily : bool
        Whether a bar is a session's, which begins at midnight in New York: it becomes that day in UTC.

    Raises
    ------
    ShapeError
        If the status is another, or rows are missing that are counted.
    """
    status = answer["status"]
    if status.text() not in _SERVED:
        raise ShapeError(status.path, " or ".join(_SERVED), status.value)
    found = answer.get("results")
    rows = found.elements if found else []
    if not rows:
        _insist_none(answer)
    bars = [row_by_name(row, _NAMES) for row in rows]
    return [bar._replace(ts_open=session_day(bar.ts_open)) for bar in bars] if daily else bars


def _insist_none(answer: Node) -> None:
    """Raise unless an answer without rows counts none: else they were lost on the way."""
    counts = [answer["resultsCount"], *filter(None, map(answer.get, _COUNTS))]
    for count in counts:
        if count.whole():
            raise ShapeError("results", f"there, for {count.path} is {count.whole()}", None)


def read_quotes(answer: Node, names: Mapping[str, InstrumentId]) -> dict[InstrumentId, Quote]:
    """Read snapshots of many tickers, or of one."""
    tickers = answer.get("tickers")
    read = ((names.get(node["ticker"].text()), node) for node in (tickers or [answer["ticker"]]))
    return {name: _quote(name, node) for name, node in read if name}


def read_listings(answer: Node, venue: str) -> list[Listing]:
    """Read a page of tickers."""
    return [_listing(node, venue) for node in answer["results"]]


def read_book(answer: Node, instrument: InstrumentId, depth: int) -> OrderBook:
    """Read an order book, adding up what its exchanges offer at one price."""
    data = answer["data"]
    bids, asks = (tuple(map(_level, data[side]))[:depth] for side in ("bids", "asks"))
    return OrderBook(instrument, data["updated"].whole(), bids, asks)


def _reading(names: Mapping[str, InstrumentId]) -> Callable[[Reply], dict[InstrumentId, Quote]]:
    return lambda reply: read_quotes(reply.json(), names)


def _pages[T](ask: Ask, path: str, query: Query, read: Callable[[Node], T]) -> Iterator[T]:
    """Yield what is read of page after page; of the next one's address only the path and the query are followed."""
    seen = set[str]()
    while True:
        page, following = ask(path, query, lambda reply: (read(reply.json()), reply.json().get("next_url")))
        yield page
        if not following or following.text() in seen:
            return
        seen.add(following.text())
        address = urlsplit(following.text())
        path, query = address.path, dict(parse_qsl(address.query))


def _is_pair(instrument: InstrumentId) -> bool:
    return "-" in symbol(instrument)


def _level(node: Node) -> BookLevel:
    return BookLevel(node["p"].positive(), sum((size.decimal() for _, size in node["x"].entries()), Decimal(0)))


def _quote(instrument: InstrumentId, node: Node) -> Quote:
    best, trade, day = node.get("lastQuote"), node.get("lastTrade"), node.get("day")
    times = [one["t"].whole() // _MICROSECONDS for one in (best, trade) if one and one.get("t")]
    return Quote(
        instrument,
        max(times, default=0),
        bid=decimal_or_none(best.get("p")) if best else None,
        ask=decimal_or_none(best.get("P")) if best else None,
        last=decimal_or_none(trade["p"]) if trade else None,
        volume=day["v"].decimal() if day else None,
        turnover=day["v"].decimal() * day["vw"].decimal() if day and day.get("vw") else None,
    )


def _listing(node: Node, venue: str) -> Listing:
    ticker = node["ticker"].text()
    crypto = node["market"].text() == "crypto"
    base = node["base_currency_symbol"].text() if crypto else ticker
    quote = node["currency_symbol"].text() if crypto else node["currency_name"].text().upper()
    active: Any = node.get("active")
    return Listing(
        instrument_id(f"{base}-{quote}" if crypto else base, venue),
        ticker,
        base,
        quote,
        tick=None if crypto else _CENT,
        lot=None if crypto else _SHARE,
        minimum_notional=Decimal(0),
        minimum_quantity=Decimal(0),
        status=ListingStatus.TRADING if active and active.truth() else ListingStatus.DELISTED,
    )
