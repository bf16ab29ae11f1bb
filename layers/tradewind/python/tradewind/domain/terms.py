"""How an order wants to be executed: its kind, its prices, how long it lives, and what it must not do."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from tradewind.domain.order import NOTHING, Leg, Order


class OrderKind(StrEnum):
    """What makes an order trade, and at which price."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP = "STOP"
    STOP_LIMIT = "STOP_LIMIT"
    TRAILING_STOP = "TRAILING_STOP"
    TAKE_PROFIT = "TAKE_PROFIT"


class TimeInForce(StrEnum):
    """How long an order lives."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    DAY = "DAY"
    GTD = "GTD"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a venue is asked for.

    Attributes
    ----------
    limit, trigger : Decimal
        The worst price it may trade at, and the price that wakes it; 0 where its kind has none.
    trail : Decimal
        Distance of a trailing stop from the best price since, in the quote currency.
    expires : int
        UTC ms at which a GTD order ends.
    post_only, reduce_only : bool
        It must not take, and it must not open.
    """

    kind: OrderKind
    limit: Decimal = NOTHING
    trigger: Decimal = NOTHING
    trail: Decimal = NOTHING
    lifetime: TimeInForce = TimeInForce.GTC
    expires: int = 0
    post_only: bool = False
    reduce_only: bool = False


def terms_of(order: Order) -> Terms:
    """Return what an order asks of its venue.

    A market order with a collar is a limit at its worst price that takes at once what it can get: so no venue can fill
    it beyond, and none need know collars.
    """
    reduces = order.leg is not Leg.ENTRY
    match order.leg:
        case Leg.STOP:
            return Terms(OrderKind.STOP, trigger=order.price, reduce_only=reduces)
        case Leg.TARGET:
            return Terms(OrderKind.LIMIT, limit=order.price, reduce_only=reduces)
        case _ if order.worst_price:
            return Terms(OrderKind.LIMIT, limit=order.worst_price, lifetime=TimeInForce.IOC, reduce_only=reduces)
        case _:
            return Terms(OrderKind.MARKET, reduce_only=reduces)
