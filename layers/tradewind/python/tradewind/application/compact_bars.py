"""Compact bars: turn a shard's slices, which expire, into one chunk per instrument and period, which do not.

Only after every chunk has been read back and compared are the slices in it released to expire, and the watermark moves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tradewind.application.fetch_bars import latest_revisions
from tradewind.application.ports_market import SeriesStore, SliceStore
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Shard
from tradewind.domain.errors import ConflictError, InvariantError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.series import SeriesChunk, period_end, period_start
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import DAY, Timeframe

HOLD_AFTER = 2 * DAY
"""How far compaction lags, ms, when slices that are in no chunk yet are kept from expiring.

To let each slice expire only after its compaction would cost a second write of every slice.
"""


@dataclass(frozen=True, slots=True)
class CompactReport:
    """What one run did.

    Attributes
    ----------
    compacted : int
        `ts_close` up to which the shard's slices are in verified chunks now, UTC ms.
    chunks, bars : int
        Chunks written and bars read.
    """

    shard: str
    compacted: int
    chunks: int
    bars: int


@dataclass(frozen=True, slots=True)
class CompactBars:
    """Write, read back, compare, and only then release the slices; a repeat writes the same again.

    Hours and days are compacted once they have passed. Months and years are compacted as they grow, since slices
    do not live that long.

    Attributes
    ----------
    lookback : int
        Timesteps before the watermark that are read again, so that corrections which came after them enter.
    page : int
        Slices read at a time; more than a timestep has revisions.
    """

    slices: SliceStore
    series: SeriesStore
    lookback: int = 60
    page: int = 1000

    def __call__(self, shard: Shard) -> CompactReport:
        """Compact what is due by the time of the shard's latest slice, so that a replay is compacted like the rest.

        Raises
        ------
        ConflictError
            If another run was faster; the next run finds its work done.
        InvariantError
            If a chunk that was written does not read back as it was meant.
        """
        compacted, latest = self.series.compacted(shard.name), self.slices.latest(shard.name)
        if latest - compacted > HOLD_AFTER:
            self.slices.hold(shard.name, compacted)  # before anything else can fail, as it must have for days
        # What comes late to a market that has closed may be all that it has: what is packed is due whatever is latest.
        up_to = max(compacted, due(shard.timeframe, latest))
        since = max(0, compacted - self.lookback * shard.timeframe.ms)
        chunks = bars = 0
        while found := self._next(shard, since, up_to):
            new = [one for one in found if one.ts_close > compacted]
            # What is behind the watermark is packed; only what came late may be added to it, for of a slice's
            # revisions the last may be the first to expire.
            chunks += self._compact_all(shard.timeframe, [one for one in found if one.ts_close <= compacted], add=True)
            chunks += self._compact_all(shard.timeframe, latest_revisions(new))
            bars += sum(len(slice_.bars) for slice_ in latest_revisions(found))
            since = found[-1].ts_close
            compacted = max(compacted, since)
            self.series.advance(shard.name, compacted)  # first: who finds nothing waiting takes chunks as they are
            self.slices.release(new)
        chunks += self._compact_corrections(shard, compacted)
        return CompactReport(shard.name, compacted, chunks, bars)

    def _compact_corrections(self, shard: Shard, compacted: int) -> int:
        """Pack the corrections behind the watermark, however old the bars are that they correct."""
        chunks = 0
        for one in self.slices.unpacked(shard.name):
            if one.ts_close <= compacted:
                editions = self.slices.between(shard.name, one.ts_close - 1, one.ts_close)
                chunks += self._compact_all(shard.timeframe, latest_revisions(editions))
                self.slices.release([one])
        return chunks

    def _next(self, shard: Shard, since: int, up_to: int) -> list[Slice]:
        """Return the next slices, every revision; a full page may part its last timestep, which waits."""
        found = self.slices.after(shard.name, since, self.page)
        full = len(found) >= self.page
        end = found[-1].ts_close if full else up_to + 1
        return [slice_ for slice_ in found if slice_.ts_close < end and slice_.ts_close <= up_to]

    def _compact_all(self, timeframe: Timeframe, found: Sequence[Slice], *, add: bool = False) -> int:
        chunks = 0
        for period, slices in _by_period(timeframe, found):
            for instrument in {name: None for slice_ in slices for name in slice_.bars}:
                chunks += self._compact(instrument, timeframe, period, slices, add=add)
        return chunks

    def _compact(
        self, instrument: InstrumentId, timeframe: Timeframe, period: int, slices: Sequence[Slice], *, add: bool
    ) -> bool:
        """Lay the slices' bars over what the period's chunk has, or `add` those that it lacks; True if written."""
        stored = self._stored(instrument, timeframe, period)
        packed: dict[int, Bar] = {bar.ts_open: bar for bar in stored.bars} if stored else {}
        known = {slice_.ts_open: slice_.bars[instrument] for slice_ in slices if instrument in slice_.bars}
        bars = known | packed if add else packed | known
        through = max(slices[-1].ts_close, stored.through if stored else 0)
        chunk = SeriesChunk(instrument, timeframe, period, through, [bars[ts] for ts in sorted(bars)])
        if chunk == stored:
            return False
        if not self.series.merge(chunk, stored) and self._stored(instrument, timeframe, period) != chunk:
            # Equal, it is our own: the answer to the first request was lost, and the second one was refused.
            raise ConflictError(f"chunk {chunk.name} was written by somebody else meanwhile")
        self._verify(chunk)
        return True

    def _stored(self, instrument: InstrumentId, timeframe: Timeframe, period: int) -> SeriesChunk | None:
        chunks = self.series.chunks(instrument, timeframe, period, period + timeframe.ms)
        return next((chunk for chunk in chunks if chunk.period == period), None)

    def _verify(self, written: SeriesChunk) -> None:
        stored = self._stored(written.instrument, written.timeframe, written.period)
        if stored != written:
            raise InvariantError(
                f"chunk {written.name}: {len(written.bars)} bars were written and "
                f"{len(stored.bars) if stored else 0} read back; its slices must not expire"
            )


def due(timeframe: Timeframe, latest: int) -> int:
    """Return up to which time bars are to be in chunks, where the latest slice closed at `latest`."""
    period = period_start(timeframe, latest)
    return latest if period_end(timeframe, period) - period > DAY else period


def _by_period(timeframe: Timeframe, slices: Sequence[Slice]) -> Iterator[tuple[int, list[Slice]]]:
    periods: dict[int, list[Slice]] = {}
    for slice_ in slices:
        periods.setdefault(period_start(timeframe, slice_.ts_open), []).append(slice_)
    yield from periods.items()
