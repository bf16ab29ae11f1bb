"""One order is worth no more than so much, whatever the account is worth."""

from tradewind.risk.request import Denial, RiskRequest


def order_notional(request: RiskRequest) -> Denial | None:
    """Deny an entry that would tie up more at its worst price; 0 for no such limit."""
    most = request.limits.order_notional
    return Denial("MAX_ORDER_NOTIONAL", request.reserved, most) if most and request.reserved > most else None
