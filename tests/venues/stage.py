"""A provider in front of its simulated venue, in a time that passes only by sleeping."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.venues.alpaca import Alpaca
from tests.venues.alpha_vantage import AlphaVantage
from tests.venues.binance import Binance
from tests.venues.bybit import Bybit
from tests.venues.coinbase import Coinbase
from tests.venues.coingecko import CoinGecko
from tests.venues.finnhub import Finnhub
from tests.venues.kraken import Kraken
from tests.venues.market import Made, Market, Rules
from tests.venues.polygon import Polygon
from tests.venues.server import Limit, Venue, serving
from tradewind.adapters.market.registry import build, facts
from tradewind.application.ports_market import Answer, MarketDataProvider
from tradewind.domain.instrument import InstrumentId, instrument_id
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe

VENUES: Mapping[str, type[Venue]] = {
    one.name: one for one in (Kraken, Binance, Bybit, Coinbase, Alpaca, Polygon, Finnhub, AlphaVantage, CoinGecko)
}
KEYS = {name: "7HE1RK3YAND0URS" for known in VENUES for name in facts(known).keys}

NOON = 20_000 * DAY + 17 * 60 * MINUTE
"""A Thursday in October 2024, 17:00 UTC, one in the afternoon in New York."""

STOCKS = {"AAPL": Rules(lot="1"), "MSFT": Rules(lot="1"), "IBM": Rules(lot="1", trading=False)}
COINS = {"BTC-USD": Rules(), "ETH-USD": Rules(lot="0.0001"), "SOL-USD": Rules(tick="0.001", trading=False)}
TRADED = {
    "binance": {name.replace("USD", "USDT"): rules for name, rules in COINS.items()},
    "bybit": {name.replace("USD", "USDT"): rules for name, rules in COINS.items()},
    "alpaca": STOCKS | COINS,
    "polygon": STOCKS | COINS,
    "finnhub": STOCKS,
    "alpha_vantage": STOCKS,
    "coingecko": {"BITCOIN-USD": Rules(), "USD-COIN-USD": Rules(), "ETHEREUM-USD": Rules()},
}


@dataclass
class Time:
    """Wall-clock time that passes only by sleeping; the venue's clock follows it."""

    now: float = NOON / 1000
    naps: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds

    def ms(self) -> int:
        return int(self.now * 1000)


@dataclass
class Stage:
    """A provider, its venue, and what they share.

    Attributes
    ----------
    skew : int
        By how many ms the venue's clock is ahead of ours.
    """

    provider: MarketDataProvider
    venue: Venue
    time: Time
    skew: int = 0

    @property
    def market(self) -> Market:
        return self.venue.market

    @property
    def frame(self) -> Timeframe:
        """The shortest timeframe that the provider has."""
        return self.provider.facts.timeframes[0]

    def name(self, symbol: str) -> InstrumentId:
        return instrument_id(symbol, self.provider.facts.name.replace("_", ""))

    @property
    def names(self) -> list[InstrumentId]:
        return [self.name(symbol) for symbol in self.market.symbols]

    def ago(self, bars: int, frame: Timeframe | None = None) -> int:
        """Return the close of the latest closed bar but `bars`."""
        ms = (frame or self.frame).ms
        return self.time.ms() // ms * ms - bars * ms

    def bars(self, *names: InstrumentId, back: int = 5, frame: Timeframe | None = None) -> Answer:
        """Ask for the latest `back` closed bars of the instruments, of the first if none is named."""
        chosen = frame or self.frame
        return self.provider.bars(names or self.names[:1], chosen, self.ago(back, chosen), self.time.ms())


@contextmanager
def staged(name: str, options: Mapping[str, Any] | None = None, **venue: Any) -> Iterator[Stage]:
    """Set up a provider by name; `options` are its line's, the rest its venue's."""
    time = Time()
    made: list[Stage] = []
    market = Market(TRADED.get(name, COINS), lambda: time.ms() + (made[0].skew if made else 0), Made())
    served = VENUES[name](market, **venue)
    with serving(served) as url:
        line = {"base_url": url, "monotonic": lambda: time.now, "sleep": time.sleep, "jitter": lambda: 0.5}
        made.append(Stage(build(name, KEYS, **{**line, **(options or {})}), served, time))
        yield made[0]


__all__ = ["KEYS", "NOON", "TRADED", "VENUES", "Limit", "Stage", "Time", "staged"]
