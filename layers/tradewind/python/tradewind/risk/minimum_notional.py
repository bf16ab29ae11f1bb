"""A venue takes no order below its smallest value."""

from tradewind.risk.request import Denial, OrderRequest


def minimum_notional(request: OrderRequest) -> Denial | None:
    """Deny what is worth less at the price that it would fill at."""
    order, smallest = request.order, request.instrument.minimum_notional
    value = order.quantity * (order.terms.price or request.price)
    if value >= smallest:
        return None
    return Denial(
        "BELOW_MINIMUM_NOTIONAL", value, smallest, f"it is worth {value:f}, the venue takes {smallest:f} and up"
    )
