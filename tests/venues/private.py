"""What the private sides of all venues share: one account, its keys, and what may go wrong between matching and us."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tests.venues.exchange import Exchange
from tests.venues.orders import ZERO, Placed, Trade
from tests.venues.server import Handler, Side, Venue

KEY = "the-key-of-an-account"
SECRET = "a2luZ3Mgb2YgdGhlIG9yZGVyIGJvb2ssIGFuZCBvdGhlcnMuLi4="  # noqa: S105 - of a simulated account
DEPOSIT = {"USD": Decimal(100_000), "USDT": Decimal(100_000), "BTC": Decimal(10), "ETH": Decimal(100)}


@dataclass
class Account(Side):
    """One account at a venue, and its troubles.

    Attributes
    ----------
    hides : int
        Milliseconds for which a new order is in no list yet, though its fills are: a fill before its acknowledgement.
    races : bool
        Whether the next cancellation finds its order filled a moment before.
    pages : str
        What is wrong with pages of trades: `duplicate` repeats a row, `missing` leaves one out the first time.
    rows : int
        Most trades on a page, whatever was asked for.
    fill_late : tuple or None
        (quantity, price) that the next cancelled order gets all the same.
    nonce_window : int
        By how much a nonce may be less than the greatest so far, where the venue asks for one.
    may_trade : bool
        What the venue tells of the right to place orders, where it tells it.
    """

    venue: Venue
    exchange: Exchange
    key: str = KEY
    secret: str = SECRET
    hides: int = 0
    races: bool = False
    pages: str = ""
    rows: int = 100
    fill_late: tuple[Decimal, Decimal] | None = None
    may_trade: bool = True
    nonce: int = 0
    nonce_window: int = 0

    @abstractmethod
    def routes(self) -> Mapping[str, Handler]:
        """Return the private side's handlers."""

    def now(self) -> int:
        return self.venue.market.clock()

    def shown(self, order: Placed) -> bool:
        return self.now() >= order.created + int(order.wish.extra.get("hidden", 0))

    def hide(self, order: Placed) -> None:
        order.wish.extra["hidden"], self.hides = self.hides, 0

    def cancel(self, order: Placed, reason: str = "User requested") -> None:
        """Cancel, unless the order was faster; a late fill comes after it."""
        if self.races:
            self.races = False
            self.exchange.fill_late(order, order.left, order.wish.limit or self.exchange.market.last(order.wish.symbol))
        self.exchange.cancel(order, reason)
        if self.fill_late:
            quantity, price = self.fill_late
            self.fill_late = None
            self.exchange.fill_late(order, quantity, price)

    def page(self, trades: list[Trade], start: int, most: int) -> list[Trade]:
        """Return one page of trades with whatever is wrong with pages now."""
        found = trades[start : start + most]
        if self.pages == "duplicate" and start:
            return [trades[start - 1], *found]
        if self.pages == "missing" and found:
            self.pages = ""
            return found[1:]
        return found

    def balances(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        """Return (total, free) by coin."""
        self.exchange.settle()
        return {
            coin: (total, self.exchange.free(coin))
            for coin, total in sorted(self.exchange.balances.items())
            if total != ZERO
        }
