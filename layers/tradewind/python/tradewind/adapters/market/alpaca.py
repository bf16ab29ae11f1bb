"""Alpaca's market data: US stocks (`/v2/stocks`) and crypto (`/v1beta3/crypto/us`), many symbols in one request.

Source: https://docs.alpaca.markets/reference/stockbars. Without a subscription stocks come from the exchange IEX alone,
200 requests a minute. A page holds up to 10,000 bars of all its symbols together and names the next one by a token.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from tradewind.adapters.market.line import Ask
from tradewind.adapters.market.provider import (
    UNREADABLE,
    Found,
    HttpProvider,
    Span,
    levels,
    moment,
    session_day,
    symbol,
)
from tradewind.adapters.market.reply import Reply
from tradewind.adapters.market.shape import Node, decimal_or_none
from tradewind.adapters.market.sweep import Unit
from tradewind.application.ports_market import Failure, NotOfferedError, Offer, ProviderFacts
from tradewind.domain.instrument import InstrumentId, instrument_id
from tradewind.domain.market import Listing, ListingStatus, OrderBook, Quote
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import RawBar

_TIMEFRAMES = {
    Timeframe.M1: "1Min",
    Timeframe.M5: "5Min",
    Timeframe.M15: "15Min",
    Timeframe.H1: "1Hour",
    Timeframe.D1: "1Day",
}

FACTS = ProviderFacts(
    name="alpaca",
    title="Alpaca",
    offers=frozenset(Offer),
    timeframes=tuple(_TIMEFRAMES),
    requests=200,
    seconds=60,
    scope="key",
    rows=10_000,
    batch=100,
    history="stocks since 2016, from IEX alone without a subscription; crypto since 2021",
    opens=True,
    bulk_quotes=True,
    spelling="stocks AAPL; crypto BTC-USD is BTC/USD",
    terms="free with an account, for one's own use; all US exchanges need a subscription",
    documentation="https://docs.alpaca.markets/docs/about-market-data-api",
    keys=("ALPACA_KEY_ID", "ALPACA_SECRET_KEY"),
)

_CENT, _SHARE = Decimal("0.01"), Decimal(1)
"""A stock's tick from a dollar up (SEC rule 612), and whole shares: Alpaca lists neither."""

_STOCKS, _CRYPTO = "/v2/stocks", "/v1beta3/crypto/us"


