"""CoinGecko: prices of coins over all their exchanges; a coin is named by its id, `BITCOIN-USD.COINGECKO`.

Source: https://docs.coingecko.com/reference/coins-id-ohlc. About thirty requests a minute with a free key, fewer
without. The length of a bar follows from the days asked for: three to thirty days give four hours. A bar's time is
its close, and none has a volume. Read by its documentation alone: no recorded answer of it is at hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from tradewind.adapters.market.line import Ask
from tradewind.adapters.market.provider import UNREADABLE, Found, HttpProvider, Span, millis, parted
from tradewind.adapters.market.reply import FOREVER, Reply
from tradewind.adapters.market.shape import Node, ShapeError, decimal_or_none
from tradewind.adapters.market.sweep import Unit
from tradewind.application.ports_market import Failure, Offer, ProviderFacts
from tradewind.domain.instrument import InstrumentId, instrument_id
from tradewind.domain.market import Listing, ListingStatus, Quote
from tradewind.domain.timeframe import DAY, Timeframe
from tradewind.domain.validation import RawBar

FACTS = ProviderFacts(
    name="coingecko",
    title="CoinGecko",
    offers=frozenset({Offer.BARS, Offer.QUOTES, Offer.INSTRUMENTS, Offer.SERVER_TIME}),
    timeframes=(Timeframe.H4,),
    requests=30,
    seconds=60,
    scope="key",
    rows=180,
    history="thirty days of four hours, without volume",
    opens=True,
    bulk_quotes=True,
    spelling="BITCOIN-USD is the coin `bitcoin` in `usd`",
    terms="free with attribution; averages over exchanges, which nobody can trade at",
    documentation="https://docs.coingecko.com",
    keys=("COINGECKO_API_KEY",),
    verified=False,
)

_DAYS = (7, 14, 30)
_COLUMNS = 5


@dataclass(frozen=True, slots=True)
class CoinGeckoProvider(HttpProvider):
    """CoinGecko."""

    base_url: str = "https://api.coingecko.com/api/v3"
    concurrency: int = 2

    facts: ClassVar[ProviderFacts] = FACTS
    quote_batch: ClassVar[int] = 250
    refusals: ClassVar[Mapping[str, str]] = {"coin not found": "UNKNOWN_SYMBOL"}

    def headers(self) -> dict[str, str]:
        """Return the credentials, if there are any."""
        key = self.keys.get(FACTS.keys[0], "")
        return {"x-cg-demo-api-key": key} if key else {}

    def fetch(self, ask: Ask, unit: Unit, span: Span) -> Found:
        """Ask for the fewest days that reach back far enough."""
        coin, currency = coin_of(unit[0])
        wanted = (span.until - span.since) // DAY + 2
        days = next((days for days in _DAYS if days >= wanted), _DAYS[-1])
        query: dict[str, str | int] = {"vs_currency": currency, "days": days}
        return {unit[0]: ask(f"/coins/{coin}/ohlc", query, lambda r: read_bars(r.json(), span.timeframe.ms))}

    def quote(self, ask: Ask, unit: Unit) -> Mapping[InstrumentId, Quote | Failure]:
        """Ask for all coins of a unit at once."""
        coins = {name: coin_of(name) for name in unit}
        query = {
            "ids": ",".join(sorted({coin for coin, _ in coins.values()})),
            "vs_currencies": ",".join(sorted({currency for _, currency in coins.values()})),
            "include_24hr_vol": "true",
            "include_last_updated_at": "true",
        }
        return ask("/simple/price", query, lambda reply: read_quotes(reply.json(), coins))

    def instruments(self, venue: str) -> Sequence[Listing]:
        """Return every coin in US dollars."""
        return self.ask_once("/coins/list", {}, "its coins", lambda reply: read_listings(reply.json(), venue))

    def server_time(self) -> int:
        """Return its time by the header of its answer, whole seconds."""
        return self.ask_once("/ping", {}, "the time", _date)


def coin_of(instrument: InstrumentId) -> tuple[str, str]:
    """Spell an instrument as CoinGecko does: `USD-COIN-EUR.COINGECKO` is the coin `usd-coin` in `eur`.

    Raises
    ------
    RefusedError
        If it is no pair.
    """
    coin, currency = parted(instrument)
    return coin.lower(), currency.lower()


def read_bars(answer: Node, ms: int) -> list[RawBar]:
    """Read rows, oldest first; `ms` is a bar's length."""
    return [_raw(row, ms) for row in answer.elements]


def read_quotes(answer: Node, coins: Mapping[InstrumentId, tuple[str, str]]) -> dict[InstrumentId, Quote]:
    """Read prices by coin; an unknown coin is left out, one without a price is empty."""
    found: dict[InstrumentId, Quote] = {}
    for name, (coin, currency) in coins.items():
        node = answer.get(coin)
        price = decimal_or_none(node.get(currency)) if node else None
        if node and price:
            turnover = decimal_or_none(node.get(f"{currency}_24h_vol"))
            found[name] = Quote(name, node["last_updated_at"].whole() * 1000, last=price, turnover=turnover)
    return found


def read_listings(answer: Node, venue: str) -> list[Listing]:
    """Read every coin; no tick and no lot, since nothing is traded here."""
    return [_listing(node["id"].text(), venue) for node in answer]


def _raw(row: Any, ms: int) -> RawBar:
    """Read `[close time, open, high, low, close]`."""
    if not isinstance(row, list) or len(row) != _COLUMNS:
        return UNREADABLE
    end = millis(row[0], 1)
    return RawBar(end - ms if isinstance(end, int) else end, row[1], row[2], row[3], row[4], 0)


def _listing(coin: str, venue: str) -> Listing:
    name = instrument_id(f"{coin}-USD", venue)
    return Listing(name, coin, coin.upper(), "USD", None, None, Decimal(0), Decimal(0), ListingStatus.TRADING)


def _date(reply: Reply) -> int:
    if reply.date == FOREVER:
        raise ShapeError("header Date", "there", None)
    return reply.date
