"""The evaluator's view of slices, apart from how they are written: its cold start pays for nothing else.

| pk | sk | what |
|---|---|---|
| `SLICE#{shard}` | `{ts_close:013d}#{rev:04d}` | one slice |
| `LATE#{shard}` | the same | a copy of a slice that came late and is not evaluated yet |

A slice is written without a time to live; compaction gives it one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tradewind.adapters.dynamodb.codec import reading
from tradewind.adapters.dynamodb.table import Item, Key, Table, WallClock, expiry, key, key_of
from tradewind.application.ports import SliceLog
from tradewind.domain.slice import Slice

SLICE_DAYS = 8
"""How long the hot tier keeps a slice after its bars have been compacted."""


def step_key(ts: int, rev: int) -> str:
    """Return the sort key of a shard's timestep and revision: text that sorts as the numbers do."""
    return f"{ts:013d}#{rev:04d}"


def slice_key(shard: str, ts: int) -> Key:
    """Return where a shard's slice lies as it was first written."""
    return f"SLICE#{shard}", step_key(ts, 1)


def read_step_key(sk: str) -> tuple[int, int]:
    """Return the time and revision of a sort key."""
    ts, rev = sk.split("#")
    return int(ts), int(rev)


def since(ts: int) -> str:
    """Return the lowest sort key that is later than `ts`."""
    return step_key(ts + 1, 0)


def until(ts: int) -> str:
    """Return a sort key above every revision of `ts`."""
    return f"{ts:013d}#~"


@dataclass(frozen=True, slots=True)
class DynamoSliceLog(SliceLog):
    """Slices in the market table, as the evaluator reads them.

    Attributes
    ----------
    days : float
        How long a slice stays, counted from the moment in which it was compacted.
    """

    table: Table
    clock: WallClock
    days: float = SLICE_DAYS

    def first_edition(self, shard: str, ts_close: int) -> Slice | None:
        """Return the slice of that time as it was first written, by its key."""
        item = self.table.get(*slice_key(shard, ts_close))
        return _slice(item) if item else None

    def after(self, shard: str, ts_close: int, limit: int) -> list[Slice]:
        """Return slices later than `ts_close`; the last timestep is complete, even beyond the limit."""
        pk = f"SLICE#{shard}"
        found = list(self.table.query(pk, first=since(ts_close), limit=limit))
        if len(found) >= limit:
            last = found[-1]["sk"]["S"]
            found += self.table.query(pk, first=f"{last} ", last=until(read_step_key(last)[0]))
        return slices_of(found)

    def late(self, shard: str) -> list[Slice]:
        """Return what came late and is not settled, oldest first."""
        return slices_of(self.table.query(f"LATE#{shard}"))

    def mark_late(self, slice_: Slice) -> None:
        """Mark a first edition that arrived behind the watermark."""
        self.table.put(self.item("LATE", slice_))

    def settle_late(self, correction: Slice) -> None:
        """Forget what came late and has been evaluated."""
        self.table.delete(f"LATE#{correction.shard}", step_key(correction.ts_close, correction.rev))

    def item(self, kind: str, slice_: Slice) -> Item:
        """Return a slice as its item, or as its mark of being late."""
        where = key(f"{kind}#{slice_.shard}", step_key(slice_.ts_close, slice_.rev))
        ends = {} if kind == "LATE" else {"expires_at": expiry(self.clock, self.days)}
        return {**where, "data": {"B": slice_.to_bytes()}, **ends}


def slices_of(items: Iterable[Item]) -> list[Slice]:
    """Read slices, in the order of their items."""
    return [_slice(item) for item in items]


def _slice(item: Item) -> Slice:
    ts, rev = step_of(item)
    where = key_of(item)
    with reading("/".join(where)):
        return Slice.from_bytes(where[0].partition("#")[2], ts, rev, item["data"]["B"])


def step_of(item: Item) -> tuple[int, int]:
    """Return the time and revision that an item's key tells."""
    where = key_of(item)
    with reading("/".join(where)):
        return read_step_key(where[1])
