"""What may be sent from outside, as documents."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tradewind.api.models.base import Model
from tradewind.api.models.steering import Named, Positive, Reason


class SignalDocument(Model):
    """A signal of a source; signed by its header, or with the source's secret in it."""

    source: Named = Field(description="As the configuration names it.")
    id: Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")] = Field(
        description="Its own: the same id is the same signal, and trades once."
    )
    time: datetime | None = Field(default=None, description="When it was; needed with a secret in the body.")
    secret: Annotated[str, Field(min_length=8, max_length=200)] | None = Field(
        default=None, description="Where nothing can be signed; kept nowhere."
    )
    action: Literal["buy", "sell", "close"]
    instrument: Named
    quantity: Positive | None = Field(default=None, description="In shares or coins.")
    amount: Positive | None = Field(default=None, description="In money instead; it buys whole lots.")
    limit: Positive | None = None
    trigger: Positive | None = None
    trail: Positive | None = None
    time_in_force: Literal["GTC", "IOC", "FOK", "DAY"] | None = None
    stop: Positive | None = Field(default=None, description="Where it ends at a loss; a buy needs one.")
    target: Positive | None = Field(default=None, description="Where it ends at a profit.")
    reason: Reason = "signal"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.action != "close" and (self.quantity is None) == (self.amount is None):
            raise ValueError("say either quantity or amount")
        if self.secret is not None and self.time is None:
            raise ValueError("a secret in the body needs the time beside it")
        return self


class SignalTaken(Model):
    """A signal that is on its way to the executor."""

    account: str
    instrument: str
    what: str
    id: str = Field(description="Of the order: GET /api/orders/{id} shows what became of it.")


class ChatAnswer(Model):
    """What a chat is answered, as Telegram takes it; empty where there is nothing to say."""

    method: str = ""
    chat_id: int = 0
    text: str = ""
