"""The order queue's dead letters on SQS."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tradewind.adapters.aws import translated
from tradewind.adapters.dynamodb.table import Condition, Table, number
from tradewind.adapters.sqs import depth_of
from tradewind.application.dead_letters import SPENT, DeadLetter, DeadLetters
from tradewind.domain.messages import Message, group_id, to_json

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class SqsDeadLetters(DeadLetters):
    """A FIFO dead-letter queue, and how often each message was sent again, which the ledger's table counts.

    Attributes
    ----------
    hold : int
        Seconds for which nobody else sees what was taken.
    patience : int
        Seconds to wait for the queue's answer that there is nothing more.
    pages : int
        How often at most it is asked for more.
    """

    client: "SQSClient"
    url: str
    order_url: str
    ledger: Table
    hold: int = 300
    patience: int = 1
    pages: int = 1_000

    def take(self) -> list[DeadLetter]:
        """Hold everything that can be seen; of one group at most ten letters, for FIFO keeps the rest back."""
        taken: list[DeadLetter] = []
        for _ in range(self.pages):
            page = self._page()
            if not page:
                break
            taken += map(_letter, page)
        return taken

    def depth(self) -> int:
        """Return about how many there are, those that somebody holds among them."""
        return depth_of(self.client, self.url)

    def _page(self) -> Sequence[Mapping[str, Any]]:
        with translated("read the dead letters"):
            answer = self.client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=_AT_ONCE,
                VisibilityTimeout=self.hold,
                WaitTimeSeconds=self.patience,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        return answer.get("Messages", [])

    def release(self, letters: Sequence[DeadLetter]) -> None:
        """Let others see them again."""
        for letter in letters:
            with translated(f"release dead letter {letter.id}"):
                self.client.change_message_visibility(
                    QueueUrl=self.url, ReceiptHandle=letter.receipt, VisibilityTimeout=0
                )

    def remove(self, letter: DeadLetter) -> None:
        """Remove a letter that is held."""
        with translated(f"remove dead letter {letter.id}"):
            self.client.delete_message(QueueUrl=self.url, ReceiptHandle=letter.receipt)

    def send_again(self, message: Message) -> int:
        """Send a message again: the queue would drop its old id, and the number makes each time another one."""
        time = self._count(message)
        with translated(f"send {message.deduplication_id} again"):
            self.client.send_message(
                QueueUrl=self.order_url,
                MessageBody=to_json(message),
                MessageGroupId=group_id(message),
                MessageDeduplicationId=f"{message.deduplication_id}#redrive-{time}",
                MessageAttributes={"trace": {"DataType": "String", "StringValue": message.trace or "redrive"}},
            )
        return time

    def _count(self, message: Message) -> int:
        once = Condition("", values={":one": number(1)})
        item = self.ledger.update_returning(
            f"REDRIVES#{message.deduplication_id}", "REDRIVES", "ADD redrives :one", once
        )
        return int(item["redrives"]["N"])


def _letter(received: Mapping[str, Any]) -> DeadLetter:
    told = {name: value["StringValue"] for name, value in received.get("MessageAttributes", {}).items()}
    return DeadLetter(
        id=received["MessageId"],
        body=received["Body"],
        reason=told.get("reason", SPENT),
        trace=told.get("trace", ""),
        sent=int(received["Attributes"]["SentTimestamp"]),
        receipt=received["ReceiptHandle"],
    )
