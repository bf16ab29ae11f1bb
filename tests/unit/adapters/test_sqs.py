"""How messages are put into batches, and what follows when a part of one is not taken."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.builders import ACME, BOLT, PAPER, bar, intent
from tradewind.adapters.sqs import BYTES_AT_ONCE, SqsDepths, SqsOrderQueue
from tradewind.domain.errors import TransientError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.messages import BarMessage, IntentMessage, Message
from tradewind.domain.timeframe import Timeframe

NAMES = [InstrumentId(f"N{i:02d}.TEST") for i in range(23)]


@dataclass
class Client:
    """A client that refuses the messages that `refuses` says."""

    refuses: Callable[[dict[str, Any]], bool] = lambda _: False
    batches: list[list[dict[str, Any]]] = field(default_factory=list)
    letters: list[dict[str, Any]] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        assert QueueUrl == "orders"
        self.batches.append(Entries)
        failed = [{"Id": one["Id"], "Code": "InternalError"} for one in Entries if self.refuses(one)]
        return {"Failed": failed} if failed else {}

    def send_message(self, **letter: Any) -> None:
        self.letters.append(letter)

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:  # noqa: N803
        self.looked.append(QueueUrl)
        counts = {"ApproximateNumberOfMessages": "3", "ApproximateNumberOfMessagesNotVisible": "2"}
        return {"Attributes": counts if QueueUrl == "dead" else {}}


def queue(client: Client) -> SqsOrderQueue:
    return SqsOrderQueue(client, "orders", "dead")  # type: ignore[arg-type]


def bar_of(name: InstrumentId, number: int = 1, trace: str = "daily@1.1") -> BarMessage:
    return BarMessage(PAPER, name, Timeframe.D1, 1, bar(number, 1, 2, 1, 2), 4, "d1ce", trace)


def groups(client: Client) -> list[list[str]]:
    return [[one["MessageGroupId"] for one in batch] for batch in client.batches]


def test_ten_messages_go_at_once() -> None:
    client = Client()

    queue(client).send([bar_of(name) for name in NAMES])

    assert [len(batch) for batch in client.batches] == [10, 10, 3]


def test_a_batch_stays_within_what_the_service_takes() -> None:
    client = Client()
    large: list[Message] = [
        IntentMessage(intent(reason="é" * 40_000, instrument=name, ts=i)) for i, name in enumerate(NAMES)
    ]

    queue(client).send(large)

    sizes = [sum(len(one["MessageBody"].encode()) for one in batch) for batch in client.batches]
    assert max(sizes) <= BYTES_AT_ONCE
    assert sum(len(batch) for batch in client.batches) == len(large)


def test_no_batch_holds_two_messages_of_one_group() -> None:
    client = Client()

    queue(client).send([bar_of(ACME), bar_of(BOLT), IntentMessage(intent()), bar_of(NAMES[0])])

    acme, bolt, other = (f"{PAPER}#{name}" for name in (ACME, BOLT, NAMES[0]))
    assert groups(client) == [[acme, bolt], [acme, other]]


def test_after_a_failure_no_later_message_of_its_group_is_sent_and_the_others_are() -> None:
    acme, bolt = f"{PAPER}#{ACME}", f"{PAPER}#{BOLT}"
    client = Client(refuses=lambda one: one["MessageGroupId"] == acme)

    with pytest.raises(TransientError, match=acme):
        queue(client).send([bar_of(ACME), bar_of(BOLT), bar_of(ACME, 2), bar_of(BOLT, 2), bar_of(ACME, 3)])

    assert groups(client) == [[acme, bolt], [bolt]]


def test_every_copy_carries_the_same_ids_and_its_trace() -> None:
    client = Client()
    message = bar_of(ACME)

    queue(client).send([message])
    queue(client).send([message])

    first, second = client.batches
    assert first == second
    assert first[0]["MessageDeduplicationId"] == message.deduplication_id
    assert first[0]["MessageAttributes"] == {"trace": {"DataType": "String", "StringValue": "daily@1.1"}}


def test_another_replay_s_messages_are_other_messages() -> None:
    client = Client()

    SqsOrderQueue(client, "orders", "dead", "run-7").send([bar_of(ACME)])  # type: ignore[arg-type]

    assert client.batches[0][0]["MessageDeduplicationId"] == f"{bar_of(ACME).deduplication_id}#run-7"


def test_an_empty_trace_is_no_attribute() -> None:
    client = Client()

    queue(client).send([bar_of(ACME, trace="")])

    assert client.batches[0][0]["MessageAttributes"] == {}


@pytest.mark.parametrize(
    ("body", "group"),
    [
        ('{"account":"paper","instrument":"ACME.TEST","schema":9}', f"{PAPER}#{ACME}"),
        ("{not json", "unreadable"),
        ("[]", "unreadable"),
        ('{"account":"paper"}', "unreadable"),
        ('{"account":"a b","instrument":"é"}', "unreadable"),
        ('{"account":"' + "a" * 200 + '","instrument":"x"}', "unreadable"),
    ],
)
def test_a_dead_letter_stays_in_its_group_where_that_can_be_read(body: str, group: str) -> None:
    client = Client()

    queue(client).refuse(body, "why")

    (letter,) = client.letters
    assert (letter["QueueUrl"], letter["MessageBody"], letter["MessageGroupId"]) == ("dead", body, group)


@pytest.mark.parametrize(
    ("reason", "kept"), [("why", "why"), ("", "UNKNOWN"), ("x" * 5000, "x" * 1000), ("a\x00b\x1b[0m", "a b [0m")]
)
def test_a_reason_is_kept_as_the_service_takes_it(reason: str, kept: str) -> None:
    client = Client()

    queue(client).refuse("{}", reason)

    assert client.letters[0]["MessageAttributes"]["reason"]["StringValue"] == kept


def test_depths_count_what_waits_and_what_is_in_flight() -> None:
    depths = SqsDepths(Client(), {"orders-dlq": "dead", "empty": "empty"})  # type: ignore[arg-type]

    assert depths.depths() == {"orders-dlq": 5, "empty": 0}


def test_only_the_most_urgent_queue_is_asked_at_every_look() -> None:
    client = Client()
    depths = SqsDepths(client, {"orders-dlq": "dead", "one": "empty", "two": "empty"}, every=5)  # type: ignore[arg-type]

    seen = [depths.depths() for _ in range(10)]

    assert seen == [{"orders-dlq": 5, "one": 0, "two": 0}] * 10
    once, others = ["dead"], ["dead", "empty"]
    assert client.looked == ["dead", "empty", "empty", *once * 2, *others * 2, *once * 3, *others * 2]
