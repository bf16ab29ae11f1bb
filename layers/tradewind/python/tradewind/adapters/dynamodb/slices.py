"""Slices as the fetcher writes them and everybody reads them, and the poke that wakes an evaluator without one.

Beside the items of `slice_log`: `POKE#{shard}` / `POKE`.
"""

from dataclasses import dataclass

from tradewind.adapters.dynamodb.slice_log import DynamoSliceLog, since, slices_of, step_of, until
from tradewind.adapters.dynamodb.table import (
    ABSENT,
    CanceledError,
    ConditionError,
    Table,
    WallClock,
    expiry,
    key,
    number,
)
from tradewind.application.ports import Poker
from tradewind.application.ports_market import SliceStore
from tradewind.domain.slice import Slice


@dataclass(frozen=True, slots=True)
class DynamoSlices(DynamoSliceLog, SliceStore):
    """Slices in the market table."""

    def put(self, slice_: Slice) -> bool:
        """Write once; a correction is marked as late in the same transaction."""
        try:
            if slice_.rev == 1:
                self.table.put(self.item("SLICE", slice_), ABSENT)
            else:
                late = self.table.putting(self.item("LATE", slice_))
                self.table.transact([self.table.putting(self.item("SLICE", slice_), ABSENT), late])
        except (ConditionError, CanceledError):
            return False
        return True

    def latest(self, shard: str) -> int:
        """Return `ts_close` of the shard's latest slice, strongly consistent; 0 if it has none."""
        newest = self.table.query(f"SLICE#{shard}", limit=1, backwards=True, keys_only=True)
        return next((step_of(item)[0] for item in newest), 0)

    def between(self, shard: str, start: int, end: int) -> list[Slice]:
        """Return all slices with `ts_close` in (start, end], all revisions in key order."""
        return slices_of(self.table.query(f"SLICE#{shard}", first=since(start), last=until(end)))


@dataclass(frozen=True, slots=True)
class DynamoPoker(Poker):
    """Waking an evaluator through the market table's stream."""

    table: Table
    clock: WallClock

    def poke(self, shard: str) -> None:
        """Write the shard's poke item; it names its time, because an unchanged item makes no stream record."""
        poked = {"at": number(round(self.clock() * 1000)), "expires_at": expiry(self.clock, 1)}
        self.table.put({**key(f"POKE#{shard}", "POKE"), **poked})