@dataclass(frozen=True, slots=True)
class AlpacaProvider(HttpProvider):
    """Alpaca.

    Attributes
    ----------
    trading_url : str
        Where assets and the clock are asked for; keys of a paper account are good for both hosts.
    """

    base_url: str = "https://data.alpaca.markets"
    concurrency: int = 4
    trading_url: str = "https://paper-api.alpaca.markets"

    facts: ClassVar[ProviderFacts] = FACTS
    quote_batch: ClassVar[int] = 100
    refusals: ClassVar[Mapping[str, str]] = {"invalid symbol": "UNKNOWN_SYMBOL"}

    def headers(self) -> dict[str, str]:
        """Return the credentials."""
        key, secret = (self.keys.get(name, "") for name in FACTS.keys)
        return {"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret}

    def fetch(self, ask: Ask, unit: Unit, span: Span) -> Found:
        """Ask for all stocks of a unit, then for all its pairs."""
        found: dict[InstrumentId, Sequence[RawBar] | Failure] = {}
        for path, names in _by_market(unit):
            if path == _CRYPTO and span.timeframe is Timeframe.D1:
                found |= dict.fromkeys(names, _NO_DAYS)
            elif names:
                found |= self._pages(ask, path, {spelled(name): name for name in names}, span)
        return found

    def _pages(self, ask: Ask, path: str, names: Mapping[str, InstrumentId], span: Span) -> dict[InstrumentId, Any]:
        rows: dict[str, list[RawBar]] = {name: [] for name in names}
        daily = path == _STOCKS and span.timeframe is Timeframe.D1
        query: dict[str, str | int | Sequence[str]] = {
            "symbols": ",".join(names),
            "timeframe": _TIMEFRAMES[span.timeframe],
            "start": _iso(span.first_open),
            "end": _iso(span.last_open_of_session if path == _STOCKS else span.last_open),
            "limit": FACTS.rows,
            "sort": "asc",
            **({"adjustment": "raw", "feed": "iex"} if path == _STOCKS else {}),
        }
        token = ""
        while True:
            asked = query | ({"page_token": token} if token else {})
            page, following = ask(f"{path}/bars", asked, lambda r: (read_bars(r.json(), daily=daily), _next(r.json())))
            for name, bars in page.items():
                rows.setdefault(name, []).extend(bars)
            if following in {"", token}:
                return {name: rows[spelling] for spelling, name in names.items()}
            token = following

    def quote(self, ask: Ask, unit: Unit) -> Mapping[InstrumentId, Quote | Failure]:
        """Ask for the snapshots of all stocks of a unit, then of all its pairs."""
        found: dict[InstrumentId, Quote] = {}
        for path, members in _by_market(unit):
            if members:
                names = {spelled(name): name for name in members}
                query = {"symbols": ",".join(names), **({"feed": "iex"} if path == _STOCKS else {})}
                found |= ask(f"{path}/snapshots", query, _reading(names, whole=path == _STOCKS))
        return found

    def instruments(self, venue: str) -> Sequence[Listing]:
        """Return every active asset, stocks and crypto."""
        path, query = f"{self.trading_url}/v2/assets", {"status": "active"}
        return self.ask_once(path, query, "its assets", lambda reply: read_listings(reply.json(), venue))

    def book(self, instrument: InstrumentId, depth: int) -> OrderBook:
        """Return the order book of a crypto pair."""
        name = spelled(instrument)
        if "/" not in name:
            raise NotOfferedError(f"Alpaca has no order book of stocks: ask for the quote of {instrument}")
        path = f"{_CRYPTO}/latest/orderbooks"
        return self.ask_once(
            path, {"symbols": name}, instrument, lambda r: read_book(r.json()["orderbooks"][name], instrument, depth)
        )

    def server_time(self) -> int:
        """Return its time."""
        path = f"{self.trading_url}/v2/clock"
        return self.ask_once(path, {}, "the time", lambda reply: moment(reply.json()["timestamp"]))


_NO_DAYS = Failure(
    "INTERVAL_NOT_OFFERED", "Alpaca's days of crypto begin at midnight in Chicago: ask for 1h", lasting=True
)


def spelled(instrument: InstrumentId) -> str:
    """Spell an instrument as Alpaca does: `AAPL.US` is `AAPL`, `BTC-USD.ALPACA` is `BTC/USD`."""
    return symbol(instrument).replace("-", "/")


def read_bars(answer: Node, *, daily: bool) -> dict[str, list[RawBar]]:
    """Read a page's rows by symbol, oldest first.

    Parameters
    ----------
    daily : bool
        Whether a bar is a session's, which begins at midnight in New York: it becomes that day in UTC.
    """
    return {name: [_raw(row, daily=daily) for row in bars.elements] for name, bars in answer["bars"].entries()}


def read_quotes(snapshots: Node, names: Mapping[str, InstrumentId]) -> dict[InstrumentId, Quote]:
    """Read snapshots by symbol; a symbol that is not listed is not there, or null."""
    return {
        names[name]: _quote(names[name], node)
        for name, node in snapshots.entries()
        if name in names and node.value is not None
    }


def read_best(node: Node) -> tuple[Decimal | None, Decimal | None, int]:
    """Read a quote's bid, ask and time; a side without an offer is at zero."""
    return decimal_or_none(node["bp"]), decimal_or_none(node["ap"]), moment(node["t"])


def read_listings(answer: Node, venue: str) -> list[Listing]:
    """Read every asset that is a stock or a crypto pair."""
    return [_listing(node, venue) for node in answer if node["class"].text() in {"us_equity", "crypto"}]


def read_book(node: Node, instrument: InstrumentId, depth: int) -> OrderBook:
    """Read one pair's order book."""
    bids, asks = (levels(node[side], "p", "s")[:depth] for side in ("b", "a"))
    return OrderBook(instrument, moment(node["t"]), bids, asks)


def _next(answer: Node) -> str:
    token = answer.get("next_page_token")
    return token.text() if token else ""


def _reading(names: Mapping[str, InstrumentId], *, whole: bool) -> Callable[[Reply], dict[InstrumentId, Quote]]:
    """Return how to read snapshots, which are the whole answer for stocks and a member of it for crypto."""
    return lambda reply: read_quotes(reply.json() if whole else reply.json()["snapshots"], names)


def _by_market(unit: Iterable[InstrumentId]) -> tuple[tuple[str, list[InstrumentId]], tuple[str, list[InstrumentId]]]:
    names = list(unit)
    return (_STOCKS, [n for n in names if "-" not in symbol(n)]), (_CRYPTO, [n for n in names if "-" in symbol(n)])


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _raw(row: Any, *, daily: bool) -> RawBar:
    """Read `{t, o, h, l, c, v, …}`."""
    if not isinstance(row, dict):
        return UNREADABLE
    try:
        ts: object = round(datetime.fromisoformat(row["t"]).timestamp() * 1000)
    except (KeyError, TypeError, ValueError):
        ts = row.get("t")
    return RawBar(session_day(ts) if daily else ts, *(row.get(name) for name in "ohlcv"))


def _quote(instrument: InstrumentId, node: Node) -> Quote:
    best, trade, day = node.get("latestQuote"), node.get("latestTrade"), node.get("dailyBar")
    bid, ask, ts = read_best(best) if best else (None, None, 0)
    return Quote(
        instrument,
        max(ts, moment(trade["t"]) if trade else 0),
        bid=bid,
        ask=ask,
        last=decimal_or_none(trade["p"]) if trade else None,
        volume=day["v"].decimal() if day else None,
        turnover=day["v"].decimal() * day["vw"].decimal() if day and day.get("vw") else None,
    )


def _listing(node: Node, venue: str) -> Listing:
    spelling = node["symbol"].text()
    base, slash, quote = spelling.partition("/")
    tick, lot, least = (node.get(name) for name in ("price_increment", "min_trade_increment", "min_order_size"))
    return Listing(
        instrument_id(f"{base}-{quote}" if slash else base, venue),
        spelling,
        base,
        quote or "USD",
        tick=tick.positive() if tick else None if slash else _CENT,
        lot=lot.positive() if lot else None if slash else _SHARE,
        minimum_notional=Decimal(0),
        minimum_quantity=least.decimal() if least else Decimal(0),
        status=_status(node),
    )


def _status(node: Node) -> ListingStatus:
    if node["status"].text() != "active":
        return ListingStatus.DELISTED
    return ListingStatus.TRADING if node["tradable"].truth() else ListingStatus.HALTED
