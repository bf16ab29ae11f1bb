"""Prices lie on the instrument's tick and quantities on its lot: a venue takes no others."""

from decimal import Decimal

from tradewind.domain.instrument import Instrument
from tradewind.domain.order import AT_ONCE, Leg, Order
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
    return _on_lot(request.order.quantity, request.instrument.lot)


def part_on_lot(leaving: Order, held: Decimal, instrument: Instrument) -> Denial | None:
    """Deny somebody's sale of a part between two lots; all that is held may always be asked for."""
    if leaving.leg is not Leg.EXIT or leaving.source not in AT_ONCE or leaving.quantity >= held:
        return None
    return _on_lot(leaving.quantity, instrument.lot)


def _on_lot(quantity: Decimal, lot: Decimal) -> Denial | None:
    if quantity > 0 and not quantity % lot:
        return None
    return Denial("OFF_LOT", quantity, lot, f"{_plain(quantity)} is no whole number of lots of {_plain(lot)}")


def _plain(value: Decimal) -> str:
    return f"{value:f}"
