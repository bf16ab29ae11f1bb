"""At most so many instruments at once."""

from decimal import Decimal

from tradewind.risk.request import Denial, RiskRequest


def open_positions(request: RiskRequest) -> Denial | None:
    """Deny one instrument too many; working entries count like positions."""
    taken = len(request.account.stakes.keys() | {request.instrument})
    if taken <= request.limits.open_positions:
        return None
    return Denial("MAX_OPEN_POSITIONS", Decimal(taken), Decimal(request.limits.open_positions))
