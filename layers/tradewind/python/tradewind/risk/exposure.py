"""Exposure of the account and of one instrument, at cost and with reservations, as fractions of book equity.

Cost does not move with prices, so the answer does not depend on which instrument's bar was booked first.
"""

from decimal import Decimal

from tradewind.domain.order import NOTHING
from tradewind.risk.request import Denial, RiskRequest


def account_exposure(request: RiskRequest) -> Denial | None:
    """Deny what would take the account's exposure over its limit."""
    limit = request.limits.exposure * request.account.book_equity
    return _over("MAX_EXPOSURE", request.account.exposure + request.reserved, limit)


def instrument_exposure(request: RiskRequest) -> Denial | None:
    """Deny what would take the instrument's exposure over its limit."""
    stake = request.account.stakes.get(request.instrument)
    held = stake.exposure + stake.reserved if stake else NOTHING
    limit = request.limits.instrument_exposure * request.account.book_equity
    return _over("MAX_INSTRUMENT_EXPOSURE", held + request.reserved, limit)


def _over(code: str, value: Decimal, limit: Decimal) -> Denial | None:
    return Denial(code, value, limit) if value > limit else None
