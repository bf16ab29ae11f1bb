"""A venue takes no order below its smallest value, nor a stop."""

from decimal import Decimal

from tradewind.domain.instrument import Instrument
from tradewind.domain.order import Leg, Order
from tradewind.risk.request import Denial, OrderRequest


def minimum_notional(request: OrderRequest) -> Denial | None:
    """Deny what is worth less at the price that it would fill at."""
    order, smallest = request.order, request.instrument.minimum_notional
    value = order.quantity * (order.terms.price or request.price)
    if value >= smallest:
        return None
    return Denial(
        "BELOW_MINIMUM_NOTIONAL", value, smallest, f"it is worth {value:f}, the venue takes {smallest:f} and up"
    )


def stop_minimum(entry: Order, held: Decimal, instrument: Instrument) -> Denial | None:
    """Deny an entry whose stop the venue would refuse: it sells for less than the entry costs.

    Parameters
    ----------
    held : Decimal
        What the position holds that it adds to: its stop covers all.
    """
    if entry.leg is not Leg.ENTRY or not entry.stop:
        return None
    quantity, least = entry.quantity + held, instrument.least(entry.stop)
    if quantity >= least:
        return None
    text = f"a stop over {quantity:f} at {entry.stop:f} is refused by the venue, which takes {least:f} and up there"
    return Denial("STOP_BELOW_MINIMUM", quantity, least, text)
