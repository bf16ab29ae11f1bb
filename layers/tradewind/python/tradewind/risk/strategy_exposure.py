"""What one strategy may tie up in its account, at cost and with reservations, as a fraction of book equity."""

from tradewind.domain.order import NOTHING
from tradewind.risk.request import Denial, RiskRequest


def strategy_exposure(request: RiskRequest) -> Denial | None:
    """Deny what would take a strategy over its share of the account; without such a limit the account's holds alone."""
    if not request.limits.strategy_exposure:
        return None
    stakes = request.account.stakes.values()
    held = sum((one.shares.get(request.strategy, NOTHING) for one in stakes), NOTHING)
    limit = request.limits.strategy_exposure * request.account.book_equity
    value = held + request.reserved
    return Denial("MAX_STRATEGY_EXPOSURE", value, limit) if value > limit else None
