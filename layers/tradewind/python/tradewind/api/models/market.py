"""Bars, instruments, order books and universes, as documents."""

from pydantic import Field

from tradewind.api.models.base import Amount, Model, Moment


class BarsDocument(Model):
    """Bars side by side in columns, oldest first; indicators beside them, null where they are not warm."""

    instrument: str
    interval: str
    ts_open: list[int]
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    volume: list[float]
    indicators: dict[str, list[float | None]]
    next: str | None = Field(default=None, description="Cursor of the bars before these; null where there are none.")


class SymbolDocument(Model):
    """One instrument that is followed."""

    instrument: str
    symbol: str
    venue: str
    intervals: list[str]
    tick: Amount
    lot: Amount
    minimum_notional: Amount


class TickerDocument(Model):
    """The latest close of one instrument, and the one before."""

    instrument: str
    shard: str
    ts: Moment
    close: float
    before: float | None
    change: float | None = Field(description="As a fraction of the close before.")
    volume: float


class BasicDocument(SymbolDocument):
    """One instrument with its latest prices."""

    tickers: list[TickerDocument]


class CandidateDocument(Model):
    """What was known of one listed instrument on one day; numbers are null where nobody knows."""

    instrument: str
    member: bool
    category: str
    profile: str
    turnover: float
    spread_bps: float | None
    volatility: float | None
    trend: float | None
    days: int
    trading: bool


class ProfileDocument(Model):
    """How one instrument trades."""

    instrument: str
    universe: str | None
    day: str | None
    scores: CandidateDocument | None = Field(description="Null where no universe tells of it.")
    bars: int = Field(description="Daily or shorter bars that the next two are of.")
    volatility: float | None = Field(description="Standard deviation of returns from bar to bar.")
    range: float | None = Field(description="Average of high less low, as a fraction of the close.")
    average_volume: float | None


class BookDocument(Model):
    """A snapshot of an order book, best prices first: [price, quantity]."""

    instrument: str
    ts: Moment
    bids: list[tuple[Amount, Amount]]
    asks: list[tuple[Amount, Amount]]
    spread: Amount | None


class OverdueDocument(Model):
    """One instrument whose bar is late, and why."""

    instrument: str
    shard: str
    due: Moment
    late_seconds: int
    reason: str


class ProviderDocument(Model):
    """How one provider stands."""

    provider: str
    breaker: str
    failures: int
    since: Moment
    until: Moment
    reason: str


class ShardDataDocument(Model):
    """How the data of one shard stands; times are 0 where there is none."""

    shard: str
    timeframe: str
    calendar: str
    instruments: int
    latest: Moment
    due: Moment
    overdue: int
    packed: Moment
    holes: int = Field(description="Slices that lack bars, as it was at most ten seconds ago; 1000 stands for more.")


class MarketStatus(Model):
    """How market data stands."""

    clock: str
    now: Moment
    shards: list[ShardDataDocument]
    overdue: list[OverdueDocument]
    providers: list[ProviderDocument]
    failing: dict[str, str]


class UniverseDocument(Model):
    """One universe on one day, in short."""

    universe: str
    day: str
    members: int
    listed: int
    categories: dict[str, int]
    profiles: dict[str, int]
