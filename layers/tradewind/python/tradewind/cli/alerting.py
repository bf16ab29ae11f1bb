"""Sending a test through the deployed path, and looking for what became of it."""

import time
from collections.abc import Mapping, Sequence
from uuid import uuid4

from tradewind.adapters.dynamodb.alerts import DynamoAlerts
from tradewind.adapters.sns import SnsAlertTopic
from tradewind.application.ports_alerts import AlertStore
from tradewind.cli.deployed import Deployed
from tradewind.domain.alerting import TEST
from tradewind.domain.events import Event, Severity

_EVERY = 0.3


def store(deployed: Deployed) -> AlertStore:
    """Return the memory of alerts, to look and never to write."""
    return DynamoAlerts(deployed.market, time.time)


def tested(deployed: Deployed, channel: str, asked: Sequence[str], wait: int) -> Mapping[str, str]:
    """Publish a test for one channel, or for all where none is named; return the outcome of each that was asked.

    What the function retries counts: a channel has failed only when the time is over.
    """
    alert_id, now = f"test-{uuid4()}", time.time_ns() // 1_000_000
    topic = SnsAlertTopic(deployed.client("sns"), deployed.output("AlertTopicArn"), deployed.environment)
    text = "This is a test. If you can read it, the channel works."
    topic.publish(alert_id, Event(TEST, Severity.INFO, text, "", {"channel": channel}), now)
    until = time.monotonic() + wait
    while True:
        delivery = store(deployed).find(now, alert_id)
        outcomes = {name: delivery.outcomes.get(name, "") if delivery else "" for name in asked}
        if all(outcomes.values()) or time.monotonic() >= until:
            return {name: outcome or f"nothing heard in {wait} s" for name, outcome in outcomes.items()}
        time.sleep(_EVERY)
