"""An order from the future: one of the two clocks is wrong, and nobody knows which."""

from decimal import Decimal

from tradewind.risk.request import Denial, OrderRequest

TOLERATED = 5_000
"""Milliseconds by which two clocks may differ."""


def clock_skew(request: OrderRequest) -> Denial | None:
    """Deny what was asked later than it is now."""
    ahead = request.order.created - request.now
    if ahead <= TOLERATED:
        return None
    text = f"it was asked {ahead / 1000:.0f} s in the future: set the clock of the machine that asks"
    return Denial("CLOCK_SKEW", Decimal(ahead), Decimal(TOLERATED), text)
