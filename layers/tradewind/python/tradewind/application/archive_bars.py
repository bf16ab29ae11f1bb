"""Archive bars: bring what has settled in the warm tier into months of Parquet, and only then let it expire.

A month is read, then the chunks, which are never older than what was read; both are laid together, written in place of
the edition that was read, and read back. So whoever else archives the same month meanwhile, and wherever a run breaks
off, the next one finds either the old edition or the new one, and chunks that still wait.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from tradewind.application.ports_bars import Archived, ArchivedSeries, BarArchive, BarMonth, expires
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Shard
from tradewind.domain.errors import BadInputError, ConflictError, InvariantError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.months import month_end, month_start, months
from tradewind.domain.series import SeriesChunk, period_end
from tradewind.domain.timeframe import DAY, Timeframe

LAG = 2 * DAY
"""How old a day is, ms since its end, when it is archived: holes are repaired for a day and a half."""


@dataclass(frozen=True, slots=True)
class ArchiveReport:
    """What one run did.

    Attributes
    ----------
    archived : int
        `ts_close` up to which the shard's bars are in the cold tier now, UTC ms.
    months, bars : int
        Months written, and bars in them.
    released : int
        Chunks that may expire since.
    """

    archived: int
    months: int = 0
    bars: int = 0
    released: int = 0

    def __add__(self, other: "ArchiveReport") -> "ArchiveReport":
        """Return both together."""
        return ArchiveReport(
            max(self.archived, other.archived),
            self.months + other.months,
            self.bars + other.bars,
            self.released + other.released,
        )


@dataclass(frozen=True, slots=True)
class _Span:
    """A part of one month, (start, end], and up to when chunks may be released; UTC ms."""

    timeframe: Timeframe
    start: int
    end: int
    begun: int

    def holds(self, bar: Bar) -> bool:
        return self.start <= bar.ts_open and bar.ts_close <= self.end

    def frees(self, chunk: SeriesChunk) -> bool:
        last = period_end(chunk.timeframe, chunk.period)
        return expires(chunk.timeframe) and self.start <= chunk.period and last <= min(self.end, self.begun)


@dataclass(frozen=True, slots=True)
class ArchiveBars:
    """Write, read back, compare, and only then release; a repeat finds nothing to do.

    Attributes
    ----------
    now : callable
        UTC ms.
    """

    series: ArchivedSeries
    archive: BarArchive
    now: Callable[[], int]

    def __call__(self, shard: Shard) -> ArchiveReport:
        """Archive every whole day that is packed and old enough, a month at a time, and what changed before.

        Raises
        ------
        ConflictError
            If another run was faster; the next run finds its work done.
        InvariantError
            If a month that was written does not read back as it was meant.
        """
        report, begun = self._catch_up(shard)
        for one in self.series.changed(shard.timeframe):  # of other shards' and of nobody's instruments too
            report += self._month(_Span(one.timeframe, one.month, month_end(one.month), begun), one.instrument)
            self.series.settle(one)
        return report

    def day(self, shard: Shard, day: int) -> ArchiveReport:
        """Archive what is packed of one day, again or before its time; what has expired since stays as it is.

        Parameters
        ----------
        day : int
            Its start, UTC ms.

        Raises
        ------
        BadInputError
            If it is no start of a day.
        """
        if day % DAY:
            raise BadInputError(f"{day} is not the start of a day (UTC)")
        done = self.series.archived(shard.name)
        return self._every(_Span(shard.timeframe, day, day + DAY, done.begun), _names(done, shard))

    def _catch_up(self, shard: Shard) -> tuple[ArchiveReport, int]:
        """Archive what has become old enough; return also up to when chunks may be released."""
        done = self.series.archived(shard.name)
        names, report = _names(done, shard), ArchiveReport(done.through)
        settled = min(self.now() - LAG, self.series.compacted(shard.name))
        up_to = settled - settled % DAY
        for month in months(done.through or self._first(shard.timeframe, names, up_to), up_to):
            span = _Span(shard.timeframe, max(done.through, month), min(month_end(month), up_to), up_to)
            self.series.advance_archived(shard.name, replace(done, begun=max(done.begun, span.end)))
            report += self._every(span, names)
            done = Archived(span.end, max(done.begun, span.end), shard.instruments)
            self.series.advance_archived(shard.name, done)
            report += ArchiveReport(span.end)
        return report, done.begun

    def _first(self, timeframe: Timeframe, names: Iterable[InstrumentId], otherwise: int) -> int:
        every = [self.series.span(name, timeframe)[0] for name in names]
        return min((one for one in every if one), default=max(otherwise - 1, 0))

    def _every(self, span: _Span, names: Iterable[InstrumentId]) -> ArchiveReport:
        return sum((self._month(span, name) for name in names), ArchiveReport(0))

    def _month(self, span: _Span, name: InstrumentId) -> ArchiveReport:
        """Lay an instrument's chunks of the span over what is kept of its month."""
        month = month_start(span.start)
        stored = self.archive.read(name, span.timeframe, month)  # before the chunks: these are never the older ones
        chunks = self.series.chunks(name, span.timeframe, span.start, span.end)
        kept = {bar.ts_open: bar for bar in stored.bars} if stored else {}
        whole = kept | {bar.ts_open: bar for one in chunks for bar in one.bars if span.holds(bar)}
        written = whole != kept
        if written:
            bars = [whole[ts] for ts in sorted(whole)]
            self._write(BarMonth(name, span.timeframe, month, bars), stored.edition if stored else "")
        released = sum(self.series.release(one) for one in chunks if span.frees(one))
        return ArchiveReport(0, int(written), len(whole) if written else 0, released)

    def _write(self, month: BarMonth, replacing: str) -> None:
        edition = self.archive.write(month, replacing)
        stored = self.archive.read(month.instrument, month.timeframe, month.month)
        if stored is None or stored.edition != edition:
            raise ConflictError(f"{month.name} was written over by another run")
        if list(stored.bars) != month.bars:
            raise InvariantError(
                f"{month.name}: {len(month.bars)} bars were written and {len(stored.bars)} read back; "
                "their chunks must not expire"
            )


def _names(done: Archived, shard: Shard) -> list[InstrumentId]:
    """Return whom the shard has, and whom it had when it was last archived."""
    return list(dict.fromkeys((*done.instruments, *shard.instruments)))
