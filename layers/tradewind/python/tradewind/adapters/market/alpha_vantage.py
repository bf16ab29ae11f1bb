"""Alpha Vantage: US stocks, one symbol a request, times in New York's own.

Source: https://www.alphavantage.co/documentation. Twenty-five requests a day cost nothing; minutes need a subscription.
It answers 200 whatever happens and says in words what is wrong. The latest hundred bars come as JSON, more as CSV,
minutes a month at a time.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar
from zoneinfo import ZoneInfo

from tradewind.adapters.market.line import Ask
from tradewind.adapters.market.provider import Found, HttpProvider, Span, symbol
from tradewind.adapters.market.reply import RATE_LIMITED, RefusedError, Reply
from tradewind.adapters.market.shape import Node, ShapeError, decimal_or_none
from tradewind.adapters.market.sweep import Unit
from tradewind.application.ports_market import Failure, Offer, ProviderFacts
from tradewind.domain.instrument import InstrumentId, instrument_id
from tradewind.domain.market import Listing, ListingStatus, Quote
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import RawBar

_INTERVALS = {
    Timeframe.M1: "1min",
    Timeframe.M5: "5min",
    Timeframe.M15: "15min",
    Timeframe.H1: "60min",
}

FACTS = ProviderFacts(
    name="alpha_vantage",
    title="Alpha Vantage",
    offers=frozenset({Offer.BARS, Offer.QUOTES, Offer.INSTRUMENTS}),
    timeframes=(*_INTERVALS, Timeframe.D1),
    requests=25,
    seconds=86_400,
    scope="key",
    rows=100,
    history="twenty years by month",
    opens=True,
    bulk_quotes=False,
    spelling="AAPL",
    terms="free with a key, for one's own use; minutes and more than 25 requests a day need a subscription",
    documentation="https://www.alphavantage.co/documentation",
    keys=("ALPHA_VANTAGE_API_KEY",),
)

_ZONES = {"US/Eastern": "America/New_York"}
_CENT, _SHARE = Decimal("0.01"), Decimal(1)
_COLUMNS = ("1. open", "2. high", "3. low", "4. close", "5. volume")
_CSV = ("open", "high", "low", "close", "volume")
_FIRST = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()) * 1000
_UNKNOWN = "Invalid API call"


_KEY = re.compile(r"API key as \S+")
_SAID = 100


@dataclass(frozen=True, slots=True)
class AlphaVantageProvider(HttpProvider):
    """Alpha Vantage; the pace is its limit by second."""

    base_url: str = "https://www.alphavantage.co"
    pace: float = 1.2
    concurrency: int = 1

    facts: ClassVar[ProviderFacts] = FACTS

    def fetch(self, ask: Ask, unit: Unit, span: Span) -> Found:
        """Ask for the latest hundred bars, or month by month for more."""
        few = (span.until - max(_FIRST, span.since)) // span.timeframe.ms <= FACTS.rows
        if few:
            query = self._query(unit, span) | {"outputsize": "compact"}
            return {unit[0]: ask("/query", query, lambda reply: read_bars(_answer(reply)))}
        rows: list[RawBar] = []
        for month in _months(span):
            query = self._query(unit, span) | month | {"outputsize": "full", "datatype": "csv"}
            rows += ask("/query", query, lambda reply: read_csv(_text(reply)))
        return {unit[0]: rows}

    def quote(self, ask: Ask, unit: Unit) -> Mapping[InstrumentId, Quote | Failure]:
        """Ask for one symbol's latest price."""
        query = self._with_key({"function": "GLOBAL_QUOTE", "symbol": symbol(unit[0])})
        return {unit[0]: ask("/query", query, lambda reply: read_quote(_answer(reply), unit[0]))}

    def instruments(self, venue: str) -> Sequence[Listing]:
        """Return every active stock and fund."""
        query = self._with_key({"function": "LISTING_STATUS", "state": "active"})
        return self.ask_once("/query", query, "its symbols", lambda reply: read_listings(_text(reply), venue))

    def _query(self, unit: Unit, span: Span) -> dict[str, str | int | Sequence[str]]:
        interval = _INTERVALS.get(span.timeframe)
        intraday = {"function": "TIME_SERIES_INTRADAY", "interval": interval or "", "adjusted": "false"}
        series = intraday if interval else {"function": "TIME_SERIES_DAILY"}
        return {**self._with_key({"symbol": symbol(unit[0])}), **series}

    def _with_key(self, query: Mapping[str, str]) -> dict[str, str | int | Sequence[str]]:
        return {**query, "apikey": self.keys.get(FACTS.keys[0], "")}


