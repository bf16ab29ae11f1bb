"""Alerts to the SNS topic that they fan out from."""

import json
from dataclasses import dataclass
from typing import Any

from tradewind.adapters.aws import translated
from tradewind.application.ports import AlertTopic
from tradewind.domain.events import Event

_SUBJECT = 100
"""SNS takes a subject of at most this many characters."""


@dataclass(frozen=True, slots=True)
class SnsAlertTopic(AlertTopic):
    """One topic an environment; subscribers filter by the attributes `kind`, `severity` and `alert_id`."""

    client: Any
    arn: str
    environment: str

    def publish(self, alert_id: str, event: Event, ts: int) -> None:
        """Publish one event; a repeat carries the same id."""
        body = {"alert_id": alert_id, "ts": ts, "environment": self.environment, **event.to_dict()}
        facts = {"kind": event.kind, "severity": str(event.severity), "alert_id": alert_id}
        with translated(f"publish alert {alert_id}"):
            self.client.publish(
                TopicArn=self.arn,
                Subject=f"Tradewind {self.environment}: {event.severity} {event.kind}"[:_SUBJECT],
                Message=json.dumps(body),
                MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in facts.items()},
            )
