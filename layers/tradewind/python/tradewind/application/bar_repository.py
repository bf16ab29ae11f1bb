"""One reader over the tiers of bars: whoever asks for history need not know where it lies."""

from collections.abc import Sequence
from dataclasses import dataclass

from tradewind.application.fetch_bars import latest_revisions
from tradewind.application.ports_market import SeriesStore, SliceStore, SplitStore
from tradewind.domain.bar import Bar
from tradewind.domain.calendar import CalendarName
from tradewind.domain.configuration import Shard
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.splits import adjusted
from tradewind.domain.timeframe import Timeframe


@dataclass(frozen=True, slots=True)
class BarRepository:
    """History from chunks where they are compacted, from slices where they are not yet."""

    shards: Sequence[Shard]
    slices: SliceStore
    series: SeriesStore
    splits: SplitStore | None = None

    def history(self, instrument: InstrumentId, timeframe: Timeframe, start: int, end: int) -> list[Bar]:
        """Return an instrument's bars, latest revisions, oldest first; across a confirmed split on one scale.

        Parameters
        ----------
        start, end : int
            UTC ms; bars with `ts_close` in (start, end].

        Raises
        ------
        BadInputError
            If no shard trades the instrument at this timeframe.
        """
        shard = self._shard(instrument, timeframe)
        compacted = self.series.compacted(shard.name)  # first: whatever is compacted by now is in the chunks read next
        bars = {
            bar.ts_close: bar
            for chunk in (self.series.chunks(instrument, timeframe, start, end) if compacted > start else ())
            for bar in chunk.bars
        }
        if end > compacted:
            for slice_ in latest_revisions(self.slices.between(shard.name, max(start, compacted), end)):
                if instrument in slice_.bars:
                    bars[slice_.ts_close] = slice_.bars[instrument]
        found = [bars[ts_close] for ts_close in sorted(bars) if start < ts_close <= end]
        if self.splits is None or shard.calendar != CalendarName.NEW_YORK:
            return found
        return adjusted(found, [one for one in self.splits.every() if one.instrument == instrument])

    def _shard(self, instrument: InstrumentId, timeframe: Timeframe) -> Shard:
        for shard in self.shards:
            if shard.timeframe is timeframe and instrument in shard.instruments:
                return shard
        raise BadInputError(f"no shard trades {instrument} at {timeframe}")
