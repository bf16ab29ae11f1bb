"""One reader over the tiers of bars: whoever asks for history need not know where it lies."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter

from tradewind.application.ports_bars import (
    WARM_DAYS,
    ArchivedSeries,
    BarArchive,
    BarRepository,
    NearTiers,
    Packing,
    bars_by_name,
    expires,
)
from tradewind.application.ports_market import SeriesStore, SliceStore
from tradewind.application.ports_repair import SplitStore
from tradewind.domain.bar import Bar
from tradewind.domain.calendar import Calendar, CalendarName
from tradewind.domain.configuration import Shard
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.months import month_end, months
from tradewind.domain.resampling import resample
from tradewind.domain.splits import Split, adjusted
from tradewind.domain.timeframe import DAY, Timeframe

_AT_ONCE = {Timeframe.M1: 1, Timeframe.M5: 5, Timeframe.M15: 13, Timeframe.H1: 48, Timeframe.H4: 120}
"""Months that are read together: some forty thousand bars, and a year of quarters of an hour, which touches 13."""

_MANY = 600

_WIDE = 400 * DAY
"""A longer span is clipped to what there is before it is read month by month: to ask that takes five requests."""

_NEVER = 2**63
_closes = attrgetter("ts_close")


@dataclass(frozen=True, slots=True)
class Cold:
    """The cold tier, and what says when it must be asked.

    Attributes
    ----------
    now : callable
        UTC ms. A chunk stays for `WARM_DAYS` after its bars, however early it was archived.
    """

    series: ArchivedSeries
    archive: BarArchive
    now: Callable[[], int]

    def until(self, shard: Shard, start: int) -> int:
        """Return the time before which bars later than `start` may have left the warm tier; `start` if none has."""
        gone = self.now() - (WARM_DAYS - 1) * DAY
        if not expires(shard.timeframe) or gone <= start:
            return start
        return max(start, min(self.series.archived(shard.name).begun, gone))


@dataclass(frozen=True, slots=True)
class TieredBars(BarRepository):
    """History from Parquet where it is archived, chunks where it is compacted, slices where it is not yet.

    Attributes
    ----------
    cold : Cold or None
        None where nobody asks for what is older than the warm tier.
    near : NearTiers, optional
        Reads slices and chunks together; else both stores are asked.
    """

    shards: Sequence[Shard]
    slices: SliceStore
    series: SeriesStore
    splits: SplitStore | None = None
    cold: Cold | None = field(default=None, kw_only=True)
    near: NearTiers | None = field(default=None, kw_only=True)

    def history(
        self, instrument: InstrumentId, timeframe: Timeframe, start: int, end: int, *, raw: bool = False
    ) -> list[Bar]:
        """Return the bars with `ts_close` in (start, end], oldest first."""
        return list(self.stream(instrument, timeframe, start, end, raw=raw))

    def histories(
        self, instruments: Sequence[InstrumentId], timeframe: Timeframe, start: int, end: int, *, raw: bool = False
    ) -> Mapping[InstrumentId, list[Bar]]:
        """Return what `history` returns of each instrument, read together."""
        found: dict[InstrumentId, list[Bar]] = {name: [] for name in instruments}
        shards = {name: self._shard(name, timeframe) for name in found}
        for shard in {one.name: one for one in shards.values()}.values():
            names = [name for name, one in shards.items() if one is shard]
            if shard.timeframe is timeframe:
                for part in self._parts(shard, names, start, end, raw=raw):
                    for name, bars in part.items():
                        found[name] += bars
            else:
                found |= {name: self.history(name, timeframe, start, end, raw=raw) for name in names}
        return found

    def stream(
        self, instrument: InstrumentId, timeframe: Timeframe, start: int, end: int, *, raw: bool = False
    ) -> Iterator[Bar]:
        """Yield what `history` returns, with no more than some fifty thousand bars in memory."""
        shard = self._shard(instrument, timeframe)
        if shard.timeframe is timeframe:
            return self._bars(shard, instrument, start, end, raw=raw)
        return self._resampled(shard, instrument, timeframe, start, end, raw=raw)

    def latest(self, instruments: Sequence[InstrumentId], timeframe: Timeframe) -> Mapping[InstrumentId, Bar]:
        """Return each instrument's bar in the newest slice of its shard; who has none there is left out."""
        shards = {shard.name: shard for shard in (self._followed(name, timeframe) for name in instruments)}
        newest = filter(None, map(self.slices.newest, shards))
        bars = {name: bar for slice_ in newest for name, bar in slice_.bars.items()}
        return {name: bars[name] for name in instruments if name in bars}

    # ── one timeframe ────────────────────────────────────────────────────────────────────────────────────────────

    def _bars(self, shard: Shard, name: InstrumentId, start: int, end: int, *, raw: bool) -> Iterator[Bar]:
        return chain.from_iterable(part[name] for part in self._parts(shard, [name], start, end, raw=raw))

    def _parts(
        self, shard: Shard, names: Sequence[InstrumentId], start: int, end: int, *, raw: bool
    ) -> Iterator[Mapping[InstrumentId, Sequence[Bar]]]:
        """Yield the bars of (start, end] in parts, each by itself in memory."""
        splits = self._splits(shard) if not raw else ()
        # What waits to be packed is read first: packed meanwhile, it is in the chunks that are read next.
        compacted, waiting = self._packing(shard)
        start, end = self._clipped(shard, names, start, end)
        for first, last in _spans(shard.timeframe, start, end):
            kept = {name: self._cold_bars(shard, name, first, last) for name in names}
            packed, hot = self._near(shard, names, first, last, max(first, compacted))
            late = [one for one in waiting if first < one.ts_close <= last]
            yield {
                name: adjusted(
                    _laid(
                        kept[name],
                        _clip(packed[name], first, last),
                        list(hot.get(name, {}).values()),
                        list({one.ts_close: one.bars[name] for one in late if name in one.bars}.values()),
                    ),
                    [one for one in splits if one.instrument == name],
                )
                for name in names
            }

    def _near(
        self, shard: Shard, names: Sequence[InstrumentId], first: int, last: int, since: int
    ) -> tuple[Mapping[InstrumentId, Sequence[Bar]], Mapping[InstrumentId, Mapping[int, Bar]]]:
        if self.near:
            return self.near.read(shard.name, shard.timeframe, names, first, last, since)
        packed = bars_by_name(self.series.chunks_of(names, shard.timeframe, first, last))
        return packed, self.slices.bars(shard.name, shard.timeframe, names, since, last) if last > since else {}

    def _packing(self, shard: Shard) -> Packing:
        if self.near:
            return self.near.packing(shard.name)
        waiting = self.slices.unpacked(shard.name)
        return Packing(self.series.compacted(shard.name), waiting)

    def _clipped(self, shard: Shard, names: Sequence[InstrumentId], start: int, end: int) -> tuple[int, int]:
        """Return the part of (start, end] of which anything may be known, where that is wide."""
        if end - start <= _WIDE:
            return start, end
        slices = [one.ts_open for one in self.slices.after(shard.name, start, 1)[:1]]
        ends = [self._known(shard, name, slices) for name in names]
        first, last = min(one for one, _ in ends), max(one for _, one in ends)
        return max(start, first), min(end, max(last, self.slices.latest(shard.name)))

    def _known(self, shard: Shard, name: InstrumentId, slices: Sequence[int]) -> tuple[int, int]:
        """Return where an instrument's bars begin, and where those end that are in no slice; UTC ms."""
        oldest, newest = self.series.span(name, shard.timeframe)
        cold = self.cold.archive.months(name, shard.timeframe) if self.cold else []
        first = min([*slices, *cold[:1], *([oldest] if newest else [])], default=_NEVER)
        return first, max([newest, *map(month_end, cold[-1:])])

    def _cold_bars(self, shard: Shard, instrument: InstrumentId, start: int, end: int) -> Sequence[Bar]:
        """Return archived bars of the part of (start, end] that may have left the warm tier."""
        if self.cold is None:
            return ()
        until = min(end, self.cold.until(shard, start))
        if until <= start:
            return ()
        kept = self.cold.archive.read_many(instrument, shard.timeframe, list(months(start, until)))
        return _clip(list(chain.from_iterable(one.bars for one in kept)), start, end)

    # ── others ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _resampled(
        self, shard: Shard, instrument: InstrumentId, timeframe: Timeframe, start: int, end: int, *, raw: bool
    ) -> Iterator[Bar]:
        """Yield longer bars; where a market has sessions, of what was traded in them.

        Beneath them lies what was fetched at this timeframe though nobody follows it: a longer past.
        """
        calendar = Calendar(CalendarName(shard.calendar))
        sessions = calendar.name is not CalendarName.ALWAYS
        first, last = start - start % timeframe.ms, end - end % timeframe.ms
        whole, fetched = self._whole(shard, calendar, last), self.series.span(instrument, timeframe)
        for begin, until in _spans(shard.timeframe, first, last):
            bars: Iterable[Bar] = self._bars(shard, instrument, begin, until, raw=raw)
            if sessions:
                bars = (bar for bar in bars if calendar.is_due(shard.timeframe, bar.ts_close))
            through = min(until, whole)
            made: Sequence[Bar] = resample(bars, shard.timeframe, timeframe, keep_holes=sessions, through=through).bars
            if fetched[0] < until and begin < fetched[1]:
                made = _laid(self._fetched(shard, instrument, timeframe, begin, until, raw=raw), made)
            yield from made

    def _fetched(
        self, shard: Shard, name: InstrumentId, timeframe: Timeframe, start: int, end: int, *, raw: bool
    ) -> Sequence[Bar]:
        chunks = self.series.chunks(name, timeframe, start, end)
        bars = _clip(list(chain.from_iterable(one.bars for one in chunks)), start, end)
        return adjusted(bars, [] if raw else [one for one in self._splits(shard) if one.instrument == name])

    def _whole(self, shard: Shard, calendar: Calendar, end: int) -> int:
        """Return up to when everything that was due has been seen."""
        latest = self.slices.latest(shard.name)
        return end if latest >= calendar.last_close(shard.timeframe, end) else latest

    def _splits(self, shard: Shard) -> Sequence[Split]:
        if self.splits is None or not Calendar(CalendarName(shard.calendar)).has_splits:
            return ()
        return self.splits.every()

    def _shard(self, instrument: InstrumentId, timeframe: Timeframe) -> Shard:
        """Return who follows the instrument at this timeframe, or else at the longest that it can be made of."""
        having = [one for one in self.shards if instrument in one.instruments and one.timeframe.ms <= timeframe.ms]
        if not having:
            raise BadInputError(f"no shard trades {instrument} at {timeframe}")
        return max(having, key=lambda one: one.timeframe.ms)

    def _followed(self, instrument: InstrumentId, timeframe: Timeframe) -> Shard:
        shard = self._shard(instrument, timeframe)
        if shard.timeframe is not timeframe:
            raise BadInputError(f"no shard trades {instrument} at {timeframe}")
        return shard


def _spans(timeframe: Timeframe, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end] in pieces that end with a month."""
    at_once = _AT_ONCE.get(timeframe, _MANY)
    first = start
    for count, month in enumerate(months(start, end), 1):
        last = min(month_end(month), end)
        if last == end or not count % at_once:
            yield first, last
            first = last


def _clip(bars: Sequence[Bar], start: int, end: int) -> Sequence[Bar]:
    """Return those of ascending bars that close in (start, end]."""
    if bars and bars[0].ts_close > start and bars[-1].ts_close <= end:
        return bars
    return bars[bisect_right(bars, start, key=_closes) : bisect_right(bars, end, key=_closes)]


def _laid(*layers: Sequence[Bar]) -> Sequence[Bar]:
    """Return bars by time: of those that close together the one of the last layer, each of which ascends."""
    every: Sequence[Bar] = ()
    for layer in filter(None, layers):
        if not every:
            every = layer
        elif every[-1].ts_close < layer[0].ts_close:
            every = [*every, *layer]
        else:
            merged = {bar.ts_close: bar for bar in chain(every, layer)}
            every = [merged[ts] for ts in sorted(merged)]
    return every
