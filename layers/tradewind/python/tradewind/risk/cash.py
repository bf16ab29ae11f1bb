"""An entry is paid for before it is sent."""

from tradewind.risk.request import Denial, RiskRequest


def cash(request: RiskRequest) -> Denial | None:
    """Deny what the free cash would not cover at the worst price."""
    free = request.account.free_cash
    return Denial("INSUFFICIENT_CASH", request.reserved, free) if request.reserved > free else None
