"""Alerts by email and SMS: a topic for each, since SNS reaches people and knows nothing of quiet hours."""

from dataclasses import dataclass
from typing import Any

from tradewind.adapters.aws import translated
from tradewind.application.alert_words import body, one_line, plain, shortened, shortened_bytes, title
from tradewind.application.ports import AlertChannel
from tradewind.domain.events import Event

_SUBJECT = 99
"""SNS takes a subject of fewer than a hundred printable ASCII characters."""

_EMAIL = 200_000
_SMS = 160
"""One message; a longer one is paid as several."""


@dataclass(frozen=True, slots=True)
class EmailChannel(AlertChannel):
    """Everybody who confirmed the email topic."""

    client: Any
    arn: str
    environment: str

    def send(self, alert_id: str, event: Event, ts: int) -> None:
        """Publish one alert in words."""
        subject = shortened(plain(f"Tradewind {title(self.environment, event)}"), _SUBJECT)
        _publish(
            self.client,
            self.arn,
            alert_id,
            plain(subject)[:_SUBJECT],
            shortened_bytes(body(alert_id, event, ts), _EMAIL),
        )


@dataclass(frozen=True, slots=True)
class SmsChannel(AlertChannel):
    """Every phone of the SMS topic: one short line in letters that every phone has."""

    client: Any
    arn: str
    environment: str

    def send(self, alert_id: str, event: Event, ts: int) -> None:  # noqa: ARG002 - an SMS carries its own time
        """Publish one alert in a line."""
        line = plain(one_line(f"{title(self.environment, event)}: {event.text}"))
        room = _SMS - len(alert_id) - 3
        cut = line if len(line) <= room else line[: max(room - 3, 0)] + "..."
        _publish(self.client, self.arn, alert_id, "", f"{cut} [{plain(alert_id)}]"[:_SMS])


def _publish(client: Any, arn: str, alert_id: str, subject: str, text: str) -> None:
    request = {"TopicArn": arn, "Message": text} | ({"Subject": subject} if subject else {})
    facts = {"alert_id": {"DataType": "String", "StringValue": alert_id}}
    with translated(f"publish alert {alert_id}"):
        client.publish(**request, MessageAttributes=facts)
