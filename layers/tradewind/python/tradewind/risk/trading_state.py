"""The kill switch: no new risk unless trading is NORMAL, nor where a message is a dead letter."""

from decimal import Decimal

from tradewind.domain.ledger import TradingState, letters_part
from tradewind.risk.request import Denial, RiskRequest


def trading_state(request: RiskRequest) -> Denial | None:
    """Deny while the account is REDUCING or HALTED; exits are never asked."""
    if request.control.state is TradingState.NORMAL:
        return None
    why = f" ({request.control.reason})" if request.control.reason else ""
    state = request.control.state
    text = f"the account is {state}{why}: exits stay allowed, entries wait for `tradewind kill-switch off`"
    return Denial(f"KILL_SWITCH_{state}", Decimal(1), Decimal(0), text)


def part_state(request: RiskRequest) -> Denial | None:
    """Deny while the strategy or the instrument is REDUCING or HALTED, whatever the rest of the account may do.

    A spent budget stops a strategy apart from whoever else does: what lifts the one must not lift the other.
    """
    for kind, name in (
        ("strategy", request.strategy),
        ("budget", request.strategy),
        ("instrument", request.instrument),
    ):
        state = request.control.parts.get(f"{kind}:{name}", TradingState.NORMAL)
        if state is not TradingState.NORMAL:
            text = f"{name} is {state}: `tradewind kill-switch status` says why"
            return Denial(f"{kind.upper()}_STOPPED", Decimal(1), Decimal(0), text)
    return None


def dead_letter(request: RiskRequest) -> Denial | None:
    """Deny while a message of the instrument could not be executed: nobody knows what it would have changed."""
    if letters_part(request.instrument) not in request.control.parts:
        return None
    text = f"a message of {request.instrument} could not be executed: `tradewind dlq list` says why"
    return Denial("DEAD_LETTER", Decimal(1), Decimal(0), text)
