"""What an environment has really used, from its own logs, at list price."""

import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from tradewind.adapters.usage_log import CloudWatchUsage
from tradewind.application.spending import Spending
from tradewind.cli.deployed import Deployed

HOUR = 3_600_000


def spent(deployed: Deployed, hours: int) -> Spending:
    """Add up what every function says that it used within so many hours."""
    now = time.time_ns() // 1_000_000
    spending = Spending(until=now)
    log = CloudWatchUsage(deployed.client("logs"), deployed.functions)
    spending.add(log.uses(now - hours * HOUR, now + 1))
    return spending


def function_rows(spending: Spending) -> Iterator[tuple[str, ...]]:
    """Yield a row for each function, the dearest first."""
    for name, one in sorted(spending.functions.items(), key=lambda item: -item[1].dollars):
        yield (
            name, f"{one.invocations:,}", f"{one.ms:,.0f}", f"{one.calls:,}", f"{one.reads:,.1f}",
            f"{one.writes:,.0f}", f"{one.dollars:.6f}",
        )  # fmt: skip


def strategy_rows(spending: Spending) -> Iterator[tuple[str, ...]]:
    """Yield a row for each strategy, the dearest first."""
    for name, dollars in sorted(spending.strategies().items(), key=lambda item: -item[1]):
        signals = spending.signals.get(name, 0)
        each = f"{dollars / signals:.6f}" if signals else "–"
        yield name, f"{spending.decisions.get(name, 0):,.0f}", f"{signals:,}", f"{dollars:.6f}", each


def to_json(spending: Spending) -> dict[str, Any]:
    """Return it as JSON has it."""
    strategies = {
        name: {
            "dollars": dollars,
            "decisions": spending.decisions.get(name, 0),
            "signals": spending.signals.get(name, 0),
            "dollars_a_signal": dollars / spending.signals[name] if spending.signals.get(name) else None,
        }
        for name, dollars in spending.strategies().items()
    }
    functions = {name: asdict(one) for name, one in spending.functions.items()}
    return {"dollars": spending.dollars, "functions": functions, "strategies": strategies}
