"""A market order needs a market."""

from decimal import Decimal

from tradewind.risk.request import Denial, OrderRequest


def market_hours(request: OrderRequest) -> Denial | None:
    """Deny a market order outside the venue's session; one with a limit waits for the open."""
    if request.market_open or request.order.terms.price:
        return None
    return Denial(
        "MARKET_CLOSED", Decimal(0), Decimal(1), "the venue is closed: an order with a limit waits for the open"
    )
