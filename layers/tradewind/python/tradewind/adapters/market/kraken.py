"""Kraken's spot market: `/0/public/…`.

Source: https://docs.kraken.com/api-reference/market-data. An answer of OHLC has up to 720 rows; older ones cannot be
had, and the last row is always the interval that has not closed yet. Calls of OHLC are limited by IP address and pair
to about one a second (https://support.kraken.com/articles/206548367-what-are-the-api-rate-limits-), and whoever
insists is locked out for a quarter of an hour: so nobody here insists.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from tradewind.adapters.market.line import Ask
from tradewind.adapters.market.provider import (
    UNREADABLE,
    Found,
    HttpProvider,
    Span,
    levels,
    millis,
    pairs,
    parted,
)
from tradewind.adapters.market.reply import RATE_LIMITED, RefusedError, Reply
from tradewind.adapters.market.shape import Node, ShapeError, decimal_or_none
from tradewind.adapters.market.sweep import Unit
from tradewind.application.ports_market import Failure, ProviderFacts
from tradewind.domain.instrument import InstrumentId, instrument_id
from tradewind.domain.market import Listing, ListingStatus, OrderBook, Quote
from tradewind.domain.timeframe import MINUTE
from tradewind.domain.validation import RawBar

__all__ = ["FACTS", "KrakenProvider", "RefusedError", "pair"]

FACTS = pairs(
    "kraken",
    "Kraken",
    requests=1,
    seconds=1,  # of bars it counts each pair by itself, but what it promises to serve is one call a second
    rows=720,
    history="the latest 720 bars of each interval",
    spelling="BTC-USD is XBTUSD, DOGE-USD is XDGUSD",
    terms="public, no key; for one's own trading, not to be resold",
    documentation="https://docs.kraken.com/api-reference/market-data",
    reach=720,
)

_SPELLING = {"BTC": "XBT", "DOGE": "XDG"}
READING = {venue: ours for ours, venue in _SPELLING.items()}
_COLUMNS = 8
_OLD_CODE = 3
_LASTING = {"EQuery:Unknown asset pair": "UNKNOWN_PAIR", "EGeneral:Invalid arguments": "INVALID_ARGUMENTS"}
_BUSY = ("EAPI:Rate limit exceeded", "EGeneral:Too many requests", "EGeneral:Temporary lockout")
_STATUS = {"online": ListingStatus.TRADING, "delisted": ListingStatus.DELISTED, "maintenance": ListingStatus.HALTED}
_RESTRICTED = frozenset({"cancel_only", "post_only", "limit_only", "reduce_only", "work_in_progress"})


@dataclass(frozen=True, slots=True)
class KrakenProvider(HttpProvider):
    """Kraken; the pace is its limit by pair."""

    base_url: str = "https://api.kraken.com"
    pace: float = 1.0

    facts: ClassVar[ProviderFacts] = FACTS
    quote_batch: ClassVar[int] = 50

    def fetch(self, ask: Ask, unit: Unit, span: Span) -> Found:
        """Ask for the latest rows: there is only one page."""
        # `since` admits later rows only, so it is a second before the first one wanted
        query: dict[str, str | int] = {
            "pair": pair(unit[0]),
            "interval": span.timeframe.ms // MINUTE,
            "since": max(0, span.since // 1000 - 1),
        }
        return {unit[0]: ask("/0/public/OHLC", query, lambda reply: read_bars(_result(reply)))}

    def quote(self, ask: Ask, unit: Unit) -> Mapping[InstrumentId, Quote | Failure]:
        """Ask for all pairs of a unit at once."""
        names = {known: name for name in unit for known in primary_names(name)}
        query = {"pair": ",".join(map(pair, unit))}
        return ask("/0/public/Ticker", query, lambda reply: read_quotes(_result(reply), names, reply.date))

    def instruments(self, venue: str) -> Sequence[Listing]:
        """Return every pair."""
        return self.ask_once(
            "/0/public/AssetPairs", {}, "its pairs", lambda reply: read_listings(_result(reply), venue)
        )

    def book(self, instrument: InstrumentId, depth: int) -> OrderBook:
        """Return the order book, up to 500 levels a side."""
        query: dict[str, str | int] = {"pair": pair(instrument), "count": min(depth, 500)}
        return self.ask_once("/0/public/Depth", query, instrument, lambda reply: read_book(_result(reply), instrument))

    def server_time(self) -> int:
        """Return its time, whole seconds."""
        return self.ask_once("/0/public/Time", {}, "the time", lambda r: _result(r)["unixtime"].whole() * 1000)


def pair(instrument: InstrumentId) -> str:
    """Spell an instrument as Kraken does: `BTC-USD.KRAKEN` is `XBTUSD`.

    Raises
    ------
    RefusedError
        If it is no pair.
    """
    base, quote = parted(instrument)
    return _SPELLING.get(base, base) + _SPELLING.get(quote, quote)


def read_bars(result: Node) -> list[RawBar]:
    """Read the rows of the one pair, without the last: that interval is open, whatever its time says."""
    rows = _only(result, lambda node: node.elements)
    return list(map(_raw, rows[:-1]))


def read_quotes(result: Node, names: Mapping[str, InstrumentId], date: int) -> dict[InstrumentId, Quote]:
    """Read tickers; `names` has every name that Kraken may give a pair."""
    return {names[key]: _quote(names[key], node, date) for key, node in result.entries() if key in names}


def read_listings(result: Node, venue: str) -> list[Listing]:
    """Read every pair that has a name of its own; the few without are dark pools."""
    return [_listing(node, venue) for _, node in result.entries() if node.get("wsname")]


def read_book(result: Node, instrument: InstrumentId) -> OrderBook:
    """Read the order book of the one pair; it is as old as its latest level."""
    _only(result, lambda node: node.members)
    ((_, sides),) = result.entries()
    changed = [level.at(2).whole() for side in ("bids", "asks") for level in sides[side]]
    return OrderBook(instrument, max(changed, default=0) * 1000, levels(sides["bids"]), levels(sides["asks"]))


def _only[T](result: Node, read: Callable[[Node], T]) -> T:
    found = [node for key, node in result.entries() if key != "last"]
    if len(found) != 1:
        raise ShapeError(result.path, "of one pair", list(result.members))
    return read(found[0])


def _raw(row: Any) -> RawBar:
    """Read `[time in s, open, high, low, close, vwap, volume, count]`."""
    if not isinstance(row, list) or len(row) != _COLUMNS:
        return UNREADABLE
    return RawBar(millis(row[0], 1000), row[1], row[2], row[3], row[4], row[6])


def _quote(instrument: InstrumentId, node: Node, date: int) -> Quote:
    volume = node["v"].at(1).decimal()
    return Quote(
        instrument,
        date,
        bid=decimal_or_none(node["b"].at(0)),
        ask=decimal_or_none(node["a"].at(0)),
        last=decimal_or_none(node["c"].at(0)),
        volume=volume,
        turnover=volume * node["p"].at(1).decimal(),
    )


def _listing(node: Node, venue: str) -> Listing:
    base, _, quote = node["wsname"].text().partition("/")
    base, quote = READING.get(base, base), READING.get(quote, quote)
    tick = node.get("tick_size")  # older answers have none: the price's decimals say the same
    cost = node.get("costmin")
    return Listing(
        instrument_id(f"{base}-{quote}", venue),
        node["altname"].text(),
        base,
        quote,
        tick=tick.positive() if tick else _step(node["pair_decimals"]),
        lot=_step(node["lot_decimals"]),
        minimum_notional=cost.decimal() if cost else Decimal(0),
        minimum_quantity=node["ordermin"].decimal() if node.get("ordermin") else Decimal(0),
        status=_status(node.get("status")),
    )


def _step(decimals: Node) -> Decimal:
    return Decimal(1).scaleb(-decimals.whole())


def _status(node: Node | None) -> ListingStatus:
    """Read a status; one that nobody knows is not traded."""
    text = node.text() if node else "online"  # answers of 2021 and before name only pairs that trade
    return ListingStatus.RESTRICTED if text in _RESTRICTED else _STATUS.get(text, ListingStatus.HALTED)


def primary_names(name: InstrumentId) -> list[str]:
    """Return every name that an answer may give a pair: XXBTZUSD, XETHXXBT, XBTUSDT, XDGUSD.

    Only codes of three letters have old names, so XTZUSD never is a pair of T.
    """
    base, quote = (_SPELLING.get(part, part) for part in parted(name))
    is_old = len(base) == len(quote) == _OLD_CODE
    return [base + quote, *([f"X{base}Z{quote}", f"X{base}X{quote}"] if is_old else [])]


def _result(reply: Reply) -> Node:
    """Return what was asked for.

    Raises
    ------
    UnavailableError, RefusedError
        As Kraken's error asks for; texts with W are warnings.
    """
    answer = reply.json()
    errors = answer.members.get("error")
    texts = [str(text) for text in errors] if isinstance(errors, list) else [f"E:error is {errors!r}"]
    for text in texts:
        if text.startswith("W"):
            continue
        for known, reason in _LASTING.items():
            if text.startswith(known):
                raise reply.refused(reason, text)
        raise reply.unavailable(RATE_LIMITED if text.startswith(_BUSY) else "SERVICE_ERROR", text)
    return answer["result"]
