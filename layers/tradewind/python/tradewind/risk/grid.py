"""Prices lie on the instrument's tick and quantities on its lot: a venue takes no others."""

from decimal import Decimal

from tradewind.risk.request import Denial, OrderRequest


def on_tick(request: OrderRequest) -> Denial | None:
    """Deny a price between two ticks."""
    tick, order = request.instrument.tick, request.order
    for price in (order.terms.limit, order.terms.trigger, order.stop, order.target):
        if price % tick:
            return Denial("OFF_TICK", price, tick, f"{_plain(price)} is no whole number of ticks of {_plain(tick)}")
    return None


def on_lot(request: OrderRequest) -> Denial | None:
    """Deny a quantity between two lots, and none at all."""
    lot, quantity = request.instrument.lot, request.order.quantity
    if quantity > 0 and not quantity % lot:
        return None
    return Denial("OFF_LOT", quantity, lot, f"{_plain(quantity)} is no whole number of lots of {_plain(lot)}")


def _plain(value: Decimal) -> str:
    return f"{value:f}"
