"""How well the market's data is: what is overdue by instrument and shard, what is not packed, whom nobody asks."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched, count, takewhile

from tradewind.application.archive_bars import LAG
from tradewind.application.compact_bars import due
from tradewind.application.ports_market import WARM_UP_BARS, SeriesStore, SliceStore
from tradewind.application.ports_reliability import BreakerStore
from tradewind.domain.breaker import Circuit
from tradewind.domain.calendar import Calendar, CalendarName
from tradewind.domain.configuration import Configuration, Shard
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.moments import iso, iso_or_never
from tradewind.domain.timeframe import DAY, MINUTE

GRACE = 5 * MINUTE
"""How late a bar may be beyond its own close before it counts as overdue: the freshness objective."""

COMPACTION_GRACE = 3 * 60 * MINUTE
"""How long after they are due bars may wait to be packed; nothing is lost by then, for slices expire only once they
are."""

ARCHIVE_GRACE = 26 * 60 * MINUTE
"""How long after a day is due it may wait for the archive, which comes once a day."""

SESSIONS_GRACE = 5 * DAY
"""The same where a market has weekends and holidays: a day is packed whole when the next session begins."""

FARTHEST = 8 * DAY
"""How far back slices are asked since when an instrument is late: they live no longer."""

type Archived = Callable[[str], tuple[int, int]]

_NAMED = 5
_LOOKS = 4


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh a shard is.

    Attributes
    ----------
    latest : int
        `ts_close` of its latest slice, UTC ms; 0 if it has none.
    due : int
        The latest `ts_close` that was due, grace included.
    overdue : mapping
        Milliseconds since the first due bar that each overdue instrument lacks; where only that instrument is late, at
        least half of that.
    reasons : mapping
        Why an instrument has no bar in the latest slice, where the slice says so.
    """

    shard: str
    latest: int
    due: int
    overdue: Mapping[InstrumentId, int]
    reasons: Mapping[InstrumentId, str]

    @property
    def worst(self) -> int:
        """Milliseconds by which the most overdue instrument is late; 0 where none is."""
        return max(self.overdue.values(), default=0)


