"""What it costs, as documents."""

from pydantic import Field

from tradewind.api.models.base import Model, Moment


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


class MeteredFunction(Model):
    """What one function used in the month, as it logged it itself."""

    function: str
    invocations: int
    milliseconds: float
    calls: int = Field(description="Requests that it made of AWS.")
    read_units: float
    write_units: float
    dollars: float


class StrategyCost(Model):
    """What one strategy cost in the month, its share of what all use included."""

    strategy: str
    dollars: float
    decisions: int
    signals: int
    dollars_a_signal: float | None
    budget: float | None = Field(description="Dollars a month after which it takes no new risk; null for none.")
    paused: bool


class MonthDocument(Model):
    """What this UTC month cost so far: requests, units and milliseconds, metered by the functions, at list prices."""

    month: str = Field(examples=["2026-11"])
    until: Moment = Field(description="Up to when logs were read; 0 where nothing was metered yet.")
    prices_of: str
    dollars: float
    forecast: float | None = Field(description="For the whole month if it goes on so; null while too early to say.")
    functions: list[MeteredFunction]
    strategies: list[StrategyCost]
