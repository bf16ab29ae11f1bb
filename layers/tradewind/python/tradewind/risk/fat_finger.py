"""A price far from the market is more often a slip of the hand than a wish."""

from decimal import Decimal

from tradewind.domain.order import Side
from tradewind.risk.request import Denial, OrderRequest

_BASIS = Decimal(10_000)


def fat_finger(request: OrderRequest) -> Denial | None:
    """Deny a price that was looked at further from the last one than the account's collar."""
    return _denial(request, request.reference, abs(request.reference / request.price - 1), "the last price")


def worse_than_market(request: OrderRequest) -> Denial | None:
    """Deny a limit that would pay more, or take less, than the last price by more than the collar.

    The other way it waits, and that is what limits are for. A stop's limit is measured from what wakes it.
    """
    terms = request.order.terms
    what, start = ("its trigger", terms.trigger) if terms.trigger else ("the last price", request.price)
    if not (terms.limit and start):  # an exit where no price is known: its limit alone keeps it
        return None
    return _denial(request, terms.limit, _beyond(request, start), what)


def worse_than_book(request: OrderRequest) -> Denial | None:
    """Deny a limit that would go deeper into a fresh order book than the collar from its best price."""
    terms = request.order.terms
    if not (request.best and terms.limit) or terms.trigger:
        return None
    return _denial(request, terms.limit, _beyond(request, request.best), "the best price in the book")


def _beyond(request: OrderRequest, start: Decimal) -> Decimal:
    away = request.order.terms.limit / start - 1
    return away if request.order.side is Side.BUY else -away


def _denial(request: OrderRequest, price: Decimal, share: Decimal, what: str) -> Denial | None:
    away, allowed = share * _BASIS, request.limits.collar_bps
    if away <= allowed:
        return None
    where = {"the last price": request.price, "the best price in the book": request.best}
    start = where.get(what, request.order.terms.trigger)
    text = f"{price:f} is {away:.0f} basis points from {what} {start:f}, {allowed} are allowed"
    return Denial("FAT_FINGER", away, Decimal(allowed), text)
