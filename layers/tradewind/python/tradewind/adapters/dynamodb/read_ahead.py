"""Reading ahead what the next slice's evaluation asks both tables for."""

from collections.abc import Sequence
from dataclasses import dataclass

from tradewind.adapters.dynamodb.items_ahead import ItemsAhead
from tradewind.adapters.dynamodb.ledger import DynamoLedger
from tradewind.adapters.dynamodb.progress import progress_key
from tradewind.adapters.dynamodb.slice_log import slice_key
from tradewind.application.ports import ReadAhead, SnapshotRequest


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
        self.items.read({self.market: market, self.ledger.table.name: accounts})
