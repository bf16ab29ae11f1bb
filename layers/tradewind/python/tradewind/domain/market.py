"""What a venue says of its market besides bars: what it lists, what it quotes, and its order book."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import Instrument, InstrumentId


class ListingStatus(StrEnum):
    """Whether a listed instrument can be traded now."""

    TRADING = "TRADING"
    RESTRICTED = "RESTRICTED"
    """Only some orders are taken (cancel-only, post-only, limit-only, reduce-only, auction)."""
    HALTED = "HALTED"
    DELISTED = "DELISTED"


@dataclass(frozen=True, slots=True)
class Listing:
    """One instrument as its venue lists it.

    Attributes
    ----------
    symbol : str
        The venue's own spelling.
    base, quote : str
        What is traded and in what it is paid, in Tradewind's spelling: BTC, never XBT.
    tick, lot : Decimal or None
        Smallest steps of price and quantity; None where the venue does not say.
    minimum_notional, minimum_quantity : Decimal
        Smallest order by value (in the quote currency) and by quantity; 0 where there is no such limit.
    """

    id: InstrumentId
    symbol: str
    base: str
    quote: str
    tick: Decimal | None
    lot: Decimal | None
    minimum_notional: Decimal
    minimum_quantity: Decimal
    status: ListingStatus

    def instrument(self) -> Instrument:
        """Return the trading rules alone.

        Raises
        ------
        BadInputError
            If the venue states no tick or no lot.
        """
        if self.tick is None or self.lot is None:
            raise BadInputError(f"{self.id}: its venue states no tick and lot; write them into the configuration")
        return Instrument(self.id, self.tick, self.lot, self.minimum_notional, self.minimum_quantity)


@dataclass(frozen=True, slots=True)
class Quote:
    """The latest prices of one instrument.

    Attributes
    ----------
    ts : int
        When the venue says that they held, UTC ms; when it answered where it does not say.
    bid, ask, last : Decimal or None
        Best prices and the latest trade's, in the quote currency; None where the venue does not say.
    volume : Decimal or None
        Traded in the latest 24 hours, or in this session where the venue counts by session, in shares or coins.
    turnover : Decimal or None
        The same in the quote currency.
    """

    instrument: InstrumentId
    ts: int
    bid: Decimal | None = None
    ask: Decimal | None = None
    last: Decimal | None = None
    volume: Decimal | None = None
    turnover: Decimal | None = None

    @property
    def spread(self) -> Decimal | None:
        """Ask less bid as a fraction of their middle; None without both sides."""
        if not self.bid or not self.ask:
            return None
        return 2 * (self.ask - self.bid) / (self.ask + self.bid)


class BookLevel(NamedTuple):
    """One price of an order book and what is offered there, in shares or coins."""

    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class OrderBook:
    """A snapshot of an order book, best prices first.

    Attributes
    ----------
    ts : int
        When the venue says that it held, UTC ms; when it answered where it does not say.
    """

    instrument: InstrumentId
    ts: int
    bids: tuple[BookLevel, ...]
    asks: tuple[BookLevel, ...]

    @property
    def crossed(self) -> bool:
        """True where the best bid is not below the best ask: no such book may be traded on."""
        return bool(self.bids and self.asks) and self.bids[0].price >= self.asks[0].price
