"""What a venue that lacks FOK or post-only is asked for in their place, after a look at its order book.

Between the look and the order the market may move: then a part of a FOK order may fill, and a post-only one may take.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from tradewind.application.ports_venue import Refusal, Reported, VenueFacts
from tradewind.domain.market import BookLevel, OrderBook
from tradewind.domain.order import Order, OrderStatus, Side
from tradewind.domain.terms import Terms, TimeInForce, lasting, terms_of

DEPTH = 50
"""Levels of an order book that are looked at: what lies deeper is not counted on."""

type Offers = Callable[[Order], Sequence[BookLevel]]
"""Returns what an order would meet if it took, the best price first."""


def terms_for(facts: VenueFacts, order: Order, offers: Offers) -> Terms | Reported:
    """Return what a venue is to be asked for, or how the order ends without it.

    Raises
    ------
    TransientError, PermanentError
        If its order book cannot be looked at.
    """
    lifetimes = facts.lifetimes_of(order.instrument)
    terms = lasting(terms_of(order), lifetimes)
    if terms.lifetime is TimeInForce.FOK and TimeInForce.FOK not in lifetimes:
        return _all_or_nothing(order, terms, offers(order))
    if terms.post_only and not facts.post_only:
        return _never_taking(order, terms, offers(order))
    return terms


def opposite(book: OrderBook, order: Order) -> Sequence[BookLevel]:
    """Return the side of an order book that an order would take from."""
    return book.asks if order.side is Side.BUY else book.bids


def _all_or_nothing(order: Order, terms: Terms, offers: Sequence[BookLevel]) -> Terms | Reported:
    there = sum((one.quantity for one in offers if _takes(order, terms, one.price)), Decimal(0))
    if there < order.quantity:
        said = f"FOK: {there:f} of {order.quantity:f} were to be had at {terms.limit:f}"
        return Reported(OrderStatus.CANCELED, said)
    return replace(terms, lifetime=TimeInForce.IOC)


def _never_taking(order: Order, terms: Terms, offers: Sequence[BookLevel]) -> Terms | Reported:
    best = next(iter(offers), None)
    if best and _takes(order, terms, best.price):
        said = f"{Refusal.WOULD_TAKE}: post-only, and {best.price:f} is offered"
        return Reported(OrderStatus.REJECTED, said)
    return replace(terms, post_only=False)


def _takes(order: Order, terms: Terms, price: Decimal) -> bool:
    return price <= terms.limit if order.side is Side.BUY else price >= terms.limit
