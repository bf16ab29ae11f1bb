"""What an order by hand or from outside must be before the limits are asked: cheap slips first."""

from collections.abc import Callable

from tradewind.risk.clock_skew import clock_skew
from tradewind.risk.fat_finger import fat_finger
from tradewind.risk.grid import on_lot, on_tick
from tradewind.risk.market_hours import market_hours
from tradewind.risk.minimum_notional import minimum_notional
from tradewind.risk.protective_stop import protective_stop
from tradewind.risk.request import Denial, OrderRequest
from tradewind.risk.stale_price import stale_price

ORDER_RULES: tuple[Callable[[OrderRequest], Denial | None], ...] = (
    clock_skew,
    on_lot,
    on_tick,
    stale_price,
    market_hours,
    fat_finger,
    protective_stop,
    minimum_notional,
)


def check_order(request: OrderRequest) -> Denial | None:
    """Return the first denial, or None where every rule agrees."""
    for rule in ORDER_RULES:
        denial = rule(request)
        if denial:
            return denial
    return None
