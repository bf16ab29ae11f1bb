"""Series chunks, and how far compaction has come.

| pk | sk | what |
|---|---|---|
| `SERIES#{instrument}#{timeframe}` | `{period:013d}` | one chunk of bars |
| `CHANGED#{timeframe}` | `{instrument}#{month:013d}` | mark of a month that the archive must look at again |
| `PACKED#{shard}` | `THROUGH` | `ts_close` up to which slices are in verified chunks |
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from tradewind.adapters.dynamodb.codec import reading
from tradewind.adapters.dynamodb.failures import CanceledError, ConditionError
from tradewind.adapters.dynamodb.table import ABSENT, Condition, Item, Key, Table, WallClock, key, key_of, number, text
from tradewind.adapters.dynamodb.watermarks import Watermark
from tradewind.application.ports_bars import SETTLED
from tradewind.application.ports_market import SeriesStore
from tradewind.domain.bar import Bar
from tradewind.domain.errors import ConflictError
from tradewind.domain.identifiers import content_hash
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.months import month_start
from tradewind.domain.series import SeriesChunk, bars_of, period_end, period_start, periods
from tradewind.domain.timeframe import Timeframe

PACKED, PACKED_THROUGH = "PACKED", "THROUGH"
"""Kind of the partition, and sort key in it, of how far compaction has come."""

_AT_ONCE = 100
"""Writes of one transaction."""

_BY_KEY = 30
"""Chunks of one instrument up to which each is asked for by its key."""

_KEPT = "attribute_not_exists(expires_at)"
"""Holds of a chunk that the archive has not released."""


@dataclass(frozen=True, slots=True)
class DynamoSeries(SeriesStore):
    """Series chunks in the market table; none expires here before the archive has released it."""

    table: Table
    clock: WallClock = time.time

    def put(self, chunk: SeriesChunk) -> bool:
        """Write unless the stored chunk of that period reaches further; True if written."""
        no_further = Condition(
            f"(attribute_not_exists(pk) OR through <= :through) AND {_KEPT}",
            values={":through": number(chunk.through)},
        )
        return self._put(chunk, no_further, chunk.bars)

    def merge(self, chunk: SeriesChunk, before: SeriesChunk | None) -> bool:
        """Write if what is stored of that period is still what `before` was read from; True if written."""
        if before is None:
            return self._put(chunk, ABSENT, chunk.bars)
        known = set(before.bars)
        unmoved = replace(_unmoved(before), expression=f"#data = :before AND {_KEPT}")
        return self._put(chunk, unmoved, [bar for bar in chunk.bars if bar not in known])

    def merge_all(self, changes: Sequence[tuple[SeriesChunk, SeriesChunk | None]]) -> bool:
        """Merge several chunks of one instrument in one transaction, with the marks of the months that changed."""
        settled, months, writes = round(self.clock() * 1000) - SETTLED, set[Key](), []
        for chunk, before in changes:
            known = set(before.bars) if before else set()
            writes.append(self.table.putting(self.item(chunk), _unmoved(before) if before else ABSENT))
            # What the archive has released is older than that.
            changed = (bar for bar in chunk.bars if bar.ts_close <= settled and bar not in known)
            months |= {changed_key(chunk, month_start(bar.ts_open)) for bar in changed}
        token = text(f"{self.clock():.6f} {content_hash(repr(sorted(months)).encode())}")
        marks = [self.table.putting({**key(*one), "edition": token}) for one in sorted(months)]
        if len(writes) + len(marks) > _AT_ONCE:
            return all(self.merge(chunk, before) for chunk, before in changes)
        try:
            self.table.transact([*writes, *marks])
        except (CanceledError, ConflictError):
            return False
        return True

    def _put(self, chunk: SeriesChunk, condition: Condition, changed: Sequence[Bar]) -> bool:
        """Write a chunk; where the archive may have it already, with a mark of the months that changed."""
        settled = round(self.clock() * 1000) - SETTLED
        old = [bar for bar in changed if bar.ts_close <= settled]
        try:
            if not old:
                self.table.put(self.item(chunk), condition)
                return True
        except ConditionError as error:
            if "expires_at" not in (error.item or {}):
                return False
            old = list(changed)  # released, so the archive has it
        return self._put_marked(chunk, condition, old)

    def _put_marked(self, chunk: SeriesChunk, condition: Condition, changed: Sequence[Bar]) -> bool:
        anyway = replace(condition, expression=condition.expression.replace(f" AND {_KEPT}", ""))
        months = sorted({month_start(bar.ts_open) for bar in changed})
        token = text(f"{self.clock():.6f} {content_hash(chunk.to_bytes())}")
        marks = [{**key(*changed_key(chunk, month)), "edition": token} for month in months]
        try:
            self.table.transact(
                [self.table.putting(self.item(chunk), anyway), *(self.table.putting(mark) for mark in marks)]
            )
        except (CanceledError, ConflictError):
            return False
        return True

    def item(self, chunk: SeriesChunk) -> Item:
        """Return a chunk as its item."""
        where = key(series_key(chunk.instrument, chunk.timeframe), f"{chunk.period:013d}")
        return {**where, "through": number(chunk.through), "data": {"B": chunk.to_bytes()}}

    def chunks(self, instrument: InstrumentId, timeframe: Timeframe, start: int, end: int) -> list[SeriesChunk]:
        """Return the chunks whose periods overlap (start, end], oldest first, strongly consistent."""
        if end <= start:
            return []
        if _few(timeframe, start, end):
            return self.chunks_of([instrument], timeframe, start, end)[instrument]
        first, last = period_start(timeframe, start), end - 1
        found = self.table.query(series_key(instrument, timeframe), first=f"{first:013d}", last=f"{last:013d}")
        return [_chunk(instrument, timeframe, item) for item in found]

    def chunks_of(
        self, instruments: Sequence[InstrumentId], timeframe: Timeframe, start: int, end: int
    ) -> dict[InstrumentId, list[SeriesChunk]]:
        """Return the same of several instruments: a hundred chunks in a request, where each has few."""
        keys = chunk_keys(instruments, timeframe, start, end)
        if keys is None:
            return {name: self.chunks(name, timeframe, start, end) for name in instruments}
        return chunks_among(self.table.get_many(chain.from_iterable(keys.values())), timeframe, keys)

    def span(self, instrument: InstrumentId, timeframe: Timeframe) -> tuple[int, int]:
        """Return where the oldest chunk begins and where the newest ends, UTC ms; twice 0 if there is none."""
        pk = series_key(instrument, timeframe)
        ends = [
            int(item["sk"]["S"])
            for backwards in (False, True)
            for item in self.table.query(pk, limit=1, backwards=backwards, keys_only=True)
        ]
        return (ends[0], period_end(timeframe, ends[1])) if ends else (0, 0)

    def compacted(self, shard: str) -> int:
        """Return `ts_close` up to which a shard's slices are in verified chunks; 0 if none are."""
        return self._compacted.get(shard)

    def advance(self, shard: str, through: int) -> None:
        """Move `compacted` forward to `through`; never back."""
        self._compacted.advance(shard, through)

    @property
    def _compacted(self) -> Watermark:
        return packed(self.table)


