"""In-memory stores of market data. They keep bytes, as the table does, so that every test also packs and unpacks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tradewind.application.ports_market import SeriesStore, SliceStore
from tradewind.application.ports_repair import Hole, Holes, RefusalLog, SplitStore
from tradewind.domain.bar import Bar
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.series import SeriesChunk, period_end
from tradewind.domain.slice import Slice
from tradewind.domain.splits import Split, agreed
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import Refusal


@dataclass
class FakeSliceStore(SliceStore):
    items: dict[tuple[str, int, int], bytes] = field(default_factory=dict)
    corrections: set[tuple[str, int, int]] = field(default_factory=set)
    released: set[tuple[str, int, int]] = field(default_factory=set)
    held: list[tuple[str, int]] = field(default_factory=list)

    def put(self, slice_: Slice) -> bool:
        key = (slice_.shard, slice_.ts_close, slice_.rev)
        if key in self.items:
            return False
        self.items[key] = slice_.to_bytes()
        if slice_.rev > 1:
            self.corrections.add(key)
        return True

    def latest(self, shard: str) -> int:
        return max((ts for name, ts, _ in self.items if name == shard), default=0)

    def newest(self, shard: str) -> Slice | None:
        keys = [key for key in self.items if key[0] == shard]
        return Slice.from_bytes(*max(keys), self.items[max(keys)]) if keys else None

    def after(self, shard: str, ts_close: int, limit: int) -> list[Slice]:
        found = self.between(shard, ts_close, 2**62)
        last = found[limit - 1].ts_close if len(found) > limit else 2**62
        return [slice_ for slice_ in found if slice_.ts_close <= last]

    def between(self, shard: str, start: int, end: int) -> list[Slice]:
        keys = sorted(key for key in self.items if key[0] == shard and start < key[1] <= end)
        return [Slice.from_bytes(*key, self.items[key]) for key in keys]

    def at(self, shard: str, times: Iterable[int]) -> dict[int, Slice]:
        return {ts: one for ts in times for one in self.between(shard, ts - 1, ts)}

    def bars(
        self, shard: str, timeframe: Timeframe, instruments: Sequence[InstrumentId], start: int, end: int
    ) -> dict[InstrumentId, dict[int, Bar]]:
        first = [one for one in self.between(shard, start, end) if one.rev == 1]
        return {name: {one.ts_close: one.bars[name] for one in first if name in one.bars} for name in instruments}

    def unpacked(self, shard: str) -> list[Slice]:
        return [Slice.from_bytes(*key, self.items[key]) for key in sorted(self.corrections) if key[0] == shard]

    def release(self, slices: Sequence[Slice]) -> None:
        keys = {(one.shard, one.ts_close, one.rev) for one in slices}
        self.released |= keys & self.items.keys()
        self.corrections -= keys

    def hold(self, shard: str, ts_close: int) -> None:
        self.held.append((shard, ts_close))

    def expire(self, shard: str, until: int) -> None:
        """Forget slices up to `until`, whether they were released or not."""
        self.items = {key: data for key, data in self.items.items() if key[0] != shard or key[1] > until}

    def expire_released(self, shard: str, until: int = 2**62) -> None:
        """Forget slices up to `until` that were released, as the table does in time."""
        gone = {key for key in self.released if key[0] == shard and key[1] <= until}
        self.items = {key: data for key, data in self.items.items() if key not in gone}
        self.released -= gone


@dataclass
class FakeRefusalLog(RefusalLog):
    items: dict[tuple[str, InstrumentId, int, str], Refusal] = field(default_factory=dict)

    def record(self, shard: str, refusals: Sequence[Refusal]) -> None:
        for refusal in refusals:
            self.items.setdefault((shard, refusal.instrument, refusal.ts, refusal.reason), refusal)


@dataclass
class FakeHoles(Holes):
    items: dict[tuple[str, int], Hole] = field(default_factory=dict)

    def note(self, hole: Hole) -> None:
        self.items[hole.shard, hole.ts_close] = hole

    def open(self, shard: str, limit: int = 0) -> list[Hole]:
        found = [self.items[key] for key in sorted(self.items, reverse=True) if key[0] == shard]
        return found[: limit or None]

    def close(self, hole: Hole) -> None:
        self.items.pop((hole.shard, hole.ts_close), None)


@dataclass
class FakeSplits(SplitStore):
    items: dict[tuple[InstrumentId, int], Split] = field(default_factory=dict)

    def every(self) -> list[Split]:
        return agreed(self.items[key] for key in sorted(self.items))

    def put(self, split: Split) -> None:
        self.items[split.instrument, split.ts] = split


@dataclass
class FakeSeriesStore(SeriesStore):
    items: dict[tuple[InstrumentId, Timeframe, int], tuple[int, bytes]] = field(default_factory=dict)
    watermarks: dict[str, int] = field(default_factory=dict)
    writes: int = 0

    def put(self, chunk: SeriesChunk) -> bool:
        key = (chunk.instrument, chunk.timeframe, chunk.period)
        if key in self.items and self.items[key][0] > chunk.through:
            return False
        self.items[key] = (chunk.through, chunk.to_bytes())
        self.writes += 1
        return True

    def merge(self, chunk: SeriesChunk, before: SeriesChunk | None) -> bool:
        key = (chunk.instrument, chunk.timeframe, chunk.period)
        if self.items.get(key, (0, None))[1] != (before.edition if before else None):
            return False
        self.items[key] = (chunk.through, chunk.to_bytes())
        self.writes += 1
        return True

    def chunks(self, instrument: InstrumentId, timeframe: Timeframe, start: int, end: int) -> list[SeriesChunk]:
        return [
            SeriesChunk.from_bytes(instrument, timeframe, period, data)
            for (name, frame, period), (_, data) in sorted(self.items.items())
            if (name, frame) == (instrument, timeframe) and period < end and period_end(timeframe, period) > start
        ]

    def span(self, instrument: InstrumentId, timeframe: Timeframe) -> tuple[int, int]:
        periods = sorted(key[2] for key in self.items if key[:2] == (instrument, timeframe))
        return (periods[0], period_end(timeframe, periods[-1])) if periods else (0, 0)

    def compacted(self, shard: str) -> int:
        return self.watermarks.get(shard, 0)

    def advance(self, shard: str, through: int) -> None:
        self.watermarks[shard] = max(through, self.compacted(shard))
