import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.builders import ACME, BOLT, intent
from tradewind import edge
from tradewind.domain.errors import InvariantError, PermanentError, TransientError
from tradewind.domain.events import Event, Severity
from tradewind.domain.messages import IntentMessage, Message, to_json

# ── streams ──────────────────────────────────────────────────────────────────────────────────────────────────────


def stream(*keys: tuple[str, str]) -> edge.LambdaEvent:
    """Return a stream event, keys only, as a table sends it."""
    return {
        "Records": [
            {
                "eventID": f"{number:032x}",
                "eventName": "INSERT",
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "awsRegion": "eu-central-1",
                "dynamodb": {
                    "ApproximateCreationDateTime": 1_700_000_000,
                    "Keys": {"pk": {"S": pk}, "sk": {"S": sk}},
                    "SequenceNumber": str(number),
                    "SizeBytes": 99,
                    "StreamViewType": "KEYS_ONLY",
                },
                "eventSourceARN": "arn:aws:dynamodb:eu-central-1:123456789012:table/market/stream/2024",
            }
            for number, (pk, sk) in enumerate(keys, start=1)
        ]
    }


def test_slices_wake_their_shards_with_their_keys() -> None:
    event = stream(
        ("SLICE#daily", "0000086400000#0001"), ("SLICE#hourly", "0000003600000#0001"),
        ("SLICE#daily", "0000086400000#0002"),
    )  # fmt: skip

    assert edge.slice_wakes(event) == {"daily": [(86_400_000, 1), (86_400_000, 2)], "hourly": [(3_600_000, 1)]}


def test_a_poke_wakes_its_shard_to_look_everywhere_whatever_else_came() -> None:
    event = stream(("SLICE#daily", "0000086400000#0001"), ("POKE#daily", "POKE"), ("POKE#hourly", "POKE"))

    assert edge.slice_wakes(event) == {"daily": [(86_400_000, 1), edge.POKE], "hourly": [edge.POKE]}


def test_a_shard_s_name_may_hold_the_separator() -> None:
    assert edge.slice_wakes(stream(("SLICE#kraken#1m", "0000086400000#0001"))) == {"kraken#1m": [(86_400_000, 1)]}


def test_journal_entries_wake_their_journals() -> None:
    event = stream(("JOURNAL#paper", "0000000000001"), ("JOURNAL#system", "0000000000007"))

    assert edge.journal_wakes(event) == ["paper", "system"]


def test_one_shard_s_failure_holds_up_no_other_and_is_raised_in_the_end() -> None:
    done: list[str] = []

    def evaluate(shard: str, _: list[tuple[int, int]]) -> None:
        done.append(shard)
        if shard == "bad":
            raise TransientError("the table went away")

    with pytest.raises(ExceptionGroup, match="1 of 3 shards failed") as raised:
        edge.for_each_shard({"first": [], "bad": [], "last": []}, evaluate)

    assert done == ["first", "bad", "last"]
    assert [str(error) for error in raised.value.exceptions] == ["the table went away"]


# ── the order queue ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class FakeLog:
    """Keeps the level and the text of each line."""

    lines: list[tuple[str, str]] = field(default_factory=list)

    def __getattr__(self, level: str) -> Any:
        return lambda text, **_: self.lines.append((level, text))


@dataclass
class Queue:
    """A batch whose execution fails as `fails` says, by intent id."""

    fails: Mapping[str, Exception] = field(default_factory=dict)
    refusing_fails: bool = False
    halting_fails: bool = False
    executed: list[str] = field(default_factory=list)
    halted: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    log: FakeLog = field(default_factory=FakeLog)

    def execute(self, message: Message) -> None:
        self.executed.append(message.deduplication_id)
        if message.deduplication_id in self.fails:
            raise self.fails[message.deduplication_id]

    def halt(self, message: Message, reason: str) -> None:
        if self.halting_fails:
            raise TransientError("the ledger went away")
        self.halted.append((message.instrument, reason))

    def refuse(self, body: str, reason: str) -> None:
        if self.refusing_fails:
            raise TransientError("the queue went away")
        self.refused.append((body, reason))

    def __call__(self, *records: dict[str, Any]) -> list[str]:
        batch = edge.FifoBatch(self.execute, self.halt, self.refuse, self.log)  # type: ignore[arg-type]
        answer = batch({"Records": list(records)})
        return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def body_of(name: str, instrument: str = ACME) -> str:
    return to_json(IntentMessage(intent(id=name, instrument=instrument)))


