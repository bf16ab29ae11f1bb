"""The FIFO order queue on SQS, and how much waits in the queues that should be empty."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from tradewind.adapters.aws import translated
from tradewind.application.ports import OrderQueue, QueueDepths
from tradewind.domain.errors import TransientError
from tradewind.domain.identifiers import content_hash
from tradewind.domain.messages import Message, group_id, to_json

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MESSAGES_AT_ONCE = 10
BYTES_AT_ONCE = 256 * 1024
_LONGEST_REASON = 1_000
_LONGEST_GROUP = 128
_GROUP = re.compile("[!-~]+")
_UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class _Envelope:
    """A message as SQS takes it."""

    group: str
    deduplication: str
    trace: str
    body: str

    @property
    def size(self) -> int:
        """Bytes that count: body and attributes."""
        return len(self.body.encode()) + len(self.trace.encode()) + len("traceString")

    def entry(self, position: int) -> dict[str, Any]:
        """Return it as an entry of a batch."""
        return {
            "Id": str(position),
            "MessageBody": self.body,
            "MessageGroupId": self.group,
            "MessageDeduplicationId": self.deduplication,
            "MessageAttributes": _attributes(trace=self.trace),
        }


@dataclass(frozen=True, slots=True)
class SqsOrderQueue(OrderQueue):
    """Orders through a FIFO queue; what cannot be processed goes to its dead-letter queue.

    Attributes
    ----------
    run : str
        Tells one replay's messages from the last one's: the same bars lead to the same ids, and the queue would drop
        within five minutes what it has seen before. Empty where time is real.
    """

    client: "SQSClient"
    url: str
    dead_letter_url: str
    run: str = ""

    def send(self, messages: Sequence[Message]) -> None:
        """Send all, each group in order.

        A batch may fail in parts, so no batch holds two messages of one group, and once a message has failed no
        later one of its group is sent. The other groups go on.

        Raises
        ------
        TransientError
            If some were not taken; sending all of them again is safe.
        """
        failed: dict[str, str] = {}
        for batch in batches([self._envelope(message) for message in messages]):
            failed |= self._send([one for one in batch if one.group not in failed])
        if failed:
            raise TransientError(f"the order queue did not take messages of {len(failed)} groups: {failed}")

    def _envelope(self, message: Message) -> _Envelope:
        deduplication = f"{message.deduplication_id}{self.run and '#'}{self.run}"
        return _Envelope(group_id(message), deduplication, message.trace, to_json(message))

    def _send(self, batch: Sequence[_Envelope]) -> dict[str, str]:
        if not batch:
            return {}
        entries: Any = [envelope.entry(i) for i, envelope in enumerate(batch)]
        with translated(f"send {len(batch)} messages"):
            answer = self.client.send_message_batch(QueueUrl=self.url, Entries=entries)
        return {batch[int(one["Id"])].group: one["Code"] for one in answer.get("Failed", [])}

    def refuse(self, body: str, reason: str) -> None:
        """Put what cannot be processed into the dead-letter queue with its reason."""
        attributes: Any = _attributes(reason=_printable(reason) or "UNKNOWN")
        with translated("refuse a message"):
            self.client.send_message(
                QueueUrl=self.dead_letter_url,
                MessageBody=body,
                MessageGroupId=_group_of(body),
                MessageDeduplicationId=content_hash(body.encode()),
                MessageAttributes=attributes,
            )


def batches(envelopes: Sequence[_Envelope]) -> Iterator[list[_Envelope]]:
    """Split into batches that SQS takes, in order and with no group twice in one."""
    batch: list[_Envelope] = []
    for envelope in envelopes:
        full = len(batch) == MESSAGES_AT_ONCE or sum(one.size for one in batch) + envelope.size > BYTES_AT_ONCE
        if batch and (full or any(one.group == envelope.group for one in batch)):
            yield batch
            batch = []
        batch.append(envelope)
    if batch:
        yield batch


def _attributes(**texts: str) -> dict[str, dict[str, str]]:
    return {name: {"DataType": "String", "StringValue": text} for name, text in texts.items() if text}


def _group_of(body: str) -> str:
    """Return the group of a message that may not be readable: refusals of one instrument stay in order."""
    try:
        row = json.loads(body)
        group = f"{row['account']}#{row['instrument']}"
    except (ValueError, KeyError, TypeError):
        return _UNREADABLE
    return group if len(group) <= _LONGEST_GROUP and _GROUP.fullmatch(group) else _UNREADABLE


def _printable(reason: str) -> str:
    """Return a reason as an attribute may hold it: it may quote whatever could not be read."""
    return "".join(one if one.isprintable() else " " for one in reason[:_LONGEST_REASON])


@dataclass(frozen=True, slots=True)
class SqsDepths(QueueDepths):
    """Depths by queue attributes: metrics would cost more than the trading.

    Attributes
    ----------
    urls : mapping
        Queue URLs by the name that people know; the first is the most urgent.
    every : int
        How many looks apart the others are asked: each look at each queue is a request to pay for.
    """

    client: "SQSClient"
    urls: Mapping[str, str]
    every: int = 1
    _known: dict[str, int] = field(default_factory=dict)
    _looks: Iterator[int] = field(default_factory=count)

    def depths(self) -> dict[str, int]:
        """Return the number of messages by queue name, those in flight included."""
        look = next(self._looks)
        for position, (name, url) in enumerate(self.urls.items()):
            if position == 0 or name not in self._known or (look + position) % self.every == 0:
                self._known[name] = depth_of(self.client, url)
        return dict(self._known)


def depth_of(client: "SQSClient", url: str) -> int:
    """Return about how many messages a queue has, those in flight included."""
    with translated(f"read the depth of {url}"):
        answer = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    counts = answer["Attributes"]
    in_flight = int(counts.get("ApproximateNumberOfMessagesNotVisible", "0"))
    return int(counts.get("ApproximateNumberOfMessages", "0")) + in_flight
