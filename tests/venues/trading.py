"""An account at each venue: our adapter in front of the served private side, in a time that passes only by sleeping."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count
from typing import Any

from tests.builders import entry
from tests.fakes.venue import FakeExchangeVenue
from tests.venues.alpaca import Alpaca
from tests.venues.alpaca_private import AlpacaAccount
from tests.venues.bybit import Bybit
from tests.venues.bybit_private import BybitAccount
from tests.venues.exchange import Exchange
from tests.venues.kraken import Kraken
from tests.venues.kraken_private import KrakenAccount
from tests.venues.market import Made, Market
from tests.venues.private import DEPOSIT, KEY, SECRET, Account
from tests.venues.server import Venue, serving
from tests.venues.stage import COINS, NOON, STOCKS, TRADED, Time
from tradewind.adapters.market.registry import build
from tradewind.adapters.venues.alpaca import AlpacaVenue
from tradewind.adapters.venues.bybit import BybitVenue
from tradewind.adapters.venues.credentials import CachedCredentials, Credentials
from tradewind.adapters.venues.kraken import KrakenVenue, Nonces
from tradewind.adapters.venues.native import Patience
from tradewind.adapters.venues.paper import PaperVenue
from tradewind.adapters.venues.wire import Wire
from tradewind.application.ports import ExecutionVenue
from tradewind.domain.identifiers import intent_id
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import Leg, Order, Side

_NUMBERS = count(1)


@dataclass
class Pit:
    """A trader's place: a venue, the account behind it, and the time.

    Attributes
    ----------
    account : Account or None
        The served private side; None where nothing is served.
    exchange : Exchange or None
        None at the paper venue.
    skew : int
        By how many ms the venue's clock is ahead of ours.
    """

    venue: ExecutionVenue
    exchange: Exchange | None
    instrument: InstrumentId
    time: Time
    account: Account | None = None
    skew: int = 0

    @property
    def start(self) -> int:
        """When the day began, UTC ms."""
        return NOON

    @property
    def served(self) -> Venue:
        assert self.account
        return self.account.venue

    @property
    def book(self) -> Exchange:
        assert self.exchange
        return self.exchange

    @property
    def symbol(self) -> str:
        return self.instrument.rpartition(".")[0]

    def order(self, leg: Leg = Leg.ENTRY, **changes: Any) -> Order:
        """Return an order of this instrument with an id of its own, to be sent within the venue's time."""
        settles = self.venue.facts.settles
        values: dict[str, Any] = {
            "id": intent_id("pit", self.venue.facts.name, next(_NUMBERS)),
            "instrument": self.instrument,
            "leg": leg,
            "side": Side.BUY if leg is Leg.ENTRY else Side.SELL,
            "quantity": Decimal("0.5"),
            "price": Decimal(0),
            "worst_price": Decimal(0),
            "deadline": self.time.ms() + settles if settles else 0,
        }
        return replace(entry(), **values | changes)

    def resting(self, **changes: Any) -> Order:
        """Return a sale so dear that nobody takes it."""
        return self.order(Leg.TARGET, **{"price": Decimal("900.00"), **changes})

    def sends(self, part: str) -> int:
        """Return how many requests had this part in their path."""
        return len(self.served.asked(part))


def _credentials() -> CachedCredentials:
    return CachedCredentials(lambda: Credentials(KEY, SECRET), lambda: 0.0)


def _patience(time: Time) -> Patience:
    return Patience(monotonic=lambda: time.now, sleep=time.sleep, jitter=lambda: 0.5)


def _kraken(url: str, time: Time, names: list[InstrumentId]) -> ExecutionVenue:
    market, wire, nonces = build("kraken", {}, base_url=url), Wire("Kraken", url), Nonces(lambda: int(time.now * 1e9))
    return KrakenVenue(names, time.ms, _patience(time), market, wire, _credentials(), nonces)


def _bybit(url: str, time: Time, names: list[InstrumentId]) -> ExecutionVenue:
    market = build("bybit", {}, base_url=url)
    return BybitVenue(names, time.ms, _patience(time), market, Wire("Bybit", url), _credentials())


def _alpaca(url: str, time: Time, names: list[InstrumentId]) -> ExecutionVenue:
    return AlpacaVenue(names, time.ms, _patience(time), Wire("Alpaca", url), _credentials())


@dataclass(frozen=True)
class Place:
    """How a venue is served and reached."""

    server: type[Venue]
    account: Callable[[Venue], Account]
    adapter: Callable[[str, Time, list[InstrumentId]], ExecutionVenue]
    suffix: str
    symbols: Mapping[str, Any] = field(default_factory=lambda: COINS)


PLACES: Mapping[str, Place] = {
    "kraken": Place(Kraken, KrakenAccount, _kraken, "KRAKEN"),
    "alpaca": Place(Alpaca, AlpacaAccount, _alpaca, "ALPACA", COINS | STOCKS),
    "bybit": Place(Bybit, BybitAccount, _bybit, "BYBIT", TRADED["bybit"]),
}
EVERYWHERE = ("paper", "fake", *PLACES)


@contextmanager
def pit(name: str) -> Iterator[Pit]:
    """Set up one venue by name."""
    time = Time()
    if name == "paper":
        yield Pit(PaperVenue(), None, InstrumentId("BTC-USD.KRAKEN"), time)
    elif name == "fake":
        exchange = Exchange(Market(COINS, time.ms, Made()), dict(DEPOSIT))
        instrument = InstrumentId("BTC-USD.FAKE")
        yield Pit(FakeExchangeVenue(exchange, instruments=[instrument]), exchange, instrument, time)
    else:
        yield from _served(PLACES[name], time)


def _served(place: Place, time: Time) -> Iterator[Pit]:
    made: list[Pit] = []
    venue = place.server(Market(place.symbols, lambda: time.ms() + (made[0].skew if made else 0), Made()))
    account = place.account(venue)
    venue.sides.append(account)
    names = [InstrumentId(f"{symbol}.{place.suffix}") for symbol in place.symbols]
    with serving(venue) as url:
        made.append(Pit(place.adapter(url, time, names), account.exchange, names[0], time, account))
        yield made[0]
        account.exchange.check()
