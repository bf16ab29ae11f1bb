"""An order from the future: one of the two clocks is wrong, and nobody knows which."""

from decimal import Decimal

from tradewind.risk.request import Denial, OrderRequest, RiskRequest

TOLERATED = 5_000
"""Milliseconds by which two clocks may differ."""


def clock_skew(request: OrderRequest) -> Denial | None:
    """Deny what was asked later than it is now."""
    return _denial(request.order.created - request.now)


def future(request: RiskRequest) -> Denial | None:
    """Deny an entry that was decided on later than it is now, whoever decided."""
    return _denial(request.ts - request.now)


def _denial(ahead: int) -> Denial | None:
    if ahead <= TOLERATED:
        return None
    text = f"it was asked {ahead / 1000:.0f} s in the future: set the clock of the machine that asks"
    return Denial("CLOCK_SKEW", Decimal(ahead), Decimal(TOLERATED), text)
