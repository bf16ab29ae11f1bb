"""Nothing trades on a price that nobody has confirmed lately."""

from decimal import Decimal

from tradewind.risk.request import Denial, OrderRequest

TOLERATED = 2
"""Bars that may be under way."""


def stale_price(request: OrderRequest) -> Denial | None:
    """Deny where the latest bar is missing, or older than the venue's calendar allows."""
    behind = request.due - request.price_ts
    if request.price_ts and behind <= TOLERATED * request.bar:
        return None
    known = f"the last price is {behind // 60_000} minutes behind" if request.price_ts else "no price is known"
    return Denial("STALE_PRICE", Decimal(behind), Decimal(TOLERATED * request.bar), f"{known}: see `tradewind status`")