def packed(table: Table) -> Watermark:
    """Return how far compaction has come; beside it lie the marks of what it has not packed."""
    return Watermark(table, PACKED_THROUGH, PACKED)


def series_key(instrument: InstrumentId, timeframe: Timeframe) -> str:
    """Return the partition of one series."""
    return f"SERIES#{instrument}#{timeframe}"


def chunk_keys(
    instruments: Sequence[InstrumentId], timeframe: Timeframe, start: int, end: int
) -> dict[InstrumentId, list[Key]] | None:
    """Return where the chunks of instruments lie that overlap (start, end]; None where a query is the better way."""
    if end > start and not _few(timeframe, start, end):
        return None
    sks = [f"{one:013d}" for one in periods(timeframe, start, end)]
    return {name: [(series_key(name, timeframe), sk) for sk in sks] for name in instruments}


def chunks_among(
    items: Mapping[Key, Item], timeframe: Timeframe, keys: Mapping[InstrumentId, Sequence[Key]]
) -> dict[InstrumentId, list[SeriesChunk]]:
    """Read those chunks that are among items."""
    return {
        name: [_chunk(name, timeframe, items[one]) for one in wanted if one in items] for name, wanted in keys.items()
    }


def chunk_bars_among(
    items: Mapping[Key, Item], timeframe: Timeframe, keys: Mapping[InstrumentId, Sequence[Key]]
) -> dict[InstrumentId, list[Bar]]:
    """Read the bars of those chunks that are among items, oldest first."""
    return {name: _bars(name, timeframe, [items[one] for one in keys[name] if one in items]) for name in keys}


def _bars(instrument: InstrumentId, timeframe: Timeframe, items: Sequence[Item]) -> list[Bar]:
    with reading(series_key(instrument, timeframe)):
        return bars_of(instrument, timeframe, ((int(item["sk"]["S"]), item["data"]["B"]) for item in items))


def changed_key(chunk: SeriesChunk, month: int) -> Key:
    """Return where the mark of a month lies in which a bar changed that may be archived."""
    return f"CHANGED#{chunk.timeframe}", f"{chunk.instrument}#{month:013d}"


def _chunk(instrument: InstrumentId, timeframe: Timeframe, item: Item) -> SeriesChunk:
    pk, sk = key_of(item)
    with reading(f"{pk}/{sk}"):
        return SeriesChunk.from_bytes(instrument, timeframe, int(sk), item["data"]["B"])


def _unmoved(before: SeriesChunk) -> Condition:
    """Hold of a chunk that is still what it was read from."""
    return Condition("#data = :before", {"#data": "data"}, {":before": {"B": before.edition}})


def _few(timeframe: Timeframe, start: int, end: int) -> bool:
    return len(list(islice(periods(timeframe, start, end), _BY_KEY + 1))) <= _BY_KEY
