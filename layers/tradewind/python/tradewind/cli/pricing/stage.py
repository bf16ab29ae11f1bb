"""A stage for measurements: tables, queues, topic and bucket as the stack makes them, and what functions see."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tradewind.cli.bars import pack_dataset
from tradewind.cli.configuration.building import write
from tradewind.cli.pricing.gateway import Gateway, client, serving, variables
from tradewind.cli.pricing.scenario import STRATEGIES, Scenario

BUCKET = "data"
MARKET, LEDGER = "market", "ledger"
_KEYS = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
_TYPES = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
_WATCHED = ("orders", "orders-dlq", "fetch", "evaluate", "execute", "publish", "send", "compact", "watch", "repair")
_QUEUES = {"orders": "orders.fifo", "orders-dlq": "orders-dlq.fifo"}


@dataclass(slots=True)
class Time:
    """The made-up time, UTC ms."""

    now: int = 0


@dataclass(frozen=True, slots=True)
class Stage:
    """One environment's stores, and what its functions see in their environment."""

    scenario: Scenario
    gateway: Gateway
    variables: Mapping[str, str]
    time: Time = field(default_factory=Time)

    def client(self, service: str) -> Any:
        """Return a client whose calls nobody counts."""
        return client(service, self.gateway.endpoint)

    def advance(self, now: int) -> None:
        """Set the time, UTC ms, here and at the venue."""
        self.time.now = now
        self.gateway.advance(now)

    def received(self) -> Iterator[list[dict[str, Any]]]:
        """Take the order queue's messages as a function is handed them: ten at the most, each group in order."""
        sqs, url = self.client("sqs"), self.variables["ORDER_QUEUE_URL"]
        while found := _receive(sqs, url):
            yield [
                {"messageId": one["MessageId"], "body": one["Body"], "attributes": one["Attributes"]} for one in found
            ]
            entries = [{"Id": str(i), "ReceiptHandle": one["ReceiptHandle"]} for i, one in enumerate(found)]
            sqs.delete_message_batch(QueueUrl=url, Entries=entries)


def _receive(sqs: Any, url: str) -> list[dict[str, Any]]:
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["MessageGroupId"])
    found: list[dict[str, Any]] = answer.get("Messages", [])
    return found


@contextmanager
def stage(scenario: Scenario) -> Iterator[Stage]:
    """Set a stage up; it vanishes with the block."""
    with serving(scenario) as gateway, TemporaryDirectory() as folder:
        write(scenario.configuration(), Path(folder) / "environment.json")
        made = {**variables(gateway.endpoint), **_stores(gateway.endpoint), **_constants(Path(folder))}
        if scenario.provider == "replay":
            for key, data in pack_dataset(scenario.series).items():
                client("s3", gateway.endpoint).put_object(Bucket=BUCKET, Key=key, Body=data)
        yield Stage(scenario, gateway, made)


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Let this process see only these AWS settings until the end of the block."""
    before = dict(os.environ)
    for name in [one for one in os.environ if one.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _constants(folder: Path) -> dict[str, str]:
    return {
        "TRADEWIND_ENVIRONMENT": "local",
        "CONFIGURATION_PATH": str(folder / "environment.json"),
        "USER_STRATEGIES_PATH": str(STRATEGIES),
        "DATA_BUCKET": BUCKET,
        "MARKET_TABLE": MARKET,
        "LEDGER_TABLE": LEDGER,
        "LOG_LEVEL": "INFO",
    }


def _stores(endpoint: str) -> dict[str, str]:
    for table in (MARKET, LEDGER):
        client("dynamodb", endpoint).create_table(
            TableName=table, KeySchema=_KEYS, AttributeDefinitions=_TYPES, BillingMode="PAY_PER_REQUEST"
        )
    client("s3", endpoint).create_bucket(Bucket=BUCKET)
    urls = {name: _queue(endpoint, _QUEUES.get(name, f"{name}-failures")) for name in _WATCHED}
    return {
        "ORDER_QUEUE_URL": urls["orders"],
        "ORDER_DLQ_URL": urls["orders-dlq"],
        "WATCHED_QUEUES": json.dumps([{"name": name, "url": url} for name, url in urls.items()]),
        "ALERT_TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:alerts",
    }


def _queue(endpoint: str, name: str) -> str:
    attributes = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
    url: str = client("sqs", endpoint).create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url
