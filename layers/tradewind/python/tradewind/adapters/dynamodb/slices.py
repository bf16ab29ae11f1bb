"""Slices as the fetcher writes them and everybody reads them, and the poke that wakes an evaluator without one.

Beside the items of `slice_log`: `POKE#{shard}` / `POKE`; `PACKED#{shard}` with a slice's sort key, the mark of a
correction whose bars are in no chunk yet; and `AMENDED#{shard}` with a day, the mark of one whose records are archived
without it.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from tradewind.adapters.dynamodb.codec import reading
from tradewind.adapters.dynamodb.failures import CanceledError, ConditionError
from tradewind.adapters.dynamodb.series import PACKED, PACKED_THROUGH
from tradewind.adapters.dynamodb.slice_log import DynamoSliceLog, since, slice_key, slices_of, step_key, step_of, until
from tradewind.adapters.dynamodb.table import (
    ABSENT,
    Condition,
    Item,
    Key,
    Table,
    WallClock,
    expiry,
    key,
    key_of,
    number,
)
from tradewind.application.ports import Poker
from tradewind.application.ports_bars import SETTLED, Packing
from tradewind.application.ports_market import SliceStore
from tradewind.domain.bar import Bar
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import OpenSlice, Slice
from tradewind.domain.timeframe import DAY, Timeframe

_BY_KEY = 90
"""Slices up to which each is asked for by its key."""

_MARKS_END = ":"
"""Above every sort key that is a time."""

_MOST = 0.75
"""The share of its days below which a slice is held."""


@dataclass(frozen=True, slots=True)
class DynamoSlices(DynamoSliceLog, SliceStore):
    """Slices in the market table."""

    def put(self, slice_: Slice) -> bool:
        """Write once; a correction is marked as late and as unpacked in the same transaction."""
        try:
            if slice_.rev == 1:
                self.table.put(self.item("SLICE", slice_), ABSENT)
            else:
                marks: list[Item] = [self.item("LATE", slice_), key(*_mark(slice_)), *self._amends(slice_)]
                first = self.table.putting(self.item("SLICE", slice_), ABSENT)
                self.table.transact([first, *map(self.table.putting, marks)])
        except (ConditionError, CanceledError):
            return False
        return True

    def _amends(self, slice_: Slice) -> list[Item]:
        """Return the mark of a correction so late that its day may be archived."""
        now, before = round(self.clock() * 1000), slice_.ts_close - 1  # a day's last slice closes with it
        if slice_.ts_close > now - SETTLED:
            return []
        return [{**key(*amended_key(slice_.shard, before - before % DAY)), "amended": number(now)}]

    def latest(self, shard: str) -> int:
        """Return `ts_close` of the shard's latest slice, strongly consistent; 0 if it has none."""
        newest = self.table.query(f"SLICE#{shard}", limit=1, backwards=True, keys_only=True)
        return next((step_of(item)[0] for item in newest), 0)

    def newest(self, shard: str) -> Slice | None:
        """Return the last revision of the shard's latest slice; None if it has none."""
        return next(iter(slices_of(self.table.query(f"SLICE#{shard}", limit=1, backwards=True))), None)

    def between(self, shard: str, start: int, end: int) -> list[Slice]:
        """Return all slices with `ts_close` in (start, end], all revisions in key order."""
        return slices_of(self.table.query(f"SLICE#{shard}", first=since(start), last=until(end)))

    def at(self, shard: str, times: Iterable[int]) -> dict[int, Slice]:
        """Return the last revision of each slice that closed at one of these times: by key, mostly in one request."""
        last: dict[int, Item] = {}
        asked = [(ts, rev) for ts in times for rev in (1, 2)]
        while asked:
            items = self.table.get_many((f"SLICE#{shard}", step_key(*one)) for one in asked)
            editions = {step_of(items[one]): items[one] for one in sorted(items)}
            last |= {ts: item for (ts, _), item in editions.items()}
            asked = [(ts, rev + 1) for ts, rev in editions if rev > 1]
        return dict(zip(last, slices_of(last.values()), strict=True))

    def bars(
        self, shard: str, timeframe: Timeframe, instruments: Sequence[InstrumentId], start: int, end: int
    ) -> dict[InstrumentId, dict[int, Bar]]:
        """Return bars of first editions, by their keys; of many steps those of the last revisions, as they lie."""
        keys = first_keys(shard, timeframe, start, end)
        if keys is None:
            found = self.table.query(f"SLICE#{shard}", first=since(start), last=until(end))
            return bars_among(map(opened, found), instruments)
        return bars_among(map(opened, self.table.get_many(keys).values()), instruments)

    def unpacked(self, shard: str) -> list[Slice]:
        """Return the revisions above 1 that were not released yet, oldest first."""
        return self._slices(shard, self.table.query(f"{PACKED}#{shard}", last=_MARKS_END))

    def packing(self, shard: str) -> Packing:
        """Return how far a shard is packed, and what waits, in one request where nothing does.

        Marks are read before the watermark, which lies behind them, and compaction moves it before it takes them away.
        """
        items = list(self.table.query(f"{PACKED}#{shard}"))
        through = next((item for item in items if key_of(item)[1] == PACKED_THROUGH), None)
        with reading(f"{PACKED}#{shard}"):
            compacted = int(through["through"]["N"]) if through else 0
        return Packing(compacted, self._slices(shard, (item for item in items if item is not through)))

    def _slices(self, shard: str, marks: Iterable[Item]) -> list[Slice]:
        found = self.table.get_many((f"SLICE#{shard}", key_of(mark)[1]) for mark in marks)
        return slices_of(found[one] for one in sorted(found))

    def release(self, slices: Sequence[Slice]) -> None:
        """Forget that slices were unpacked; their time to live runs since they were written."""
        for slice_ in slices:
            if slice_.rev > 1:
                self.table.delete(*_mark(slice_))

    def hold(self, shard: str, ts_close: int) -> None:
        """Let slices later than `ts_close` live for all their days again where fewer than most are left."""
        hold(self.table, f"SLICE#{shard}", ts_close, self.clock, self.days)


