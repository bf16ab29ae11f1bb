"""The warm tier as the archive sees it, the cold tier, and a store of objects, in memory."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count

from tests.fakes.evaluator_stores import FakeDecisions
from tests.fakes.market_stores import FakeSeriesStore, FakeSliceStore
from tradewind.application.ports_bars import (
    SETTLED,
    WARM_DAYS,
    Archived,
    ArchivedSeries,
    BarArchive,
    BarMonth,
    Changed,
    ObjectStore,
    StoredMonth,
    StoredObject,
)
from tradewind.application.ports_evidence import ChangedDay, EvidenceLog, Record, RecordKind
from tradewind.domain.bar import Bar
from tradewind.domain.errors import ConflictError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.months import month_start
from tradewind.domain.series import SeriesChunk
from tradewind.domain.timeframe import DAY, Timeframe

type ChunkKey = tuple[InstrumentId, Timeframe, int]


@dataclass
class FakeArchivedSeries(FakeSeriesStore, ArchivedSeries):
    now: Callable[[], int] = lambda: 0
    expiring: dict[ChunkKey, int] = field(default_factory=dict)
    marks: dict[ChunkKey, str] = field(default_factory=dict)
    archives: dict[str, Archived] = field(default_factory=dict)
    tokens: "count[int]" = field(default_factory=count)

    def put(self, chunk: SeriesChunk) -> bool:
        return self._marking(chunk, chunk.bars, super().put(chunk))

    def merge(self, chunk: SeriesChunk, before: SeriesChunk | None) -> bool:
        known = set(before.bars) if before else set()
        return self._marking(chunk, [bar for bar in chunk.bars if bar not in known], super().merge(chunk, before))

    def _marking(self, chunk: SeriesChunk, changed: Iterable[Bar], written: bool) -> bool:
        released = written and self.expiring.pop(_key(chunk), None) is not None
        for bar in changed if written else ():
            if released or bar.ts_close <= self.now() - SETTLED:
                key = (chunk.instrument, chunk.timeframe, month_start(bar.ts_open))
                self.marks[key] = str(next(self.tokens))
        return written

    def release(self, chunk: SeriesChunk) -> bool:
        if self.items.get(_key(chunk), (0, b""))[1] != chunk.edition:
            return False
        self.expiring.setdefault(_key(chunk), self.now() + WARM_DAYS * DAY)
        return True

    def forget(self, chunk: SeriesChunk) -> bool:
        if self.items.get(_key(chunk), (0, chunk.edition))[1] != chunk.edition:
            return False
        self.items.pop(_key(chunk), None)
        self.expiring.pop(_key(chunk), None)
        return True

    def archived(self, shard: str) -> Archived:
        return self.archives.get(shard, Archived())

    def advance_archived(self, shard: str, archived: Archived) -> None:
        known = self.archived(shard)
        if archived.through >= known.through and archived.begun >= known.begun:
            self.archives[shard] = archived

    def changed(self, timeframe: Timeframe) -> list[Changed]:
        return [Changed(*key, token) for key, token in sorted(self.marks.items()) if key[1] is timeframe]

    def settle(self, changed: Changed) -> None:
        key = (changed.instrument, changed.timeframe, changed.month)
        if self.marks.get(key) == changed.token:
            del self.marks[key]

    def expire(self) -> None:
        """Forget the chunks whose time is over, as the table does."""
        for key in [key for key, at in self.expiring.items() if at <= self.now()]:
            del self.expiring[key], self.items[key]


def _key(chunk: SeriesChunk) -> ChunkKey:
    return chunk.instrument, chunk.timeframe, chunk.period


@dataclass
class FakeObjectStore(ObjectStore):
    objects: dict[str, StoredObject] = field(default_factory=dict)
    editions: "count[int]" = field(default_factory=lambda: count(1))

    def read(self, key: str) -> StoredObject | None:
        return self.objects.get(key)

    def write(self, key: str, data: bytes, replacing: str) -> str:
        there = self.objects.get(key)
        if (there.edition if there else "") != replacing:
            raise ConflictError(f"{key} was written by somebody else meanwhile")
        self.objects[key] = StoredObject(data, str(next(self.editions)))
        return self.objects[key].edition

    def keys(self, prefix: str) -> list[str]:
        return sorted(key for key in self.objects if key.startswith(prefix))

    def delete(self, key: str) -> None:
        self.objects.pop(key, None)


@dataclass
class FakeBarArchive(BarArchive):
    """Months without Parquet: what is tested over it is who writes what and when."""

    items: dict[ChunkKey, StoredMonth] = field(default_factory=dict)
    writes: int = 0

    def read(self, instrument: InstrumentId, timeframe: Timeframe, month: int) -> StoredMonth | None:
        return self.items.get((instrument, timeframe, month))

    def read_many(self, instrument: InstrumentId, timeframe: Timeframe, months: Sequence[int]) -> list[StoredMonth]:
        return [one for month in months if (one := self.read(instrument, timeframe, month))]

    def write(self, month: BarMonth, replacing: str) -> str:
        key = (month.instrument, month.timeframe, month.month)
        there = self.items.get(key)
        if (there.edition if there else "") != replacing:
            raise ConflictError(f"{month.name} was written by somebody else meanwhile")
        self.writes += 1
        self.items[key] = StoredMonth(tuple(month.bars), str(self.writes))
        return str(self.writes)

    def months(self, instrument: InstrumentId, timeframe: Timeframe) -> list[int]:
        return sorted(month for name, frame, month in self.items if (name, frame) == (instrument, timeframe))

    def delete(self, instrument: InstrumentId, timeframe: Timeframe, month: int) -> None:
        self.items.pop((instrument, timeframe, month), None)


@dataclass
class FakeEvidence(EvidenceLog):
    slices: FakeSliceStore = field(default_factory=FakeSliceStore)
    decisions: FakeDecisions = field(default_factory=FakeDecisions)
    now: Callable[[], int] = lambda: 0
    watermarks: dict[str, int] = field(default_factory=dict)
    held: list[tuple[str, int]] = field(default_factory=list)
    written: dict[tuple[str, int], int] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    sources: dict[str, dict[str, str]] = field(default_factory=dict)

    def amend(self, shard: str, day: int) -> None:
        self.written[shard, day] = self.now()

    def records(self, shard: str, start: int, end: int) -> list[Record]:
        slices = [Record(RecordKind.SLICE, ts, rev, data) for (_, ts, rev), data in self._of(shard, self.slices.items)]
        made = [
            Record(RecordKind.DECISIONS, ts, rev, one.to_bytes())
            for (_, ts, rev), one in self._of(shard, self.decisions.items)
        ]
        return sorted(one for one in (*slices, *made) if start < one.ts <= end)

    def _of[T](self, shard: str, items: dict[tuple[str, int, int], T]) -> list[tuple[tuple[str, int, int], T]]:
        return [(key, value) for key, value in items.items() if key[0] == shard]

    def oldest(self, shard: str) -> int:
        return min((one.ts for one in self.records(shard, 0, 2**62)), default=0)

    def archived(self, shard: str) -> int:
        return self.watermarks.get(shard, 0)

    def advance(self, shard: str, through: int) -> None:
        self.watermarks[shard] = max(through, self.archived(shard))

    def hold(self, shard: str, after: int) -> None:
        self.held.append((shard, after))

    def changed(self, shard: str) -> list[ChangedDay]:
        return [ChangedDay(name, day, at) for (name, day), at in sorted(self.written.items()) if name == shard]

    def settle(self, changed: ChangedDay) -> None:
        if self.written.get((changed.shard, changed.day)) == changed.at:
            del self.written[changed.shard, changed.day]

    def configurations(self) -> dict[str, str]:
        return self.known

    def codes(self) -> dict[str, dict[str, str]]:
        return self.sources