def read_bars(answer: Node) -> list[RawBar]:
    """Read a time series, which comes newest first, and return it oldest first."""
    zone = _zone(answer)
    names = [name for name in answer.members if name.startswith("Time Series")]
    if len(names) != 1:
        raise ShapeError("Time Series", "there once", None)
    rows = list(answer[names[0]].entries())
    return [RawBar(_utc(time, zone), *(node.members.get(name) for name in _COLUMNS)) for time, node in reversed(rows)]


def read_csv(text: str) -> list[RawBar]:
    """Read a table of bars, which comes newest first, and return it oldest first."""
    rows = list(_table(text, "open"))
    zone = ZoneInfo(_ZONES["US/Eastern"])
    time = "timestamp" if rows and "timestamp" in rows[0] else "time"
    return [RawBar(_utc(row.get(time) or "", zone), *(row.get(name) for name in _CSV)) for row in reversed(rows)]


def read_quote(answer: Node, instrument: InstrumentId) -> Quote | Failure:
    """Read the latest price; an unknown symbol has none. Its day is all that is said of its time."""
    quote = answer["Global Quote"]
    if not quote.members:
        return Failure("UNKNOWN_SYMBOL", f"Alpha Vantage has no price of {instrument}", lasting=True)
    day = _utc(quote["07. latest trading day"].text(), UTC)
    if not isinstance(day, int):
        raise ShapeError(quote["07. latest trading day"].path, "a day", day)
    volume = quote["06. volume"].decimal()
    return Quote(instrument, day, last=decimal_or_none(quote["05. price"]), volume=volume)


def read_listings(text: str, venue: str) -> list[Listing]:
    """Read the table of active stocks and funds."""
    return [_listing(row, venue) for row in _table(text, "symbol") if row["symbol"]]


def _months(span: Span) -> Iterator[dict[str, str]]:
    """Yield what names each month of a span; all days come at once."""
    if span.timeframe is Timeframe.D1:
        yield {}
        return
    zone = ZoneInfo(_ZONES["US/Eastern"])
    first, last = (datetime.fromtimestamp(ms / 1000, zone) for ms in (max(_FIRST, span.first_open), span.last_open))
    for count in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield {"month": f"{count // 12}-{count % 12 + 1:02}"}


def _zone(answer: Node) -> ZoneInfo:
    meta = answer["Meta Data"]
    said = next((node.text() for name, node in meta.entries() if name.endswith("Time Zone")), "")
    try:
        return ZoneInfo(_ZONES.get(said, said))
    except (ValueError, KeyError):
        raise ShapeError(f"{meta.path}.Time Zone", "a time zone", said) from None


def _utc(text: str, zone: ZoneInfo | object) -> object:
    """Return a time as UTC ms, a day as its midnight in UTC, or the text where it is neither."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return text
    local = time.replace(tzinfo=zone if " " in text and isinstance(zone, ZoneInfo) else UTC)
    return round(local.timestamp() * 1000)


def _table(text: str, column: str) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(text.splitlines())
    if column not in (reader.fieldnames or ()):
        raise ShapeError(column, "a column", (text.splitlines() or [""])[0])
    yield from reader


def _listing(row: Mapping[str, str], venue: str) -> Listing:
    name = row["symbol"]
    status = ListingStatus.TRADING if row.get("status") == "Active" else ListingStatus.DELISTED
    return Listing(instrument_id(name, venue), name, name, "USD", _CENT, _SHARE, Decimal(0), Decimal(0), status)


def _answer(reply: Reply) -> Node:
    """Return what was asked for.

    Raises
    ------
    UnavailableError, RefusedError
        As what it says asks for.
    """
    answer = reply.json()
    _insist(reply, answer)
    return answer


def _text(reply: Reply) -> str:
    """Return a table; what is wrong comes as JSON even then."""
    if reply.content.lstrip()[:1] == b"{":
        _insist(reply, reply.json())
        raise ShapeError("", "a table", "an object")
    return reply.content.decode("utf-8-sig", "replace")


def _insist(reply: Reply, answer: Node) -> None:
    wrong = answer.get("Error Message")
    if wrong:
        raise reply.refused("UNKNOWN_SYMBOL" if _UNKNOWN in wrong.text() else "INVALID_ARGUMENTS", _safe(wrong.text()))
    said = answer.get("Note") or answer.get("Information")
    if said is None:
        return
    if "premium" in said.text() and "rate limit" not in said.text() and "per day" not in said.text():
        raise reply.refused("NOT_IN_PLAN", _safe(said.text()))
    raise reply.unavailable(RATE_LIMITED, _safe(said.text()))


def _safe(said: str) -> str:
    """Return the first words of what it says, without the key that they repeat."""
    return repr(_KEY.sub("API key as …", said)[:_SAID])


__all__ = ["FACTS", "AlphaVantageProvider", "RefusedError"]
