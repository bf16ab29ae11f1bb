"""Purge bars: forget one instrument's series up to a time, in the warm tier and in the cold one.

Slices hold a whole shard; they expire by themselves within days. What decisions were made on stays as evidence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tradewind.application.ports_bars import ArchivedSeries, BarArchive, BarMonth
from tradewind.domain.bar import Bar
from tradewind.domain.errors import ConflictError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.months import month_end
from tradewind.domain.series import SeriesChunk
from tradewind.domain.timeframe import Timeframe


@dataclass(frozen=True, slots=True)
class Purged:
    """What would be forgotten, or was.

    Attributes
    ----------
    chunks, months : int
        Chunks of the warm tier and months of the cold one that have such bars.
    bars : int
        Bars, each counted once.
    last : int
        `ts_close` of the last of them, UTC ms; 0 if there is none.
    """

    chunks: int = 0
    months: int = 0
    bars: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class PurgeBars:
    """Look first, then forget; a repeat finds nothing."""

    series: ArchivedSeries
    archive: BarArchive

    def look(self, instrument: InstrumentId, timeframe: Timeframe, until: int) -> Purged:
        """Say what bars with `ts_close` up to `until` there are."""
        bars = self.bars(instrument, timeframe, until)
        chunks = sum(1 for _ in self._chunks(instrument, timeframe, until))
        months = len(self._months(instrument, timeframe, until))
        return Purged(chunks, months, len(bars), bars[-1].ts_close if bars else 0)

    def bars(self, instrument: InstrumentId, timeframe: Timeframe, until: int) -> list[Bar]:
        """Return the bars of both tiers up to `until`, as they were told, oldest first."""
        kept = [self.archive.read(instrument, timeframe, one) for one in self._months(instrument, timeframe, until)]
        found = {bar.ts_close: bar for one in kept if one for bar in one.bars}
        found |= {bar.ts_close: bar for one in self._chunks(instrument, timeframe, until) for bar in one.bars}
        return [found[ts] for ts in sorted(found) if ts <= until]

    def __call__(self, instrument: InstrumentId, timeframe: Timeframe, until: int) -> None:
        """Forget every bar with `ts_close` up to `until`; first the chunks, from which months would be made again.

        Raises
        ------
        ConflictError
            If a chunk or a month was written meanwhile: do it again.
        """
        for chunk in self._chunks(instrument, timeframe, until):
            self._purge_chunk(chunk, until)
        for month in self._months(instrument, timeframe, until):
            self._purge_month(instrument, timeframe, month, until)

    def _purge_chunk(self, chunk: SeriesChunk, until: int) -> None:
        left = _after(chunk.bars, until)
        if not (self.series.merge(replace(chunk, bars=left), chunk) if left else self.series.forget(chunk)):
            raise ConflictError(f"chunk {chunk.name} was written meanwhile")

    def _purge_month(self, instrument: InstrumentId, timeframe: Timeframe, month: int, until: int) -> None:
        stored = self.archive.read(instrument, timeframe, month) if month_end(month) > until else None
        left = _after(stored.bars, until) if stored else []
        if stored and left:
            self.archive.write(BarMonth(instrument, timeframe, month, left), stored.edition)
        else:
            self.archive.delete(instrument, timeframe, month)

    def _chunks(self, instrument: InstrumentId, timeframe: Timeframe, until: int) -> Iterator[SeriesChunk]:
        oldest, _ = self.series.span(instrument, timeframe)
        for chunk in self.series.chunks(instrument, timeframe, oldest, until) if oldest < until else ():
            if chunk.bars and chunk.bars[0].ts_close <= until:
                yield chunk

    def _months(self, instrument: InstrumentId, timeframe: Timeframe, until: int) -> list[int]:
        return [month for month in self.archive.months(instrument, timeframe) if month < until]


def _after(bars: Sequence[Bar], until: int) -> list[Bar]:
    return [bar for bar in bars if bar.ts_close > until]