def record(name: str, instrument: str = ACME, body: str = "") -> dict[str, Any]:
    """Return a record of a FIFO queue as Lambda receives it."""
    return {
        "messageId": f"message-{name}",
        "receiptHandle": "AQEB",
        "body": body or body_of(name, instrument),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1700000000000",
            "SequenceNumber": "18870",
            "MessageGroupId": f"paper#{instrument}",
            "SenderId": "AIDA",
            "MessageDeduplicationId": name,
            "ApproximateFirstReceiveTimestamp": "1700000000001",
        },
        "messageAttributes": {},
        "md5OfBody": "0" * 32,
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:orders.fifo",
        "awsRegion": "eu-central-1",
    }


def test_every_record_is_executed_in_order() -> None:
    queue = Queue()

    assert queue(record("a"), record("b", BOLT), record("c")) == []
    assert queue.executed == ["a", "b", "c"]


def test_a_record_that_fails_for_now_holds_the_later_ones_of_its_group_only() -> None:
    queue = Queue({"a": TransientError("throttled")})

    assert queue(record("a"), record("b", BOLT), record("c"), record("d", BOLT)) == ["message-a", "message-c"]
    assert queue.executed == ["a", "b", "d"]
    assert queue.refused == []


def test_an_error_that_nobody_foresaw_comes_again_too() -> None:
    queue = Queue({"a": ZeroDivisionError("oops")})

    assert queue(record("a")) == ["message-a"]
    assert ("exception", "message failed for now") in queue.log.lines


def test_poison_goes_to_the_dead_letters_with_its_reason_and_holds_nothing_hostage() -> None:
    queue = Queue({"a": PermanentError("no such account")})

    assert queue(record("a"), record("b")) == []
    assert queue.refused == [(body_of("a"), "no such account")]
    assert queue.executed == ["a", "b"]


@pytest.mark.parametrize("body", ["not json", '{"schema":99}', "[]"])
def test_what_cannot_be_read_is_refused_as_it_came(body: str) -> None:
    queue = Queue()

    assert queue(record("a", body=body), record("b")) == []
    assert [text for text, _ in queue.refused] == [body]
    assert queue.executed == ["b"]


def test_a_broken_promise_halts_the_instrument_before_the_message_is_refused() -> None:
    queue = Queue({"a": InvariantError("a fill was booked twice")})

    assert queue(record("a")) == []
    assert queue.halted == [(ACME, "a fill was booked twice")]
    assert queue.refused == [(body_of("a"), "halted ACME.TEST: a fill was booked twice")]
    assert ("critical", "a promise is broken") in queue.log.lines


def test_a_message_is_acknowledged_only_once_its_halt_and_its_refusal_are_safe() -> None:
    broken, poison = {"a": InvariantError("broken")}, {"a": PermanentError("poison")}

    assert Queue(broken, halting_fails=True)(record("a"), record("b", BOLT)) == ["message-a"]
    assert Queue(poison, refusing_fails=True)(record("a"), record("b", BOLT)) == ["message-a"]


# ── alerts ───────────────────────────────────────────────────────────────────────────────────────────────────────

EVENT = Event("ORDER_FILLED", Severity.INFO, "filled", "ACME.TEST", {"price": "1.00"})


def sns(*messages: str) -> edge.LambdaEvent:
    return {
        "Records": [
            {
                "EventVersion": "1.0",
                "EventSource": "aws:sns",
                "EventSubscriptionArn": "arn:aws:sns:eu-central-1:123456789012:alerts:1",
                "Sns": {
                    "Type": "Notification",
                    "MessageId": "95df01b4",
                    "TopicArn": "arn:aws:sns:eu-central-1:123456789012:alerts",
                    "Subject": "Tradewind dev: INFO ORDER_FILLED",
                    "Message": message,
                    "Timestamp": "2024-01-02T12:45:07.000Z",
                },
            }
            for message in messages
        ]
    }


def test_alerts_are_read_as_they_were_published() -> None:
    text = json.dumps({"alert_id": "paper-1-0", "ts": 5, "environment": "dev", **EVENT.to_dict()})

    assert edge.sns_alerts(sns(text, text)) == [("paper-1-0", EVENT, 5)] * 2


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"alert_id":"a","ts":1}', '"a"', '{"alert_id":"a","ts":1,'
                                  '"kind":"K","severity":"LOUD","text":"","instrument":"","data":{}}'])  # fmt: skip
def test_what_is_no_alert_is_refused_and_quoted(text: str) -> None:
    with pytest.raises(PermanentError, match="alert cannot be read"):
        edge.sns_alerts(sns(text))


def test_log_lines_go_to_stderr_as_they_happen(capsys: pytest.CaptureFixture[str]) -> None:
    log = edge.logger()

    log.info("done", extra={"shard": "daily"})

    line = json.loads(capsys.readouterr().err)
    assert (line["message"], line["shard"], line["level"]) == ("done", "daily", "INFO")
