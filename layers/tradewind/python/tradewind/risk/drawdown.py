"""An account that has lost too much since its best takes no new risk: no time ends that, and no command.

It ends when what is still held earns it back, or when somebody who has looked allows more and deploys that.
"""

from tradewind.risk.request import Denial, RiskRequest


def drawdown(request: RiskRequest) -> Denial | None:
    """Deny once book equity has fallen from its peak by its fraction of that peak."""
    if not request.limits.drawdown:
        return None
    peak = request.account.opening + max(request.account.peak, request.account.realised)
    lost, limit = peak - request.account.book_equity, request.limits.drawdown * peak
    return Denial("MAX_DRAWDOWN", lost, limit) if lost >= limit else None
