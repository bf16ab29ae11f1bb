"""Finnhub: US stocks and the crypto pairs of other exchanges, one symbol a request.

Source: https://finnhub.io/docs/api/stock-candles. Sixty requests a minute and thirty a second on the plan that costs
nothing, which has quotes but, since 2024, no bars of stocks. Read by its documentation alone: no recorded answer of it
is at hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from tradewind.adapters.market.line import Ask
from tradewind.adapters.market.provider import Found, HttpProvider, Span, millis, parted, symbol, windows
from tradewind.adapters.market.shape import Node, ShapeError, decimal_or_none
from tradewind.adapters.market.sweep import Unit
from tradewind.application.ports_market import Failure, Offer, ProviderFacts
from tradewind.domain.instrument import InstrumentId, instrument_id
from tradewind.domain.market import Listing, ListingStatus, Quote
from tradewind.domain.timeframe import DAY, Timeframe
from tradewind.domain.validation import RawBar

_RESOLUTIONS = {
    Timeframe.M1: "1",
    Timeframe.M5: "5",
    Timeframe.M15: "15",
    Timeframe.H1: "60",
    Timeframe.D1: "D",
}

FACTS = ProviderFacts(
    name="finnhub",
    title="Finnhub",
    offers=frozenset({Offer.BARS, Offer.QUOTES, Offer.INSTRUMENTS, Offer.SERVER_TIME}),
    timeframes=tuple(_RESOLUTIONS),
    requests=60,
    seconds=60,
    scope="key",
    rows=43_200,
    history="a month of minutes in one answer; how far back depends on the plan",
    opens=True,
    bulk_quotes=False,
    spelling="stocks AAPL; crypto BTC-USDT is BINANCE:BTCUSDT",
    terms="free with a key, for one's own use; bars of stocks need a subscription",
    documentation="https://finnhub.io/docs/api",
    keys=("FINNHUB_API_KEY",),
    verified=False,
)

_CENT, _SHARE = Decimal("0.01"), Decimal(1)
_EXCHANGE = "BINANCE"
"""Whose crypto pairs are asked for."""
_MONTH = 30 * DAY
_FIRST = 1_000_000_000_000
"""September 2001: where a request for everything begins."""
_FIELDS = ("t", "o", "h", "l", "c", "v")


@dataclass(frozen=True, slots=True)
class FinnhubProvider(HttpProvider):
    """Finnhub."""

    base_url: str = "https://finnhub.io/api/v1"
    concurrency: int = 4

    facts: ClassVar[ProviderFacts] = FACTS
    refusals: ClassVar[Mapping[str, str]] = {"don't have access": "NOT_IN_PLAN"}

    def headers(self) -> dict[str, str]:
        """Return the credentials."""
        return {"X-Finnhub-Token": self.keys.get(FACTS.keys[0], "")}

    def fetch(self, ask: Ask, unit: Unit, span: Span) -> Found:
        """Ask month by month, days at once."""
        name = spelled(unit[0])
        path = "/crypto/candle" if ":" in name else "/stock/candle"
        length = _MONTH if span.timeframe is not Timeframe.D1 else _MONTH * 240
        rows: list[RawBar] = []
        for start, end in windows(max(_FIRST, span.first_open), span.last_open, length):
            query: dict[str, str | int] = {
                "symbol": name,
                "resolution": _RESOLUTIONS[span.timeframe],
                "from": -(-start // 1000),
                "to": end // 1000,
            }
            rows += ask(path, query, lambda reply: read_bars(reply.json()))
        return {unit[0]: rows}

    def quote(self, ask: Ask, unit: Unit) -> Mapping[InstrumentId, Quote | Failure]:
        """Ask for one symbol's latest price."""
        return {unit[0]: ask("/quote", {"symbol": spelled(unit[0])}, lambda r: read_quote(r.json(), unit[0]))}

    def instruments(self, venue: str) -> Sequence[Listing]:
        """Return every US stock."""
        query = {"exchange": "US"}
        return self.ask_once("/stock/symbol", query, "its symbols", lambda r: read_listings(r.json(), venue))

    def server_time(self) -> int:
        """Return its time, whole seconds."""
        query = {"exchange": "US"}
        return self.ask_once("/stock/market-status", query, "the time", lambda r: r.json()["t"].whole() * 1000)


def spelled(instrument: InstrumentId) -> str:
    """Spell an instrument as Finnhub does: `AAPL.US` is `AAPL`, `BTC-USDT.FINNHUB` is `BINANCE:BTCUSDT`."""
    name = symbol(instrument)
    return f"{_EXCHANGE}:{''.join(parted(instrument))}" if "-" in name else name


def read_bars(answer: Node) -> list[RawBar]:
    """Read columns as rows; `no_data` has none."""
    if answer["s"].text() == "no_data":
        return []
    columns = [answer[name].elements for name in _FIELDS]
    if len({len(column) for column in columns}) > 1:
        raise ShapeError("t, o, h, l, c, v", "of one length", None)
    return [RawBar(millis(row[0], 1000), *row[1:]) for row in zip(*columns, strict=True)]


def read_quote(answer: Node, instrument: InstrumentId) -> Quote | Failure:
    """Read the latest price; an unknown symbol is all zeros."""
    last = decimal_or_none(answer["c"])
    if last is None:
        return Failure("UNKNOWN_SYMBOL", f"Finnhub has no price of {instrument}", lasting=True)
    return Quote(instrument, answer["t"].whole() * 1000, last=last)


def read_listings(answer: Node, venue: str) -> list[Listing]:
    """Read every stock that has a currency."""
    return [_listing(node, venue) for node in answer if node["currency"].value]


def _listing(node: Node, venue: str) -> Listing:
    name = node["symbol"].text()
    return Listing(
        instrument_id(name, venue),
        name,
        name,
        node["currency"].text(),
        tick=_CENT,
        lot=_SHARE,
        minimum_notional=Decimal(0),
        minimum_quantity=Decimal(0),
        status=ListingStatus.TRADING,
    )
