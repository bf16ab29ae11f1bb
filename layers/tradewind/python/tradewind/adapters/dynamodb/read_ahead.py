"""Reading items of several tables in one request, before each is asked for.

Latency and money go by requests. What the next slice's evaluation will ask for is known when it begins: its shard's
progress, the slice itself, and the account. Each item is given out once: whoever asks again, or asks for anything
else, reads the table.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tradewind.adapters.aws import translated
from tradewind.adapters.dynamodb.ledger import DynamoLedger
from tradewind.adapters.dynamodb.progress import progress_key
from tradewind.adapters.dynamodb.slice_log import slice_key
from tradewind.adapters.dynamodb.table import Item, Key, key, key_of
from tradewind.application.ports import ReadAhead, SnapshotRequest

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 100
"""Items that one request may ask for."""


@dataclass(slots=True)
class ItemsAhead:
    """Items that were read, absent ones too, by table and key."""

    client: "DynamoDBClient"
    _known: dict[tuple[str, Key], Item | None] = field(default_factory=dict)

    def read(self, wanted: Mapping[str, Sequence[Key]]) -> None:
        """Read these and nothing else, strongly consistent; what the service leaves out is not known."""
        self.forget()
        if not 0 < sum(map(len, wanted.values())) <= AT_ONCE:
            return
        request: Any = {
            table: {"Keys": [key(*one) for one in keys], "ConsistentRead": True} for table, keys in wanted.items()
        }
        with translated("read ahead"):
            answer = self.client.batch_get_item(RequestItems=request)
        if answer.get("UnprocessedKeys"):
            return
        self._known = {(table, one): None for table, keys in wanted.items() for one in keys}
        for table, items in answer["Responses"].items():
            self._known.update(((table, key_of(item)), item) for item in items)

    def take(self, table: str, keys: Iterable[Key]) -> dict[Key, Item] | None:
        """Give out those of the keys that are there; None unless all of them were read ahead."""
        wanted = [(table, one) for one in keys]
        if not self._known or any(one not in self._known for one in wanted):
            return None
        taken = {one[1]: self._known.pop(one) for one in wanted}
        return {one: item for one, item in taken.items() if item is not None}

    def forget(self) -> None:
        """Let everybody read the table."""
        self._known.clear()


@dataclass(frozen=True, slots=True)
class DynamoReadAhead(ReadAhead):
    """What an evaluation will ask both tables for."""

    items: ItemsAhead
    market: str
    ledger: DynamoLedger

    def __call__(self, shard: str, steps: Sequence[int], snapshots: Sequence[SnapshotRequest]) -> None:
        """Read the shard's progress, the slices of these times and the accounts; without times, read nothing."""
        if not steps:
            self.items.forget()
            return
        accounts = [one for request in snapshots for one in self.ledger.snapshot_keys(*request)]
        market = [progress_key(shard), *(slice_key(shard, ts) for ts in steps)]
        self.items.read({self.market: market, self.ledger.table.name: accounts} if accounts else {self.market: market})
