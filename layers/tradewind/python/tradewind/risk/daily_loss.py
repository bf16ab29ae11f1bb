"""A day's realised loss ends the day's new risk."""

from tradewind.risk.request import Denial, RiskRequest


def daily_loss(request: RiskRequest) -> Denial | None:
    """Deny once the loss realised on this UTC day has reached its fraction of the equity the day began with."""
    realised = request.account.realised_on(request.day)
    limit = request.limits.daily_loss * (request.account.book_equity - realised)
    return Denial("DAILY_LOSS", -realised, limit) if -realised >= limit else None
