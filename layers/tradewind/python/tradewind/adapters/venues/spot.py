"""What venues of coins share: what is held is a balance, and rules and time stand on the public side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    """

    market: MarketDataProvider
    wire: Wire
    credentials: CachedCredentials

    def positions(self) -> Mapping[InstrumentId, VenuePosition]:
        """Return the coins held, by instrument."""
        return held(self.instruments, self.balances())

    def offers(self, order: Order) -> Sequence[BookLevel]:
        """Return the other side of its order book."""
        return opposite(self.market.book(order.instrument, DEPTH), order)

    def rules(self) -> Sequence[Listing]:
        """Return every pair that its public side lists."""
        return self.market.instruments(self.facts.name)

    def now(self) -> int:
        """Return the time of its public side."""
        return self.market.server_time()
