"""From what somebody says of an order to its terms: which kind it is follows from the prices that it names."""

from dataclasses import dataclass
from decimal import Decimal

from tradewind.application.ports_venue import VenueFacts
from tradewind.domain.errors import BadInputError
from tradewind.domain.order import NOTHING, Leg, Order, Side
from tradewind.domain.order_terms import AT_MARKET, OrderKind, Terms, TimeInForce


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of an order; 0 and empty where they say nothing.

    Attributes
    ----------
    limit, trigger, trail : Decimal
        As `Terms` has them.
    lifetime : str
        GTC, IOC, FOK, DAY or GTD; without it GTC, or GTD where it says until when.
    until : int
        UTC ms.
    """

    limit: Decimal = NOTHING
    trigger: Decimal = NOTHING
    trail: Decimal = NOTHING
    lifetime: str = ""
    until: int = 0
    post_only: bool = False
    reduce_only: bool = False

    def terms(self, side: Side, price: Decimal) -> Terms:
        """Return the terms of an order of a side, while the market is at a price.

        Raises
        ------
        BadInputError
            If there is no such lifetime.
        """
        lifetime = _lifetime(self.lifetime or ("GTD" if self.until else "GTC"))
        kind = self._kind(side, price)
        made = Terms(kind, self.limit, self.trigger, self.trail, lifetime, self.until, self.post_only, self.reduce_only)
        return AT_MARKET if made == AT_MARKET else made

    def _kind(self, side: Side, price: Decimal) -> OrderKind:
        if self.trail:
            return OrderKind.TRAILING_STOP
        if not self.trigger:
            return OrderKind.LIMIT if self.limit else OrderKind.MARKET
        if self.limit:
            return OrderKind.STOP_LIMIT
        # To buy above the market, or to sell below it, is to follow a break; the other way round takes a good price.
        breaks = self.trigger > price if side is Side.BUY else self.trigger < price
        return OrderKind.STOP if breaks else OrderKind.TAKE_PROFIT


SAID_NOTHING = Said()


def _lifetime(text: str) -> TimeInForce:
    try:
        return TimeInForce(text.upper())
    except ValueError:
        raise BadInputError(f"unknown time in force {text!r}: use {', '.join(TimeInForce)}") from None


def worded(terms: Terms) -> str:
    """Return what an order waits for, for a person; empty of one at the market."""
    if terms.kind is OrderKind.MARKET:
        return ""
    limit, trigger, trail = (f"{one:f}" for one in (terms.limit, terms.trigger, terms.trail))
    waits = {
        OrderKind.LIMIT: f"limit {limit}",
        OrderKind.STOP: f"stop {trigger}",
        OrderKind.STOP_LIMIT: f"stop {trigger} limit {limit}",
        OrderKind.TRAILING_STOP: f"trailing stop {trigger}, {trail} behind",
        OrderKind.TAKE_PROFIT: f"touch {trigger}",
    }
    flags = [*(["post-only"] if terms.post_only else []), *(["reduce-only"] if terms.reduce_only else [])]
    return " ".join([waits[terms.kind], terms.lifetime, *flags])


def waiting(order: Order) -> str:
    """Return what an order waits for and where, for a person; empty of one at the market."""
    return ", ".join(filter(None, [worded(order.terms), "watched here on closed bars" if order.held_here else ""]))


def emulated(order: Order, facts: VenueFacts) -> str:
    """Return in one sentence what of an order is done here in its venue's place; empty where nothing is."""
    terms, title = order.terms, facts.title
    if order.held_here:
        stop = f"The position's stop at {title} holds what it sells"
        why = stop if order.leg is Leg.EXIT else f"{title} has no {terms.kind} orders for it"
        return f"{why}: it waits here, watched on closed bars, so it may act up to one bar late."
    if terms.post_only and not facts.post_only:
        return f"{title} has no post-only: its best price is looked at first, and if that moves meanwhile it may take."
    if terms.lifetime in facts.lifetimes_of(order.instrument):
        return ""
    if terms.lifetime is TimeInForce.FOK:
        return f"{title} has no FOK: its order book is looked at first, and if that moves meanwhile a part may fill."
    return f"{title} has no {terms.lifetime}: the order is taken back within two minutes of its end."
