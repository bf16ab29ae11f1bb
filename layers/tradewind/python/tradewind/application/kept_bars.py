"""What is kept of a series beside its chunks: in slices that no chunk has yet, and in the archive."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from tradewind.application.bar_repository import Cold
from tradewind.application.ports_bars import Packing
from tradewind.application.ports_market import SliceStore
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Shard
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.months import months
from tradewind.domain.timeframe import Timeframe


@dataclass(slots=True)
class KeptBars:
    """Bars as they were told, never resampled and on no other scale, for as long as one run takes.

    Attributes
    ----------
    packing : callable
        Tells how far a shard is packed. It is asked once: that only grows, and slices outlive a run by days.
    """

    shards: Sequence[Shard]
    slices: SliceStore
    packing: Callable[[str], Packing]
    cold: Cold
    _compacted: dict[str, int] = field(default_factory=dict)

    def __call__(self, instrument: InstrumentId, timeframe: Timeframe, start: int, end: int) -> Mapping[int, Bar]:
        """Return the bars with `ts_close` in (start, end] that may be in no chunk, by `ts_open`."""
        # An archived chunk may be of an instrument that nobody follows any more: any shard's archive had a hand in it.
        alike = [shard for shard in self.shards if shard.timeframe is timeframe]
        until = min(end, max((self.cold.until(shard, start) for shard in alike), default=start))
        kept = self.cold.archive.read_many(instrument, timeframe, list(months(start, until))) if until > start else []
        found = {bar.ts_open: bar for one in kept for bar in one.bars if start < bar.ts_close <= end}
        waiting = (self._waiting(shard, instrument, start, end) for shard in alike if instrument in shard.instruments)
        return found | {bar.ts_open: bar for bar in chain.from_iterable(waiting)}

    def _waiting(self, shard: Shard, instrument: InstrumentId, start: int, end: int) -> Sequence[Bar]:
        if shard.name not in self._compacted:
            self._compacted[shard.name] = self.packing(shard.name).compacted
        since = max(start, self._compacted[shard.name])
        if since >= end:
            return ()
        return list(self.slices.bars(shard.name, shard.timeframe, [instrument], since, end)[instrument].values())
