"""So many entries a minute and no more: what asks for more has gone wild."""

from decimal import Decimal

from tradewind.domain.timeframe import MINUTE
from tradewind.risk.request import Denial, RiskRequest


def order_rate(request: RiskRequest) -> Denial | None:
    """Deny one entry too many in a minute of the environment's clock."""
    account, most = request.account, request.limits.orders_per_minute
    sent = account.sent if account.minute >= request.ts // MINUTE else 0
    if sent < most:
        return None
    return Denial("ORDER_RATE", Decimal(sent + 1), Decimal(most))
