"""What somebody asks for, and what came of it, as documents."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tradewind.api.models.base import Amount, Model, Moment
from tradewind.api.models.ledger import FillDocument, OrderDocument
from tradewind.domain.ledger import TradingState
from tradewind.domain.order import Side
from tradewind.domain.order_terms import OrderKind, TimeInForce

Positive = Annotated[Decimal, Field(gt=0, max_digits=28, decimal_places=12, allow_inf_nan=False)]
Reason = Annotated[str, Field(min_length=1, max_length=200, description="Why; it is journaled and announced.")]
Named = Annotated[str, Field(min_length=1, max_length=64)]


class ManualTrade(Model):
    """An order of a person, past the signals and never past risk."""

    instrument: Named
    side: Side
    account: Named | None = None
    quantity: Positive | None = Field(default=None, description="In shares or coins.")
    amount: Positive | None = Field(default=None, description="In money instead; it buys whole lots.")
    kind: OrderKind = OrderKind.MARKET
    limit: Positive | None = Field(default=None, description="The worst price; of LIMIT and STOP_LIMIT.")
    trigger: Positive | None = Field(default=None, description="What wakes it; of STOP, STOP_LIMIT and TAKE_PROFIT.")
    trail: Positive | None = Field(default=None, description="Distance of a TRAILING_STOP from the best price since.")
    lifetime: TimeInForce = TimeInForce.GTC
    expires: Moment = Field(default=0, le=9_999_999_999_999, description="Of GTD: when it ends, UTC ms.")
    post_only: bool = Field(default=False, description="It must not take: rather than that it is refused.")
    stop: Positive | None = Field(default=None, description="Where it ends at a loss; a buy needs one.")
    target: Positive | None = Field(default=None, description="Where it ends at a profit.")
    strategy: Named | None = Field(default=None, description="Of a sale: whose position; yours without it.")
    reason: Reason = "by hand"

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if (self.quantity is None) == (self.amount is None):
            raise ValueError("say either quantity or amount")
        return self


class OrderChange(Model):
    """What is to be otherwise of a working order; what is left out stays."""

    account: Named | None = None
    quantity: Positive | None = Field(default=None, description="In all, what is filled already included.")
    limit: Positive | None = Field(default=None, description="The worst price, or where a target takes its profit.")
    trigger: Positive | None = Field(default=None, description="What wakes it, or where a position's stop stands.")
    trail: Positive | None = Field(default=None, description="How far a trailing stop follows the best price.")
    reason: Reason = "changed by hand"


class TradePreview(Model):
    """What would become of an order now."""

    allowed: bool
    reason: str = Field(description="Why not, with the numbers; else why it was asked for.")
    order: OrderDocument
    fills: list[FillDocument] = Field(description="Where it would fill at once.")
    reference: Amount = Field(description="The price that was looked at.")
    reference_ts: Moment
    worst_price: Amount | None = Field(description="The worst price that it may fill at.")
    emulated: str = Field(description="What of it is done here in the venue's place, in a sentence; empty for nothing.")
    reserved: Amount
    cash_after: Amount
    exposure_after: Amount


class AskedFor(Model):
    """One message on its way to the executor."""

    account: str
    instrument: str
    what: str
    id: str = Field(description="Of the order: GET /api/orders/{id} shows what became of it.")


class Accepted(Model):
    """What was sent; the ledger shows what came of it."""

    key: str
    messages: list[AskedFor]


class Why(Model):
    """Why something is asked for."""

    account: Named | None = None
    reason: Reason = "by hand"


class Switch(Model):
    """What an account, or every one, may do from now on."""

    state: TradingState
    account: Named | None = None
    reason: Reason = "switched by hand"


class SwitchDocument(Model):
    """What one account may do."""

    account: str
    state: TradingState
    reason: str


class RiskDocument(Model):
    """One account's limits, what is used of each, and what is left."""

    account: str
    limit: str
    used: Amount
    most: Amount
    left: Amount
    unit: Literal["positions", "money"]


class OrderInFull(Model):
    """One order and its fills."""

    order: OrderDocument
    fills: list[FillDocument]
