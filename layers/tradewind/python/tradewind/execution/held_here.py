"""Orders that wait here because their venue cannot hold them: what a closed bar makes of each.

Pure, and by the paper venue's own rules: what would be triggered, woken or moved there by a bar is so here. What is
triggered is turned into what its venue is then sent: the market, or a limit.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from tradewind.domain.bar import Bar
from tradewind.domain.instrument import Instrument
from tradewind.domain.ledger import Book
from tradewind.domain.order import AT_MARKET, NOTHING, Leg, Order, OrderStatus, Side, Terms
from tradewind.domain.order_terms import OrderKind, TimeInForce
from tradewind.domain.timeframe import MINUTE
from tradewind.execution.resting import Reach, Seen, lived, reach

_VALID = 5 * MINUTE
"""How long a triggered entry may wait to be sent, or an exit beyond its own end; one without is never too late."""


def is_due(order: Order) -> bool:
    """Tell whether an order has been triggered here and is to be sent to its venue."""
    # A stop limit that only woke waits here for its limit.
    return order.held_here and order.status is OrderStatus.TRIGGERED and order.terms.kind is not OrderKind.STOP_LIMIT


def watched(book: Book, bar: Bar, rules: Instrument) -> Iterator[Order]:
    """Yield those orders held here that a closed bar has changed: ended, moved, woken or triggered."""
    for order in book.orders:
        after = _watched(order, bar, rules) if order.held_here and not is_due(order) else order
        if after != order:
            yield after


def as_sent(order: Order) -> Terms:
    """Return what the venue is asked for when the price of an order that waited here has come.

    An exit never rests at the venue, where the position's stop needs the coins: it takes at once what it gets.
    """
    if not order.terms.limit:
        return AT_MARKET
    if order.leg is Leg.EXIT:
        return Terms(OrderKind.LIMIT, order.terms.limit, lifetime=TimeInForce.IOC)
    return replace(order.terms, kind=OrderKind.LIMIT, trigger=NOTHING)


def takes_at(order: Order, close: Decimal) -> bool:
    """Tell whether a limit would take at a price; what has no limit always does."""
    limit = order.terms.limit
    return not limit or (close <= limit if order.side is Side.BUY else close >= limit)


def _watched(order: Order, bar: Bar, rules: Instrument) -> Order:
    ends = order.terms.expires
    if 0 < ends < bar.ts_close:
        return _expired(order)
    if order.created >= bar.ts_close:
        return order
    found = reach(order, lived(Seen(*map(rules.ticks, bar[2:6])), bar, order.created), rules)
    if _comes(found, rules.price(rules.ticks(bar.close))):
        return _triggered(found.order, bar)
    if ends == bar.ts_close:
        return _expired(order)
    if found.ticks and order.terms.trigger:  # beyond its limit again when the bar closed
        return replace(order, status=OrderStatus.TRIGGERED)
    return found.order


def _comes(found: Reach, close: Decimal) -> bool:
    """Tell whether an order is to be sent: an exit with a limit only while it takes, for it may not rest there."""
    if found.order.leg is Leg.EXIT:
        return bool(found.ticks) and takes_at(found.order, close)
    return bool(found.ticks) or found.order.status is OrderStatus.TRIGGERED


def _triggered(order: Order, bar: Bar) -> Order:
    valid = order.terms.expires if order.leg is Leg.EXIT else bar.ts_close
    said = f"{order.terms.kind} {order.terms.trigger or order.terms.limit:f} was reached; it was watched here"
    after = order if order.status is OrderStatus.TRIGGERED else order.becomes(OrderStatus.TRIGGERED)
    return replace(after, terms=as_sent(order), created=bar.ts_close, valid_until=valid and valid + _VALID, reason=said)


def _expired(order: Order) -> Order:
    ended = order.becomes(OrderStatus.EXPIRED, f"{order.terms.lifetime}: its time is over")
    return replace(ended, reserved=NOTHING)