@dataclass(frozen=True, slots=True)
class MarketHealth:
    """Looks at the tables; changes nothing.

    Attributes
    ----------
    archived : callable, optional
        Returns `ts_close` up to which a shard's bars are archived, and the same of its decisions; without it nobody
        asks.
    """

    configuration: Configuration
    slices: SliceStore
    series: SeriesStore
    breakers: BreakerStore
    archived: Archived | None = None

    def failing(self, latest: Mapping[str, int], fresh: Sequence[Freshness]) -> dict[str, str]:
        """Return the failing checks by name, each with its text; recorded time makes nothing late.

        Parameters
        ----------
        latest : mapping
            `ts_close` of each shard's latest slice.
        """
        if self.configuration.clock == "replay":
            return {}
        lagging = {f"compaction {name}": text for name, text in self.unpacked(latest)} | dict(self.unarchived(latest))
        return dict(self._overdue(fresh)) | lagging | dict(self._left_alone())

    def freshness(self, now: int) -> list[Freshness]:
        """Return how fresh each shard is; nothing where time is recorded, for it does not pass by itself."""
        if self.configuration.clock == "replay":
            return []
        return [self._freshness(shard, now) for shard in self.configuration.shards]

    def _freshness(self, shard: Shard, now: int) -> Freshness:
        expected = _expected(shard, now)
        recent = self.slices.between(shard.name, fresh_since(shard, now), now)
        seen = {name for slice_ in recent if slice_.ts_close >= expected for name in slice_.bars}
        gone = [name for name in shard.instruments if name not in seen] if expected else []
        newest = max(recent, key=lambda one: (one.ts_close, one.rev), default=None)
        latest = newest.ts_close if newest else self.slices.latest(shard.name)
        late = {name: now - ts for name, ts in self._lacking(shard, gone, expected, latest).items()}
        return Freshness(shard.name, latest, expected, late, newest.missing if newest else {})

    def _lacking(
        self, shard: Shard, gone: Sequence[InstrumentId], expected: int, latest: int
    ) -> Mapping[InstrumentId, int]:
        """Return since which due bar each instrument has had none, as far as a few slices tell; UTC ms.

        One slice is looked at, then the second, fourth, eighth one before, and a few of these at a time: an instrument
        may be gone for good.
        """
        calendar = Calendar(CalendarName(shard.calendar))
        if 0 < latest < expected:
            return dict.fromkeys(gone, calendar.closes(shard.timeframe, latest, expected)[0])
        since, left = dict.fromkeys(gone, expected), set(gone)
        for steps in batched(_doubling(shard.timeframe.ms), _LOOKS, strict=False):
            closes = [calendar.last_close(shard.timeframe, expected - step) for step in steps]
            found = self.slices.at(shard.name, closes) if left else {}
            for ts in closes:
                left -= found[ts].bars.keys() if ts in found else left
                since |= dict.fromkeys(left, ts)
        return since

    def _overdue(self, fresh: Sequence[Freshness]) -> Iterator[tuple[str, str]]:
        for one in fresh:
            if not one.overdue:
                continue
            names = sorted(one.overdue, key=lambda name: (-one.overdue[name], name))
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            what = ", ".join(f"{name} ({one.reasons.get(name, 'no slice')})" for name in names[:_NAMED])
            yield (
                f"freshness {one.shard}",
                f"no bar since {iso(one.due)} was due: {what}{more}; latest slice {iso_or_never(one.latest)}",
            )

    def unpacked(self, latest: Mapping[str, int]) -> Iterator[tuple[str, str]]:
        """Yield which shards compaction has left behind, by name, and how far."""
        for shard in self.configuration.shards:
            long_ago = due(shard.timeframe, latest[shard.name] - COMPACTION_GRACE)
            compacted = self.series.compacted(shard.name)
            if compacted < long_ago and (compacted or not self._is_new(shard, latest[shard.name] - COMPACTION_GRACE)):
                text = f"packed up to {iso_or_never(compacted)}, {iso(long_ago)} was due three hours ago"
                yield shard.name, text

    def _is_new(self, shard: Shard, until: int) -> bool:
        """Return whether all that a shard had then is what its first fetch brought, for which nobody was late."""
        first = self.slices.after(shard.name, 0, 1)
        return not first or until < first[0].ts_close + WARM_UP_BARS * shard.timeframe.ms

    def unarchived(self, latest: Mapping[str, int]) -> Iterator[tuple[str, str]]:
        """Yield which shards the archive has left behind, by the name of the check, and how far."""
        if self.archived is None:
            return
        for shard in self.configuration.shards:
            sessions = shard.calendar != CalendarName.ALWAYS
            long_ago = latest[shard.name] - LAG - (SESSIONS_GRACE if sessions else ARCHIVE_GRACE)
            bars, decisions = self.archived(shard.name)
            if min(bars, decisions) < long_ago - long_ago % DAY and self._has_slices(shard, bars, decisions, long_ago):
                done = f"bars are archived up to {iso_or_never(bars)}, decisions up to {iso_or_never(decisions)}"
                text = f"{done}; {iso(long_ago)} was due"
                yield f"archive {shard.name}", text

    def _has_slices(self, shard: Shard, bars: int, decisions: int, until: int) -> bool:
        """Return whether there is anything to archive: a new shard has nothing that is old enough."""
        first = self.slices.after(shard.name, min(bars, decisions), 1)
        return bool(first) and first[0].ts_close <= until - until % DAY

    def _left_alone(self) -> Iterator[tuple[str, str]]:
        for name in providers_of(self.configuration.shards):
            breaker = self.breakers.get(name)
            if breaker.state is not Circuit.CLOSED:
                yield f"provider {name}", f"left alone since {iso(breaker.opened)}: {breaker.reason}"


def _doubling(ms: int) -> Iterator[int]:
    return takewhile(lambda step: step <= FARTHEST, (ms << number for number in count()))


def providers_of(shards: Iterable[Shard]) -> list[str]:
    """Return whom shards ask for bars, by name and without addresses."""
    asked = {name for shard in shards for name in (shard.provider, *shard.fallbacks)}
    return sorted({name.partition("@")[0] for name in asked})


def fresh_since(shard: Shard, now: int) -> int:
    """Return the time after which a shard's slices tell how fresh it is, UTC ms."""
    return _expected(shard, now) - shard.timeframe.ms


def _expected(shard: Shard, now: int) -> int:
    return Calendar(CalendarName(shard.calendar)).last_close(shard.timeframe, now - GRACE)
