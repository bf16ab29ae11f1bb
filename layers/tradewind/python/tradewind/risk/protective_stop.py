"""Who enters by hand says where it ends: at a loss below what is paid, at a profit above it."""

from tradewind.risk.request import Denial, OrderRequest


def protective_stop(request: OrderRequest) -> Denial | None:
    """Deny an entry whose stop is missing, or not below what it would pay."""
    order = request.order
    pays = order.terms.price or request.price
    if order.parent != order.id and not order.stop:
        return None  # it adds to a position whose stop stands, and covers all of it
    if not order.stop:
        return Denial("STOP_REQUIRED", order.stop, pays, "an entry by hand needs a stop: add --stop PRICE")
    if order.stop < pays:
        return None
    return Denial("STOP_ABOVE_PRICE", order.stop, pays, f"the stop {order.stop:f} is not below the price {pays:f}")


def target_ahead(request: OrderRequest) -> Denial | None:
    """Deny an entry whose target is not above what it would pay: it would be sold again at once."""
    target, pays = request.order.target, request.order.terms.price or request.price
    if not target or target > pays:
        return None
    return Denial("TARGET_BELOW_PRICE", target, pays, f"the target {target:f} is not above the price {pays:f}")
