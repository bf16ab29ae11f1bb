"""Strategies, what they see, and why they act or hold, as documents."""

from pydantic import Field

from tradewind.api.models.base import Model, Moment


class GateDocument(Model):
    """One condition as it stood; numbers are null where there was none."""

    name: str
    kind: str = Field(description="required, confirming, exit, or empty where the strategy is not known any more.")
    value: float | None
    comparison: str
    threshold: float | None
    passed: bool
    distance: float | None = Field(description="Value less threshold, in the gate's unit.")
    unit: str


class DecisionDocument(Model):
    """One strategy's decision on one instrument at one bar."""

    ts: Moment
    rev: int
    late: bool
    shard: str
    account: str
    strategy: str
    instrument: str
    action: str
    reason: str
    strength: float | None
    value: float | None
    limit: float | None
    intent_id: str | None
    regime: str | None = Field(description="QUIET, BULL, BEAR, TURBULENT or UNKNOWN; null where nobody looked.")


class ReasonDocument(Model):
    """How often one strategy gave one action for one reason."""

    strategy: str
    action: str
    reason: str
    count: int


class ScanDocument(Model):
    """One bar of one shard, and how often each action was decided on it."""

    ts: Moment
    shard: str
    decisions: int
    actions: dict[str, int]


class DecisionSummary(Model):
    """The latest bars in numbers: what was decided, and why it was no trade."""

    bars: int = Field(description="Bars that were looked at, over all shards.")
    decisions: int
    since: Moment = Field(description="Close of the earliest of them; 0 without any.")
    until: Moment
    reasons: list[ReasonDocument] = Field(description="The most frequent first.")
    scans: list[ScanDocument] = Field(description="The latest bar first.")


class ExplainedDocument(DecisionDocument):
    """A decision with everything that led to it."""

    ohlcv: list[float] | None = Field(description="Open, high, low, close, volume; null without a bar.")
    missing: str
    gates: list[GateDocument]
    configuration: str
    code: str


class StrategyStatus(DecisionDocument):
    """What one strategy sees of one instrument now, and how far it is from a trade."""

    gates: list[GateDocument]
    failing: list[str] = Field(description="Required gates that do not pass: what keeps it from a trade.")
    nearest: str | None = Field(description="The failing gate that lacks the smallest share of its threshold.")


class ParameterDocument(Model):
    """One number that a strategy is made with."""

    name: str
    value: float


class StrategyDocument(Model):
    """One strategy at work."""

    name: str
    account: str
    timeframe: str
    parameters: dict[str, float]
    warmup: int
    gates: list[dict[str, str]]
    minimum_strength: float
    confirmations: int
    ml_confidence: float
    size_multiplier: float
    sizing: dict[str, str] = Field(description="How large its entries are: `method`, and what that is told.")
    protections: dict[str, str]


class EngineStatus(Model):
    """What is at work."""

    environment: str
    clock: str
    configuration: str
    trade_from: Moment
    now: Moment
    instruments: int
    strategies: int
    accounts: dict[str, str] = Field(description="Each account's trading state.")
    lag_bars: int
    messages: int = Field(description="About what waits in the order queue, at most ten seconds ago.")
    dead_letters: int = Field(description="About what could not be executed, at most ten seconds ago.")