def first_keys(shard: str, timeframe: Timeframe, start: int, end: int) -> list[Key] | None:
    """Return where first editions with `ts_close` in (start, end] lie; None where a query is the better way."""
    steps = range(start - start % timeframe.ms + timeframe.ms, end + 1, timeframe.ms)
    if len(steps) > _BY_KEY or timeframe.ms >= DAY:  # a day may close at any hour
        return None
    return [slice_key(shard, ts) for ts in steps]


def opened(item: Item) -> OpenSlice:
    """Open a slice to read single bars of it."""
    where = "/".join(key_of(item))
    with reading(where):
        return OpenSlice.from_bytes(where, step_of(item)[0], item["data"]["B"])


def bars_among(slices: Iterable[OpenSlice], instruments: Sequence[InstrumentId]) -> dict[InstrumentId, dict[int, Bar]]:
    """Read instruments' bars out of slices, by `ts_close`."""
    found: dict[InstrumentId, dict[int, Bar]] = {name: {} for name in instruments}
    for one in slices:
        for name, bars in found.items():
            if bar := one.bar(name):
                bars[one.ts_close] = bar
    return found


def hold(table: Table, pk: str, after: int, clock: WallClock, days: float) -> None:
    """Let a partition's items of a later time live for all their days again where fewer than most are left."""
    soon = expiry(clock, days * _MOST)
    near = Condition("expires_at < :soon", values={":at": expiry(clock, days), ":soon": soon})
    for item in list(table.query(pk, first=since(after), attributes=("expires_at",))):
        if int(item["expires_at"]["N"]) < int(soon["N"]):
            with suppress(ConditionError):  # another run held it, or it is gone
                table.update(*key_of(item), "SET expires_at = :at", near)


def amended_key(shard: str, day: int) -> Key:
    """Return where the mark of a day lies to which a correction came when its records may have been archived."""
    return f"AMENDED#{shard}", f"{day:013d}"


def _mark(slice_: Slice) -> Key:
    return f"{PACKED}#{slice_.shard}", step_key(slice_.ts_close, slice_.rev)


@dataclass(frozen=True, slots=True)
class DynamoPoker(Poker):
    """Waking an evaluator through the market table's stream."""

    table: Table
    clock: WallClock

    def poke(self, shard: str) -> None:
        """Write the shard's poke item; it names its time, because an unchanged item makes no stream record."""
        poked = {"at": number(round(self.clock() * 1000)), "expires_at": expiry(self.clock, 1)}
        self.table.put({**key(f"POKE#{shard}", "POKE"), **poked})
