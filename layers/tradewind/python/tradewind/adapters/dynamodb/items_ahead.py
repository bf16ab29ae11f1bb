"""Reading items of several tables in one request, before each is asked for.

Latency and money go by requests. What the next slice's evaluation will ask for is known when it begins: its shard's
progress, the slice itself, and the account; so is what a batch of messages will. Each item is given out as often as
was expected, and not after it was written here: whoever asks again, or asks for anything else, reads the table.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tradewind.adapters.aws import translated
from tradewind.adapters.dynamodb.ledger import DynamoLedger
from tradewind.adapters.dynamodb.table import Item, Key, key, key_of
from tradewind.domain.commands import CommandMessage
from tradewind.domain.errors import TransientError
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.messages import IntentMessage, Message, ResolveMessage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 100
"""Items that one request may ask for."""

_WORTH_IT = 2


@dataclass(slots=True)
class ItemsAhead:
    """Items that were read, absent ones too, by table and key, and how often each may still be given out."""

    client: "DynamoDBClient"
    _known: dict[tuple[str, Key], Item | None] = field(default_factory=dict)
    _left: Counter[tuple[str, Key]] = field(default_factory=Counter)

    def read(self, wanted: Mapping[str, Sequence[Key]]) -> None:
        """Read these and nothing else, strongly consistent; a key that is named twice may be asked for twice.

        Where the service fails or leaves something out, nothing is known, and nobody is worse off.
        """
        self.forget()
        left = Counter((table, one) for table, keys in wanted.items() for one in keys)
        if not 0 < len(left) <= AT_ONCE:
            return
        request: Any = {
            table: {"Keys": [key(*one) for one in dict.fromkeys(keys)], "ConsistentRead": True}
            for table, keys in wanted.items()
            if keys
        }
        with suppress(TransientError), translated("read ahead"):
            answer = self.client.batch_get_item(RequestItems=request)
            if not answer.get("UnprocessedKeys"):
                self._known, self._left = dict.fromkeys(left), left
                for table, items in answer["Responses"].items():
                    self._known.update(((table, key_of(item)), item) for item in items)

    def take(self, table: str, keys: Iterable[Key]) -> dict[Key, Item] | None:
        """Give out those of the keys that are there; None unless all of them are known."""
        if not self._known:
            return None
        wanted = [(table, one) for one in keys]
        if any(self._left[one] < 1 for one in wanted):
            return None
        self._left.subtract(wanted)
        found = {one[1]: self._known[one] for one in wanted}
        return {one: item for one, item in found.items() if item is not None}

    def written(self, table: str, where: Key) -> None:
        """Forget one item."""
        if self._known:
            self._left.pop((table, where), None)

    def forget(self) -> None:
        """Let everybody read the table."""
        self._known.clear()
        self._left.clear()


@dataclass(frozen=True, slots=True)
class MessagesAhead:
    """What a batch of messages will ask the ledger for."""

    items: ItemsAhead
    ledger: DynamoLedger

    def __call__(self, messages: Sequence[Message]) -> None:
        """Read every message's view; a single one reads its own."""
        if len(messages) < _WORTH_IT:
            self.items.forget()
            return
        keys = [one for message in messages for one in self.ledger.view_keys(*_asked(message))]
        self.items.read({self.ledger.table.name: keys})


def _asked(message: Message) -> tuple[str, InstrumentId, IntentId | None]:
    order = message.intent.id if isinstance(message, IntentMessage) else None
    named = message.order_id if isinstance(message, ResolveMessage | CommandMessage) else order
    return message.account, message.instrument, named
