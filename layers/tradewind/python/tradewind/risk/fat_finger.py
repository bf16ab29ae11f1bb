"""A price far from the market is more often a slip of the hand than a wish."""

from decimal import Decimal

from tradewind.risk.request import Denial, OrderRequest

_BASIS = Decimal(10_000)


def fat_finger(request: OrderRequest) -> Denial | None:
    """Deny a price, or a price that was looked at, further from the last one than the account's collar."""
    for price in filter(None, (request.reference, request.order.terms.limit, request.order.terms.trigger)):
        away = abs(price / request.price - 1) * _BASIS
        if away > request.limits.collar_bps:
            text = f"{price:f} is {away:.0f} basis points from the last price {request.price:f}, {{}} are allowed"
            return Denial(
                "FAT_FINGER", away, Decimal(request.limits.collar_bps), text.format(request.limits.collar_bps)
            )
    return None
