"""What Stratus Brain knows, as documents."""

from pydantic import Field

from tradewind.api.models.base import Model, Moment


class BrainRow(Model):
    """How the market of one instrument stands, as its latest decision recorded it."""

    instrument: str
    shard: str
    ts: Moment
    regime: str | None
    edge: float | None = Field(description="Chance of UP less chance of DOWN at the next bar.")
    limit: float | None = Field(description="The edge below which an entry is vetoed, if samples are enough.")
    vetoes: bool


class BrainStep(Model):
    """The estimate after one bar."""

    ts: Moment
    state: str
    samples: float
    edge: float | None
    error: float | None


class BrainDocument(Model):
    """One instrument's chain of market states, walked to its latest bar."""

    instrument: str
    shard: str
    timeframe: str
    regime: str
    state: str = Field(description="DOWN, FLAT or UP: of the latest bar.")
    edge: float | None = Field(description="Chance of UP less chance of DOWN next; null without samples.")
    error: float | None = Field(description="Standard error of the edge.")
    samples: float = Field(description="Transitions from the present state, older ones counting less.")
    samples_needed: float = Field(description="Fewer speak neither for nor against an entry.")
    errors_needed: float = Field(description="Standard errors below nothing at which the edge vetoes an entry.")
    vetoes: bool
    states: list[str]
    counts: list[list[float]] = Field(description="How often each state (row) was followed by each (column).")
    chances: list[list[float | None]] = Field(description="The same as shares of their row.")
    bars: int = Field(description="Bars that were walked over.")
    steps: list[BrainStep] = Field(description="How it converged; at most 240, evenly taken, the last one always.")
