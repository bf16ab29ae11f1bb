"""Who enters by hand says where it ends."""

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
