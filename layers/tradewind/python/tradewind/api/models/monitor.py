"""Logs, storage, cost, reports and backtests, as documents."""

from typing import Any

from pydantic import Field

from tradewind.api.models.base import Model, Moment


class LogLine(Model):
    """One line of a function's log; long ones are cut."""

    ts: Moment
    function: str
    text: str


class TableDocument(Model):
    """How large one table is; AWS counts anew every six hours."""

    table: str
    items: int
    bytes: int


class FunctionCost(Model):
    """What one function used in a span of time, at list prices."""

    function: str
    invocations: int
    milliseconds: float
    memory: int
    dollars: float


class CostDocument(Model):
    """What functions used, metered by their own metrics, at list prices without a free tier."""

    since: Moment
    until: Moment
    prices_of: str
    functions: list[FunctionCost]
    dollars: float
    month: float = Field(description="The same for thirty days.")


class ReportDocument(Model):
    """One report; its text where it was asked for by name."""

    name: str
    text: str | None = None


class BacktestDocument(Model):
    """One stored backtest; its summary where it was asked for by name."""

    name: str
    summary: dict[str, Any] | None = None


class ChannelOutcome(Model):
    """A test on its way to a channel."""

    alert_id: str
    channel: str


class TestWanted(Model):
    """Which channel is to be tested."""

    channel: str = Field(default="", max_length=64, description="Every one without it.")


class AskedDocument(Model):
    """One entry of the audit trail."""

    seq: int
    ts: Moment
    by: str
    role: str
    what: str
    key: str
    body: str
