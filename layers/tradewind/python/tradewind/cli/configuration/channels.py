"""What `[[alerts.channels]]` may say: a way to reach somebody, and what they want to hear."""

import re
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from tradewind.domain.alerting import Topic
from tradewind.domain.events import Severity

_LOCAL = r"^https://[^/\s]+|^http://(localhost|127\.0\.0\.1)[:/]"


def zone(text: str) -> str:
    """Check the name of a time zone."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f'unknown time zone {text!r}: write it as "Europe/Berlin"') from None
    return text


def time_of_day(text: str) -> str:
    """Check a time of the day."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError(f'{text!r} is no time of the day: write "09:00"')
    return text


def minutes(text: str) -> int:
    """Return the minutes since midnight of a time of the day."""
    hours, _, rest = time_of_day(text).partition(":")
    return int(hours) * 60 + int(rest)


def _quiet(text: str) -> str:
    for one in text.split("-") if text.count("-") == 1 else [text]:
        time_of_day(one)
    return text


def _server(url: str) -> str:
    if url and not re.match(_LOCAL, url):
        raise ValueError("an address must begin with https:// (http:// only for localhost)")
    return url


def place(text: str) -> str:
    """Check where a secret lies."""
    if text and not re.fullmatch(r"ssm:/[\w./-]+|secretsmanager:[\w/+=.@-]+", text):
        raise ValueError(f'{text!r} is no place of a secret: write "ssm:/PATH" or "secretsmanager:NAME"')
    return text


class BotTable(BaseModel):
    """The chat that takes commands: where the webhook's secret token lies, and which chats may ask."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    secret: Annotated[str, Field(min_length=1), AfterValidator(place)]
    chats: Annotated[list[int], Field(min_length=1)]


class ChannelTable(BaseModel):
    """One channel; a secret is named by its place and never written here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=40)]
    kind: Literal["email", "sms", "ntfy", "telegram", "slack", "webhook"]
    url: Annotated[str, AfterValidator(_server)] = ""
    secret: Annotated[str, AfterValidator(place)] = ""
    severity: Severity = Severity.INFO
    topics: list[Topic] = []
    quiet: Annotated[str, AfterValidator(_quiet)] | None = None
    zone: Annotated[str, AfterValidator(zone)] = "UTC"
    repeat_minutes: Annotated[int, Field(ge=0, le=1_440)] = 10
    hourly: Annotated[int, Field(ge=0, le=1_000)] = 60

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind in {"ntfy", "telegram", "slack"} and not self.secret:
            raise ValueError(f'a channel of the kind {self.kind} needs secret = "ssm:/PATH"')
        if self.kind == "webhook" and not self.url:
            raise ValueError("a channel of the kind webhook needs its url")
        return self

    def built(self) -> dict[str, Any]:
        """Return it as the functions read it."""
        start, _, end = (self.quiet or "00:00-00:00").partition("-")
        return {
            "name": self.name,
            "kind": self.kind,
            "target": self.url,
            "secret": self.secret,
            "severity": str(self.severity),
            "topics": [str(one) for one in self.topics],
            "quiet": [minutes(start), minutes(end)],
            "zone": self.zone,
            "repeat_minutes": self.repeat_minutes,
            "hourly": self.hourly,
        }
