"""The kill switch: no new risk unless trading is NORMAL."""

from decimal import Decimal

from tradewind.domain.ledger import TradingState
from tradewind.risk.request import Denial, RiskRequest


def trading_state(request: RiskRequest) -> Denial | None:
    """Deny while the account is REDUCING or HALTED; exits are never asked."""
    if request.control.state is TradingState.NORMAL:
        return None
    return Denial(f"KILL_SWITCH_{request.control.state}", Decimal(1), Decimal(0))
