"""What an order asks of its venue."""

from collections.abc import Collection
from dataclasses import replace

from tradewind.domain.order import Leg, Order
from tradewind.domain.order_terms import AT_MARKET, OrderKind, Terms, TimeInForce

__all__ = ["OrderKind", "Terms", "TimeInForce", "lasting", "terms_of"]


def terms_of(order: Order) -> Terms:
    """Return what an order asks of its venue.

    A market order with a collar is a limit at its worst price that takes at once what it can get: so no venue can fill
    it beyond, and none need know collars.
    """
    reduces = order.leg is not Leg.ENTRY
    if order.terms != AT_MARKET:
        return replace(order.terms, reduce_only=reduces)
    match order.leg:
        case Leg.STOP:
            return Terms(OrderKind.STOP, trigger=order.price, reduce_only=reduces)
        case Leg.TARGET:
            return Terms(OrderKind.LIMIT, limit=order.price, reduce_only=reduces)
        case _ if order.worst_price:
            return Terms(OrderKind.LIMIT, limit=order.worst_price, lifetime=TimeInForce.IOC, reduce_only=reduces)
        case _:
            return Terms(OrderKind.MARKET, reduce_only=reduces)


def lasting(terms: Terms, offered: Collection[TimeInForce]) -> Terms:
    """Return terms with a lifetime that a venue offers: what ends at a moment it may hold until it is taken back."""
    if terms.lifetime in offered or not terms.expires:
        return terms
    held = TimeInForce.GTD if TimeInForce.GTD in offered else TimeInForce.GTC
    return replace(terms, lifetime=held)
