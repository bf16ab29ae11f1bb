"""Orders, fills, round trips and what was announced, as documents."""

from typing import Any

from pydantic import Field

from tradewind.api.models.base import Amount, Model, Moment


class OrderDocument(Model):
    """One order in its last state; stops and targets are orders too."""

    id: str
    account: str
    instrument: str
    strategy: str
    leg: str = Field(description="ENTRY, EXIT, STOP or TARGET.")
    side: str
    quantity: Amount
    status: str
    reason: str
    price: Amount | None = Field(description="Trigger of a stop, limit of a target; null at the market.")
    stop: Amount | None
    target: Amount | None
    created: Moment
    valid_until: Moment
    parent: str = Field(description="The entry whose position it opens or closes.")
    trace: str
    source: str = Field(description="`strategy`, or `manual` for a person.")
    kind: str = Field(description="MARKET, LIMIT, STOP, STOP_LIMIT, TRAILING_STOP or TAKE_PROFIT.")
    limit: Amount | None
    trigger: Amount | None
    trail: Amount | None
    lifetime: str = Field(description="GTC, IOC, FOK, DAY or GTD.")
    expires: Moment = Field(description="When it ends by itself; 0 where it does not.")
    filled: Amount = Field(description="How much of it is executed, while more may follow.")
    revision: int = Field(description="How often somebody asked to change it.")
    held_here: bool = Field(description="Its venue cannot hold it: it waits here, watched on closed bars.")


class FillDocument(Model):
    """One execution."""

    trade_id: str
    order_id: str
    account: str
    instrument: str
    strategy: str
    leg: str
    side: str
    quantity: Amount
    price: Amount
    fee: Amount
    realised: Amount
    ts: Moment
    parent: str
    reason: str


class AlertDocument(Model):
    """One thing that happened, as it was announced."""

    id: str
    ts: Moment
    journal: str
    kind: str
    severity: str = Field(description="INFO, WARNING or CRITICAL.")
    text: str
    instrument: str
    data: dict[str, Any]


class TradeDocument(Model):
    """One round trip, from entry to exit."""

    account: str
    strategy: str
    instrument: str
    opened: Moment
    closed: Moment
    quantity: Amount
    entry: Amount
    exit: Amount
    fees: Amount
    pnl: Amount = Field(description="After fees of both sides.")
    change: Amount = Field(description="As a fraction of what the entry cost.")
    leg: str = Field(description="What closed it: EXIT, STOP or TARGET.")
    reason: str


class TallyDocument(Model):
    """Round trips in numbers; null where they have no meaning."""

    name: str = Field(description="`all`, or the strategy, instrument or leg that they are of.")
    trips: int
    wins: int
    losses: int
    pnl: Amount
    fees: Amount
    win_rate: Amount | None
    profit_factor: Amount | None
    average: Amount | None


class DayDocument(Model):
    """What was realised on one day, and all together up to then."""

    day: str = Field(examples=["2026-03-29"])
    realised: Amount
    total: Amount


class WorthDocument(Model):
    """What an account was worth at one moment."""

    ts: Moment
    equity: Amount


class Performance(Model):
    """What one account earned."""

    account: str
    opening: Amount
    equity: Amount
    profit: Amount
    realised: Amount
    unrealised: Amount
    fees: Amount
    deepest_fall: Amount = Field(description="Of what was realised, from its peak, as a fraction of book equity.")
    all: TallyDocument
    by_strategy: list[TallyDocument]
    by_instrument: list[TallyDocument]
    by_exit: list[TallyDocument]
    by_regime: list[TallyDocument] = Field(description="The market's regime when the entry was decided.")
    days: list[DayDocument] = Field(description="The latest with anything realised, as many as were asked for.")
    months: list[DayDocument]
    worth: list[WorthDocument] = Field(description="Equity as it was measured, the latest so many.")
    behind: int = Field(description="Journal entries that are not in it yet: ask again.")
