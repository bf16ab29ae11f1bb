"""What venues of coins share: what is held is a balance, and rules and time stand on the public side."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tradewind.adapters.venues.credentials import CachedCredentials
from tradewind.adapters.venues.looking import DEPTH, opposite
from tradewind.adapters.venues.native import NativeVenue
from tradewind.adapters.venues.reading import held
from tradewind.adapters.venues.wire import Wire
from tradewind.application.ports import VenuePosition
from tradewind.application.ports_market import MarketDataProvider
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.market import BookLevel, Listing
from tradewind.domain.order import Order


@dataclass(frozen=True, slots=True)
class SpotVenue(NativeVenue):
    """One account of coins.

    Attributes
    ----------
    market : MarketDataProvider
        The venue's public side.
    listed : dict
        Every pair of the venue by what it calls them, once somebody traded one that is not the account's.
    """

    market: MarketDataProvider
    wire: Wire
    credentials: CachedCredentials
    listed: dict[str, InstrumentId] = field(default_factory=dict, kw_only=True)

    def positions(self) -> Mapping[InstrumentId, VenuePosition]:
        """Return the coins held, by instrument."""
        return held(self.instruments, self.balances())

    def offers(self, order: Order) -> Sequence[BookLevel]:
        """Return the other side of its order book."""
        return opposite(self.market.book(order.instrument, DEPTH), order)

    @abstractmethod
    def _spelt(self, instruments: Sequence[InstrumentId]) -> Mapping[str, InstrumentId]:
        """Return instruments by every name that the venue's answers may give them."""

    def _names(self) -> Mapping[str, InstrumentId]:
        return self._spelt([one for one in self.instruments if one.endswith(f".{self.facts.name}")])

    def _every_name(self, shown: Iterable[str]) -> Mapping[str, InstrumentId]:
        """Return names for all pairs that are shown; those of other people's trades are read off the venue's listing.

        Only so it is known which coins such a trade moved: `XTZUSD` alone does not tell where the one ends.
        """
        names = self._names()
        if not set(shown) <= names.keys() | self.listed.keys():
            self.listed.update(self._spelt([one.id for one in self.rules()]))
        return {**self.listed, **names}

    def rules(self) -> Sequence[Listing]:
        """Return every pair that its public side lists."""
        return self.market.instruments(self.facts.name)

    def now(self) -> int:
        """Return the time of its public side."""
        return self.market.server_time()
