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
