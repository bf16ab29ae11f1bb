"""Alerts as people would have received them, read from the queue that stands beside their subscriptions."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tradewind.cli.deployed import Deployed

_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Delivered:
    """What reached the inbox: each alert once, and how many copies came beside."""

    alerts: tuple[dict[str, Any], ...]
    repeated: int


def drain(deployed: Deployed) -> Delivered:
    """Take everything out of the inbox; nothing where the environment has none."""
    if "AlertsInboxUrl" not in deployed.outputs:
        return Delivered((), 0)
    received = list(_messages(deployed))
    copies = Counter(alert["alert_id"] for alert in received)
    distinct = {alert["alert_id"]: alert for alert in reversed(received)}
    ordered = sorted(distinct.values(), key=lambda alert: (alert["ts"], _number(alert["alert_id"])))
    return Delivered(tuple(ordered), sum(copies.values()) - len(copies))


def _messages(deployed: Deployed) -> Iterator[dict[str, Any]]:
    sqs, url = deployed.client("sqs"), deployed.outputs["AlertsInboxUrl"]
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=_AT_ONCE).get("Messages"):
        yield from (json.loads(message["Body"]) for message in messages)
        entries = [{"Id": str(i), "ReceiptHandle": one["ReceiptHandle"]} for i, one in enumerate(messages)]
        sqs.delete_message_batch(QueueUrl=url, Entries=entries)


def _number(alert_id: str) -> tuple[str, ...]:
    """Order the alerts of one moment by their numbers, not by their digits."""
    return tuple(part.zfill(12) for part in alert_id.split("-"))
