"""What it costs: functions by their own metrics, and the month by function, strategy and signal as it was metered."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from tradewind.adapters.observing import Used
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.models.cost import CostDocument, FunctionCost, MeteredFunction, MonthDocument, StrategyCost
from tradewind.application.meter_spending import LATE, month_of
from tradewind.application.spending import Spending, Spent
from tradewind.domain.prices import DATE, LIST
from tradewind.domain.timeframe import DAY

_HOUR = 3_600_000
_MONTH = 720

Hours = Annotated[int, Query(description="How far back.", ge=1, le=_MONTH)]


def register(gateway: Gateway, desk: Desk) -> None:
    """Declare the paths."""
    view = CostView(desk)
    gateway.reads("/api/cost", view.cost, tag="Monitor")
    gateway.reads("/api/cost/month", view.cost_month, tag="Monitor")


@dataclass(frozen=True, slots=True)
class CostView:
    """Dollars."""

    desk: Desk

    def cost(self, hours: Hours = 24) -> CostDocument:
        """Show what the functions used and what that comes to at list prices."""
        # By whole hours: metrics are asked for by the hour, and an answer that is the same need not be sent again.
        until = self.desk.now() // _HOUR * _HOUR
        since = until - hours * _HOUR
        used = self.desk.observing.used(sorted(self.desk.functions), since, until)
        rows = [
            FunctionCost(
                function=name, invocations=one.invocations, milliseconds=round(one.milliseconds, 1),
                memory=self.desk.functions[name], dollars=_dollars(one, self.desk.functions[name]),
            )
            for name, one in used.items()
        ]  # fmt: skip
        total = sum(one.dollars for one in rows)
        month = round(total * _MONTH / hours, 4)
        return CostDocument(
            since=since, until=until, prices_of=DATE, functions=rows, dollars=round(total, 6), month=month
        )

    def cost_month(self) -> MonthDocument:
        """Show what this month cost so far by function, strategy and signal, as the functions metered it themselves."""
        month = month_of(self.desk.now() - LATE)
        spending = self.desk.insight.spending.load(month)
        return MonthDocument(
            month=month,
            until=spending.until,
            prices_of=DATE,
            dollars=round(spending.dollars, 6),
            forecast=_forecast(spending, month),
            functions=[_function(name, one) for name, one in sorted(spending.functions.items())],
            strategies=self._strategies(spending),
        )

    def _strategies(self, spending: Spending) -> list[StrategyCost]:
        dollars = spending.strategies()
        budgets = {one.name: one.budget for one in self.desk.configuration.strategies}
        return [
            StrategyCost(
                strategy=name, dollars=round(dollars.get(name, 0), 6),
                decisions=round(spending.decisions.get(name, 0)), signals=spending.signals.get(name, 0),
                dollars_a_signal=_each(dollars.get(name, 0), spending.signals.get(name, 0)),
                budget=budgets.get(name) or None, paused=any(one.endswith(f"/{name}") for one in spending.paused),
            )
            for name in sorted({*dollars, *budgets})
        ]  # fmt: skip


def _dollars(used: Used, memory: int) -> float:
    seconds = used.milliseconds / 1000
    return round(seconds * memory / 1024 * LIST.compute + used.invocations * LIST.invocation, 6)


def _function(name: str, one: Spent) -> MeteredFunction:
    return MeteredFunction(
        function=name, invocations=one.invocations, milliseconds=round(one.ms, 1), calls=one.calls,
        read_units=round(one.reads, 1), write_units=round(one.writes, 1), dollars=round(one.dollars, 6),
    )  # fmt: skip


def _each(dollars: float, count: int) -> float | None:
    return round(dollars / count, 8) if count else None


def _forecast(spending: Spending, month: str) -> float | None:
    """Return what the whole month comes to if it goes on so; None before its first quarter of an hour is metered."""
    begun = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    first = round(begun.timestamp() * 1000)
    passed = spending.until - max(first, spending.since)
    if passed < _HOUR // 4:
        return None
    ahead = first + monthrange(begun.year, begun.month)[1] * DAY - spending.until
    return round(spending.dollars * (1 + ahead / passed), 4)
