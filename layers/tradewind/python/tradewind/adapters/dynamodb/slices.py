"""Slices: the hot tier and the evaluator's view of it, over the same items.

| pk | sk | what |
|---|---|---|
| `SLICE#{shard}` | `{ts_close:013d}#{rev:04d}` | one slice |
| `LATE#{shard}` | the same | a copy of a slice that came late and is not evaluated yet |
| `POKE#{shard}` | `POKE` | wakes the evaluator without a slice |
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tradewind.adapters.dynamodb.codec import reading
from tradewind.adapters.dynamodb.table import (
    ABSENT,
    CanceledError,
    ConditionError,
    Item,
    Key,
    Table,
    WallClock,
    expiry,
    key,
    key_of,
    number,
)
from tradewind.application.ports import Poker, SliceLog
from tradewind.application.ports_market import SliceStore
from tradewind.domain.slice import Slice

SLICE_DAYS = 8
"""How long the hot tier keeps a slice of one-minute bars."""


def step_key(ts: int, rev: int) -> str:
    """Return the sort key of a shard's timestep and revision: text that sorts as the numbers do."""
    return f"{ts:013d}#{rev:04d}"


def read_step_key(sk: str) -> tuple[int, int]:
    """Return the time and revision of a sort key."""
    ts, rev = sk.split("#")
    return int(ts), int(rev)


def _since(ts: int) -> str:
    """Return the lowest sort key that is later than `ts`."""
    return step_key(ts + 1, 0)


def _until(ts: int) -> str:
    """Return a sort key above every revision of `ts`."""
    return f"{ts:013d}#~"


@dataclass(frozen=True, slots=True)
class DynamoSlices(SliceStore, SliceLog):
    """Slices in the market table.

    Attributes
    ----------
    days : float
        How long a slice stays, counted from the moment of writing.
    """

    table: Table
    clock: WallClock
    days: float = SLICE_DAYS

    def put(self, slice_: Slice) -> bool:
        """Write once; a correction is marked as late in the same transaction."""
        try:
            if slice_.rev == 1:
                self.table.put(self._item("SLICE", slice_), ABSENT)
            else:
                late = self.table.putting(self._item("LATE", slice_))
                self.table.transact([self.table.putting(self._item("SLICE", slice_), ABSENT), late])
        except (ConditionError, CanceledError):
            return False
        return True

    def latest(self, shard: str) -> int:
        """Return `ts_close` of the shard's latest slice, strongly consistent; 0 if it has none."""
        newest = self.table.query(f"SLICE#{shard}", limit=1, backwards=True, keys_only=True)
        return next((_step_of(item)[0] for item in newest), 0)

    def first_edition(self, shard: str, ts_close: int) -> Slice | None:
        """Return the slice of that time as it was first written, by its key."""
        item = self.table.get(f"SLICE#{shard}", step_key(ts_close, 1))
        return _slice(item) if item else None

    def after(self, shard: str, ts_close: int, limit: int) -> list[Slice]:
        """Return slices later than `ts_close`; the last timestep is complete, even beyond the limit."""
        pk = f"SLICE#{shard}"
        found = list(self.table.query(pk, first=_since(ts_close), limit=limit))
        if len(found) >= limit:
            last = found[-1]["sk"]["S"]
            found += self.table.query(pk, first=f"{last} ", last=_until(read_step_key(last)[0]))
        return _slices(found)

    def between(self, shard: str, start: int, end: int) -> list[Slice]:
        """Return all slices with `ts_close` in (start, end], all revisions in key order."""
        if end <= start:
            return []
        return _slices(self.table.query(f"SLICE#{shard}", first=_since(start), last=_until(end)))

    def late(self, shard: str) -> list[Slice]:
        """Return what came late and is not settled, oldest first."""
        return _slices(self.table.query(f"LATE#{shard}"))

    def mark_late(self, slice_: Slice) -> None:
        """Mark a first edition that arrived behind the watermark."""
        self.table.put(self._item("LATE", slice_))

    def settle_late(self, correction: Slice) -> None:
        """Forget what came late and has been evaluated."""
        self.table.delete(f"LATE#{correction.shard}", step_key(correction.ts_close, correction.rev))

    def _item(self, kind: str, slice_: Slice) -> Item:
        where = key(f"{kind}#{slice_.shard}", step_key(slice_.ts_close, slice_.rev))
        return {**where, "data": {"B": slice_.to_bytes()}, "expires_at": expiry(self.clock, self.days)}


def _slices(items: Iterable[Item]) -> list[Slice]:
    return [_slice(item) for item in items]


def _slice(item: Item) -> Slice:
    ts, rev = _step_of(item)
    where: Key = key_of(item)
    with reading("/".join(where)):
        return Slice.from_bytes(where[0].partition("#")[2], ts, rev, item["data"]["B"])


def _step_of(item: Item) -> tuple[int, int]:
    where = key_of(item)
    with reading("/".join(where)):
        return read_step_key(where[1])


@dataclass(frozen=True, slots=True)
class DynamoPoker(Poker):
    """Waking an evaluator through the market table's stream."""

    table: Table
    clock: WallClock

    def poke(self, shard: str) -> None:
        """Write the shard's poke item; it names its time, because an unchanged item makes no stream record."""
        poked = {"at": number(round(self.clock() * 1000)), "expires_at": expiry(self.clock, 1)}
        self.table.put({**key(f"POKE#{shard}", "POKE"), **poked})
