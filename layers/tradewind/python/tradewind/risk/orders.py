"""What an order by hand or from outside must be before the limits are asked: cheap slips first."""

from collections.abc import Callable

from tradewind.domain.order import Leg
from tradewind.risk.clock_skew import clock_skew
from tradewind.risk.fat_finger import fat_finger, worse_than_book, worse_than_market
from tradewind.risk.grid import on_lot, on_tick
from tradewind.risk.market_hours import market_hours
from tradewind.risk.minimum_notional import minimum_notional
from tradewind.risk.order_terms import reduces, trigger_ahead, whole_terms
from tradewind.risk.protective_stop import protective_stop, target_ahead
from tradewind.risk.request import Denial, OrderRequest
from tradewind.risk.stale_price import stale_price

ORDER_RULES: tuple[Callable[[OrderRequest], Denial | None], ...] = (
    clock_skew,
    whole_terms,
    reduces,
    on_lot,
    on_tick,
    stale_price,
    market_hours,
    fat_finger,
    worse_than_market,
    worse_than_book,
    trigger_ahead,
    protective_stop,
    target_ahead,
    minimum_notional,
)

EXIT_RULES: tuple[Callable[[OrderRequest], Denial | None], ...] = (
    whole_terms,
    on_tick,
    worse_than_market,
    worse_than_book,
    trigger_ahead,
)
"""What is asked of an exit with terms of its own; one at the market is never asked anything."""


def check_order(request: OrderRequest) -> Denial | None:
    """Return the first denial, or None where every rule agrees."""
    for rule in ORDER_RULES if request.order.leg is Leg.ENTRY else EXIT_RULES:
        denial = rule(request)
        if denial:
            return denial
    return None
