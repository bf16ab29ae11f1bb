"""The functions on a stage of their own: their handlers, and the AWS that moto plays for them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

from tests.functions.environment import FUNCTIONS, variables
from tradewind import bootstrap
from tradewind.domain.messages import Message, group_id, to_json

ACCOUNT = "123456789012"


@dataclass
class Stage:
    """Tables, queues, a topic and a bucket, and every function over them."""

    environ: Mapping[str, str]
    handlers: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        return bootstrap.client(service)

    def call(self, function: str, event: Mapping[str, Any]) -> Any:
        """Call a function's handler as Lambda does, warm from the second time on."""
        if function not in self.handlers:
            self.handlers[function] = load(function)
        return self.handlers[function].handler(event, None)

    @contextmanager
    def requests(self, service: str) -> Iterator[list[str]]:
        """List the operations that a service is asked for meanwhile."""
        asked: list[str] = []

        def note(model: Any, **_: Any) -> None:
            asked.append(model.name)

        events = self.client(service).meta.events
        events.register("before-call", note)
        try:
            yield asked
        finally:
            events.unregister("before-call", note)

    def restart(self) -> None:
        """Let every function start cold."""
        self.handlers.clear()

    # ── what wakes functions ─────────────────────────────────────────────────────────────────────────────────────

    def stream(self, table: str, prefix: str) -> dict[str, Any]:
        """Return the stream event of every item whose partition begins so, in key order."""
        keys = sorted(
            (item["pk"]["S"], item["sk"]["S"])
            for item in self.client("dynamodb").scan(TableName=table, ConsistentRead=True)["Items"]
        )
        chosen = [(pk, sk) for pk, sk in keys if pk.startswith(prefix)]
        return {"Records": [stream_record(number, *one) for number, one in enumerate(chosen)]}

    def queued(self, name: str) -> list[dict[str, Any]]:
        """Take every message of a queue, as SQS gives them."""
        url, sqs, taken = self.url(name), self.client("sqs"), []
        while messages := sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
        ).get("Messages"):
            for one in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
            taken.extend(messages)
        return taken

    def url(self, name: str) -> str:
        return f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/{name}"

    def count(self, table: str, prefix: str) -> int:
        return len(self.stream(table, prefix)["Records"])


def load(function: str) -> Any:
    """Import a handler as a new process would: under a name of its own, with nothing built yet."""
    spec = spec_from_file_location(f"handler_of_{function}", FUNCTIONS / function / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def create(environ: Mapping[str, str]) -> Stage:
    """Create what the stack creates, under the names that the environment variables say."""
    stage = Stage(environ)
    for table in (environ["MARKET_TABLE"], environ["LEDGER_TABLE"]):
        stage.client("dynamodb").create_table(
            TableName=table,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": part, "AttributeType": "S"} for part in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
        )
    sqs, sns = stage.client("sqs"), stage.client("sns")
    for queue in ("orders.fifo", "orders-dlq.fifo"):
        sqs.create_queue(QueueName=queue, Attributes={"FifoQueue": "true"})
    sqs.create_queue(QueueName="mailbox")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT}:mailbox")
    stage.client("s3").create_bucket(Bucket=environ["DATA_BUCKET"])
    return stage


def environment(configuration: Any, **names: str) -> dict[str, str]:
    """Return the variables with every queue that the watch looks at."""
    watched = [{"name": "orders-dlq", "url": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/orders-dlq.fifo"}]
    return variables(configuration, WATCHED_QUEUES=json.dumps(watched), **names)


def stream_record(number: int, pk: str, sk: str) -> dict[str, Any]:
    return {
        "eventID": f"{number:032x}",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_700_000_000,
            "Keys": {"pk": {"S": pk}, "sk": {"S": sk}},
            "SequenceNumber": str(number),
            "SizeBytes": 99,
            "StreamViewType": "KEYS_ONLY",
        },
        "eventSourceARN": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/t/stream/2024-01-01T00:00:00.000",
    }


def sqs_event(messages: Sequence[Message | str]) -> dict[str, Any]:
    """Return messages as the order queue's mapping hands them to Lambda; text goes as it is, in one group."""
    return {"Records": [_sqs_record(number, one) for number, one in enumerate(messages)]}


def _sqs_record(number: int, message: Message | str) -> dict[str, Any]:
    body, group = (message, "poison") if isinstance(message, str) else (to_json(message), group_id(message))
    return {
        "messageId": f"message-{number}",
        "receiptHandle": "AQEB",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1700000000000",
            "SequenceNumber": str(18_870 + number),
            "MessageGroupId": group,
            "SenderId": "AIDA",
            "MessageDeduplicationId": f"dedup-{number}",
            "ApproximateFirstReceiveTimestamp": "1700000000001",
        },
        "messageAttributes": {},
        "md5OfBody": "0" * 32,
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders.fifo",
        "awsRegion": "us-east-1",
    }


def sns_event(messages: Sequence[str]) -> dict[str, Any]:
    """Return published alerts as SNS hands them to Lambda."""
    return {
        "Records": [
            {
                "EventVersion": "1.0",
                "EventSource": "aws:sns",
                "EventSubscriptionArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts:1",
                "Sns": {
                    "Type": "Notification",
                    "MessageId": f"95df01b4-{number}",
                    "TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts",
                    "Subject": "Tradewind test",
                    "Message": message,
                    "Timestamp": "2024-01-02T12:45:07.000Z",
                    "MessageAttributes": {},
                },
            }
            for number, message in enumerate(messages)
        ]
    }
