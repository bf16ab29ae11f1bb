"""Adding up what was used since the last time, and pausing a strategy whose budget is spent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from tradewind.application.spending import Spending, SpendingStore, UsageLog
from tradewind.application.switch import SwitchTrading
from tradewind.domain.configuration import Configuration, StrategyRules
from tradewind.domain.ledger import TradingState
from tradewind.domain.timeframe import MINUTE

LATE = 2 * MINUTE
"""How long a line may take to be found in the logs."""

_FIRST = 60 * MINUTE


def month_of(ts: int) -> str:
    """Return the UTC month of a time, as `2026-11`."""
    return f"{datetime.fromtimestamp(ts / 1000, UTC):%Y-%m}"


@dataclass(frozen=True, slots=True)
class MeterSpending:
    """Meter an environment; asked every few minutes."""

    configuration: Configuration
    log: UsageLog
    store: SpendingStore
    switch: SwitchTrading

    def __call__(self, now: int) -> Spending:
        """Add what was logged since the last time, and hold every strategy to its budget.

        The month of the time that is reached counts; at its turn a window is never divided, so no line is lost or
        counted twice.

        Raises
        ------
        ConflictError
            If another metering was faster; nothing was counted twice.
        """
        end = now - LATE
        month, spending = self._month(end)
        if end > spending.until:
            if not spending.until:  # the first look of all
                spending.since = spending.until = end - _FIRST
            spending.add(self.log.uses(spending.until, end))
            spending.until = end
            wanted = set(self._over(spending))
            self._hold(wanted - set(spending.paused), TradingState.REDUCING, now)
            self._hold(set(spending.paused) - wanted, TradingState.NORMAL, now)
            spending.paused = sorted(wanted)
            spending.version += 1
            self.store.keep(month, spending)
        return spending

    def _month(self, end: int) -> tuple[str, Spending]:
        month = month_of(end)
        spending = self.store.load(month)
        if not spending.version:  # a new month goes on where the last one ended
            before = self.store.load(_month_before(month))
            spending.until, spending.paused = before.until, before.paused
        return month, spending

    def _over(self, spending: Spending) -> Iterable[str]:
        dollars = spending.strategies()
        for rules in self.configuration.strategies:
            if rules.budget and dollars.get(rules.name, 0) >= rules.budget:
                yield _name(rules)

    def _hold(self, names: set[str], state: TradingState, now: int) -> None:
        for rules in self.configuration.strategies:
            if _name(rules) in names:
                spent = "is spent: no new risk" if state is TradingState.REDUCING else "is not spent"
                reason = f"the month's budget of ${rules.budget:.2f} for {rules.name} {spent}"
                self.switch(rules.account, state, reason, "budget", now, f"budget:{rules.name}")


def _month_before(month: str) -> str:
    year, number = map(int, month.split("-"))
    return f"{year - (number == 1):04}-{number - 1 or 12:02}"


def _name(rules: StrategyRules) -> str:
    return f"{rules.account}/{rules.name}"
