"""What is used of an account's limits, for people: counted as the rules in `risk` count it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from tradewind.domain.configuration import Limits
from tradewind.domain.ledger import Account, Stake
from tradewind.domain.order import NOTHING

POSITIONS = "open_positions"


@dataclass(frozen=True, slots=True)
class LimitUsed:
    """One limit: how much of it is used, and the most that may be; money in the account's currency, or instruments."""

    name: str
    used: Decimal
    most: Decimal


def limits_used(account: Account, limits: Limits, day: int) -> list[LimitUsed]:
    """Return what is used of each limit that is set, on a UTC day number; waiting entries count like positions."""
    equity, stakes = account.book_equity, account.stakes.values()
    largest = max((one.exposure + one.reserved for one in stakes), default=NOTHING)
    realised = account.realised_on(day)
    rows = [
        LimitUsed(POSITIONS, Decimal(len(stakes)), Decimal(limits.open_positions)),
        LimitUsed("exposure", account.exposure, equity * limits.exposure),
        LimitUsed("instrument_exposure", largest, equity * limits.instrument_exposure),
        LimitUsed("daily_loss", max(NOTHING, -realised), (equity - realised) * limits.daily_loss),
        LimitUsed("cash", account.cash - account.free_cash, account.cash),
    ]
    if limits.strategy_exposure:
        rows.append(LimitUsed("strategy_exposure", _largest_share(stakes), equity * limits.strategy_exposure))
    if limits.drawdown:
        peak = account.opening + max(account.peak, account.realised)
        rows.append(LimitUsed("drawdown", peak - equity, peak * limits.drawdown))
    return rows


def _largest_share(stakes: Iterable[Stake]) -> Decimal:
    """Return what the strategy that ties up most ties up."""
    shares: dict[str, Decimal] = {}
    for stake in stakes:
        for strategy, value in stake.shares.items():
            shares[strategy] = shares.get(strategy, NOTHING) + value
    return max(shares.values(), default=NOTHING)
