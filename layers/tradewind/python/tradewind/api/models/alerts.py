"""Channels of alerts and what became of what was sent, as documents."""

from pydantic import Field

from tradewind.api.models.base import Model, Moment


class ChannelOutcome(Model):
    """A test on its way to a channel."""

    alert_id: str
    channel: str


class TestWanted(Model):
    """Which channel is to be tested."""

    channel: str = Field(default="", max_length=64, description="Every one without it.")


class ChannelDocument(Model):
    """One way to reach somebody: what it wants, and what it holds back now."""

    channel: str
    kind: str = Field(description="email, sms, ntfy, telegram, slack or webhook.")
    severity: str = Field(description="This one and above.")
    topics: list[str] = Field(description="Empty for all.")
    quiet: str | None = Field(description="As 22:00-07:00; null for never.")
    zone: str
    repeat_minutes: int = Field(description="The same alert once in this time; 0 for always.")
    hourly: int = Field(description="Most within sixty minutes; 0 for no limit.")
    held: int = Field(description="Alerts that it holds back now.")
    sent_lately: int = Field(description="Sent within the last sixty minutes.")


class DeliveryDocument(Model):
    """One alert, and what became of it on each channel."""

    id: str
    ts: Moment
    severity: str
    topic: str
    kind: str
    text: str
    outcomes: dict[str, str] = Field(description="`sent`, or why not, by channel; empty where none wanted it.")
