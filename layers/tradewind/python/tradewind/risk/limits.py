"""Every rule, in the order in which a person would want to hear of them."""

from collections.abc import Callable

from tradewind.risk.arming import arming
from tradewind.risk.cash import cash
from tradewind.risk.clock_skew import future
from tradewind.risk.daily_loss import daily_loss
from tradewind.risk.drawdown import drawdown
from tradewind.risk.duplicate_order import duplicate_order
from tradewind.risk.exposure import account_exposure, instrument_exposure
from tradewind.risk.open_positions import open_positions
from tradewind.risk.order_notional import order_notional
from tradewind.risk.order_rate import order_rate
from tradewind.risk.request import Denial, RiskRequest
from tradewind.risk.strategy_exposure import strategy_exposure
from tradewind.risk.trading_state import dead_letter, part_state, trading_state

RULES: tuple[Callable[[RiskRequest], Denial | None], ...] = (
    trading_state,
    part_state,
    dead_letter,
    arming,
    future,
    duplicate_order,
    order_rate,
    daily_loss,
    drawdown,
    order_notional,
    open_positions,
    instrument_exposure,
    strategy_exposure,
    account_exposure,
    cash,
)


def check(request: RiskRequest) -> Denial | None:
    """Return the first denial, or None where every rule agrees."""
    for rule in RULES:
        denial = rule(request)
        if denial:
            return denial
    return None
