"""Series chunks read back as slices: what takes the place of slices that have expired."""

from collections.abc import Sequence
from dataclasses import dataclass

from tradewind.application.hold_splits import marked
from tradewind.application.ports_market import SeriesStore
from tradewind.application.ports_repair import SplitStore
from tradewind.domain.bar import Bar
from tradewind.domain.calendar import Calendar, CalendarName
from tradewind.domain.configuration import Shard
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import Slice


@dataclass(frozen=True, slots=True)
class PackedSlices:
    """What is left of a shard's slices in its chunks: the bars of their latest revisions.

    What was missing then, and why, is not kept in chunks; states do not ask for it. Which bars are the first after a
    split is not kept there either: it is asked of the splits.
    """

    shards: Sequence[Shard]
    series: SeriesStore
    splits: SplitStore | None = None

    def compacted(self, shard: str) -> int:
        """Return `ts_close` up to which the shard's slices are in verified chunks; 0 if none are."""
        return self.series.compacted(shard)

    def before(self, shard_name: str, ts_close: int, steps: int) -> list[Slice]:
        """Return slices of the packed bars within so many timesteps before `ts_close`, oldest first."""
        shard = self._shard(shard_name)
        return self.between(shard_name, ts_close - 1 - steps * shard.timeframe.ms, ts_close - 1)

    def between(self, shard_name: str, start: int, end: int) -> list[Slice]:
        """Return one slice for each timestep in (start, end] of which a bar is packed, oldest first."""
        shard = self._shard(shard_name)
        steps: dict[int, dict[InstrumentId, Bar]] = {}
        for instrument in shard.instruments:
            for chunk in self.series.chunks(instrument, shard.timeframe, start, end):
                for bar in chunk.bars:
                    if start < bar.ts_close <= end:
                        steps.setdefault(bar.ts_close, {})[instrument] = bar
        splits = self.splits.every() if self.splits and Calendar(CalendarName(shard.calendar)).has_splits else []
        return [
            marked(Slice(shard.name, shard.timeframe, ts_close, bars, previous=ts_close - shard.timeframe.ms), splits)
            for ts_close, bars in sorted(steps.items())
        ]

    def _shard(self, name: str) -> Shard:
        for shard in self.shards:
            if shard.name == name:
                return shard
        raise BadInputError(f"unknown shard {name!r}: deploy the configuration that names it")
