"""Health, accounts and positions as documents."""

from pydantic import Field

from tradewind.api.models.base import Amount, Model, Moment


class SimpleHealth(Model):
    """That somebody answers."""

    status: str = Field(examples=["ok"])


class ShardHealth(Model):
    """How far one shard has come; times are 0 before its first bar."""

    shard: str
    timeframe: str
    instruments: int
    latest: Moment
    evaluated: Moment
    lag_bars: int


class QueueDepth(Model):
    """About how much waits in one queue, what is in work included: as it was at most ten seconds ago."""

    queue: str
    messages: int


class Health(Model):
    """How everything stands."""

    status: str = Field(description="`ok`, or `failing` where any check fails.")
    failing: dict[str, str] = Field(description="Checks that fail now, each with its text.")
    environment: str
    clock: str
    now: Moment
    shards: list[ShardHealth]
    queues: list[QueueDepth]


class ArmingDocument(Model):
    """Leave to trade real money."""

    amount: Amount
    until: Moment
    by: str
    reason: str


class AccountDocument(Model):
    """One account's money, and what it may do."""

    account: str
    venue: str
    mode: str = Field(description="paper, sandbox or live.")
    credentials: bool = Field(description="Whether it is told where its key lies; the key itself is never shown.")
    armed: str = Field(description="no real money, not armed, armed or expired.")
    arming: ArmingDocument | None
    trading: str = Field(description="NORMAL, REDUCING or HALTED.")
    trading_reason: str
    equity: Amount
    cash: Amount
    free_cash: Amount
    opening: Amount
    profit: Amount
    realised: Amount
    realised_today: Amount
    fees: Amount
    exposure: Amount
    positions: int
    most_positions: int
    working_orders: int


class RightsDocument(Model):
    """What a venue let an account's key do: `works`, `refused`, `no answer`, `not asked`, or `not told`."""

    read_balances: str
    read_orders: str
    trade: str = Field(description="`not told` where the venue shows it only by an order: the test places none.")


class ConnectionDocument(Model):
    """What a test of an account's connection showed."""

    account: str
    venue: str
    ts: Moment = Field(description="When it was tested.")
    needed: bool = Field(description="Whether there is anything to connect to: an account on paper has no venue.")
    connected: bool
    took: int | None = Field(description="Milliseconds that the venue's answers took.")
    skew: int | None = Field(description="Milliseconds by which the venue's clock is ahead of ours.")
    rights: RightsDocument | None
    balances: int | None = Field(description="How many currencies and coins the account holds there.")
    orders: int | None = Field(description="How many orders work there, whoever placed them.")
    failure: str = Field(description="What failed first, in one sentence; empty where nothing did.")


class PositionDocument(Model):
    """What one strategy holds of one instrument."""

    account: str
    instrument: str
    strategy: str
    quantity: Amount
    entry: Amount
    mark: Amount
    value: Amount
    unrealised: Amount
    stop: Amount | None
    target: Amount | None
    opened: Moment
    bars_held: int
