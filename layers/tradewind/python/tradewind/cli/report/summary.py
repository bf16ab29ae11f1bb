"""A run in one object: what `summary.json` holds. Money, prices and rates are text, exact; counts are numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tradewind.cli.configuration.building import decimal_text
from tradewind.cli.report.history import History
from tradewind.cli.report.performance import (
    Drawdown,
    EquityPoint,
    Record,
    RoundTrip,
    deepest,
    exposure_share,
    record,
    round_trips,
)
from tradewind.cli.report.reasons import Tally
from tradewind.cli.times import bar_text
from tradewind.domain.decision import Action
from tradewind.domain.order import OrderStatus

_CENT = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the tables do not know of a run.

    Attributes
    ----------
    alerts : int
        Delivered to the inbox, each counted once; `repeated` are further copies with the same id.
    seconds : float
        From the first step to the last alert; `step_seconds` without the warm-up and what follows the last step.
    """

    alerts: int = 0
    repeated: int = 0
    refused_bars: int = 0
    dead_letters: int = 0
    seconds: float = 0.0
    step_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything that the files, the page and the terminal tell."""

    history: History
    tally: Tally
    facts: RunFacts
    curve: list[EquityPoint]
    trips: list[RoundTrip]
    record: Record
    drawdown: Drawdown

    @property
    def pnl(self) -> Decimal:
        """Equity at the end less equity at the start: after fees, open positions at their last marks."""
        return self.history.equity - self.history.opening

    @property
    def denied_orders(self) -> int:
        """Orders that the executor denied."""
        return sum(order.status is OrderStatus.DENIED for order in self.history.orders)

    @property
    def first(self) -> str | None:
        """When the bar of the first traded step opened, as people write it."""
        steps = self.history.traded_steps
        return bar_text(steps[0], self.history.bar_ms) if steps else None

    @property
    def last(self) -> str | None:
        """When the bar of the last traded step opened."""
        steps = self.history.traded_steps
        return bar_text(steps[-1], self.history.bar_ms) if steps else None

    @property
    def speed(self) -> float:
        """Traded steps a second."""
        return len(self.history.traded_steps) / self.facts.step_seconds if self.facts.step_seconds else 0.0


def summarise(history: History, tally: Tally, facts: RunFacts) -> Summary:
    """Calculate everything once."""
    curve, trips = history.curve(), round_trips(history.fills)
    return Summary(history, tally, facts, curve, trips, record(trips), deepest(curve))


def to_json(summary: Summary) -> dict[str, Any]:
    """Return what `summary.json` holds."""
    history, tally, facts = summary.history, summary.tally, summary.facts
    return {
        "environment": history.configuration.environment,
        "configuration": history.configuration.hash,
        "bars": history.bars,
        "steps": len(history.traded_steps),
        "warmup_steps": len(history.steps) - len(history.traded_steps),
        "first": summary.first,
        "last": summary.last,
        "decisions": tally.rows,
        "reasons": {f"{action} {reason}": count for (action, reason), count in tally.reasons.most_common()},
        "orders": len(history.orders),
        "denied": tally.count(Action.DENY) + summary.denied_orders,
        "denied_decisions": tally.count(Action.DENY),
        "denied_orders": summary.denied_orders,
        "fills": len(history.fills),
        **_trading(summary),
        "marks": {name: decimal_text(price) for name, price in history.marks().items()},
        "positions": {
            book.instrument: {"quantity": decimal_text(position.quantity), "cost": decimal_text(position.cost)}
            for book in history.books
            for position in book.positions
        },
        "unwarm": {one.instrument: {"seen": one.seen, "needed": one.needed} for one in tally.unwarm()},
        "barless": dict(tally.barless()),
        "alerts": facts.alerts,
        "alerts_repeated": facts.repeated,
        "refused_bars": facts.refused_bars,
        "dead_letters": facts.dead_letters,
        "seconds": round(facts.seconds, 3),
        "steps_per_second": round(summary.speed, 2),
    }


def _trading(summary: Summary) -> Mapping[str, Any]:
    history, trips, fall = summary.history, summary.record, summary.drawdown
    return {
        "round_trips": trips.trips,
        "wins": trips.wins,
        "losses": trips.losses,
        "win_rate": rate(trips.win_rate),
        "profit_factor": rate(trips.profit_factor),
        "average_trade": rate(trips.average),
        "best_trade": rate(trips.best),
        "worst_trade": rate(trips.worst),
        "pnl": decimal_text(summary.pnl),
        "fees": decimal_text(history.fees),
        "realised": decimal_text(sum((one.realised for one in history.accounts), Decimal(0))),
        "equity_start": decimal_text(history.opening),
        "equity_end": decimal_text(history.equity),
        "max_drawdown": rate(fall.fraction),
        "max_drawdown_amount": decimal_text(fall.amount),
        "time_in_market": rate(exposure_share(summary.curve)),
    }


def rate(value: Decimal | None) -> str | None:
    """Write a ratio or an average to four decimals."""
    return None if value is None else decimal_text(value.quantize(_CENT))
