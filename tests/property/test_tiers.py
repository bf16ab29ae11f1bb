"""Whatever arrives late, corrected, twice or never, and wherever packing and archiving break off: no bar changes a bit.

Each run of compaction and archive may crash before or after any call of a store, and others may come in between.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.market_stores import FakeSliceStore
from tests.fakes.tiers import FakeArchivedSeries, FakeBarArchive
from tradewind.application.archive_bars import ArchiveBars
from tradewind.application.bar_repository import Cold, TieredBars
from tradewind.application.compact_bars import CompactBars
from tradewind.application.ports_bars import WARM_DAYS
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Shard
from tradewind.domain.errors import ConflictError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.months import month_end
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe

A, B = InstrumentId("A.X"), InstrumentId("B.X")
FRAME = Timeframe.M15
SHARD = Shard("x-15m", FRAME, "fake", (A, B))
BEGIN = month_end(0) - 3 * DAY
"""Three days before a month ends, so that months are parted too."""
LOOKBACK = 60


class CrashError(Exception):
    """The process ended here."""


@dataclass
class Faulty:
    """A store of which a given call crashes, or before a given call of which somebody else is at work."""

    store: Any
    trouble: "Trouble"

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.store, name)
        return lambda *values: self.trouble.calling(lambda: method(*values))


@dataclass
class Trouble:
    crash_at: int = 0
    after: bool = False
    between_at: int = 0
    between: Callable[[], None] = lambda: None
    calls: int = 0

    def calling(self, call: Callable[[], Any]) -> Any:
        self.calls += 1
        if self.calls == self.between_at:
            self.between()
        if self.calls == self.crash_at and not self.after:
            raise CrashError
        answer = call()
        if self.calls == self.crash_at:
            raise CrashError
        return answer


@dataclass
class World:
    now: int = BEGIN
    slices: FakeSliceStore = field(default_factory=FakeSliceStore)
    archive: FakeBarArchive = field(default_factory=FakeBarArchive)
    source: dict[InstrumentId, dict[int, Bar]] = field(default_factory=lambda: {A: {}, B: {}})
    editions: dict[int, Slice] = field(default_factory=dict)
    recent: set[int] = field(default_factory=set)
    unseen: set[int] = field(default_factory=set)
    """First editions that came behind the watermark: the next run of compaction looks back for them."""

    def __post_init__(self) -> None:
        self.series = FakeArchivedSeries(now=lambda: self.now)

    def arrives(self, step: int, value: int, who: Sequence[InstrumentId]) -> None:
        """A slice, a correction of it, the missing bar of it, or the same again."""
        close = self.now - self.now % FRAME.ms - step * FRAME.ms
        known = self.editions.get(close)
        compacted = self.series.compacted(SHARD.name)
        newest = max(compacted, self.slices.latest(SHARD.name))
        if known is None and close <= newest - LOOKBACK * FRAME.ms:
            return  # nobody writes a first edition so late: what was due and absent is a slice that says so
        told = {name: bar(close, value + 7 * (name is B)) for name in who}
        made = Slice(
            SHARD.name, FRAME, close, {**(known.bars if known else {}), **told}, rev=known.rev + 1 if known else 1
        )
        if known and known.bars == made.bars:
            assert self.slices.put(known) is False
            return
        assert self.slices.put(made)
        self.editions[close] = made
        for name, one in made.bars.items():
            self.source[name][close] = one
        if made.rev == 1:
            self.recent.add(close)
            self.unseen |= {close} if close <= compacted else set()

    def compacts(self, trouble: Trouble, page: int = 9) -> None:
        compact = CompactBars(Faulty(self.slices, trouble), Faulty(self.series, trouble), LOOKBACK, page)
        late, self.recent = set(self.unseen), set()
        if self._survives(lambda: compact(SHARD)):
            self.unseen -= late
        self.unseen |= {close for close in self.recent if close <= self.series.compacted(SHARD.name)}

    def archives(self, trouble: Trouble) -> None:
        archive = ArchiveBars(Faulty(self.series, trouble), Faulty(self.archive, trouble), lambda: self.now)
        self._survives(lambda: archive(SHARD))

    def archives_a_day(self, days: int, trouble: Trouble) -> None:
        archive = ArchiveBars(Faulty(self.series, trouble), Faulty(self.archive, trouble), lambda: self.now)
        self._survives(lambda: archive.day(SHARD, self.now - self.now % DAY - days * DAY))

    def passes(self, hours: int) -> None:
        self.now += hours * 60 * MINUTE
        self.slices.expire_released(SHARD.name, self.now - 8 * DAY)
        self.series.expire()

    def history(self, name: InstrumentId) -> dict[int, Bar]:
        cold = Cold(self.series, self.archive, lambda: self.now)
        bars = TieredBars([SHARD], self.slices, self.series, cold=cold).history(name, FRAME, 0, self.now + DAY)
        assert [one.ts_close for one in bars] == sorted({one.ts_close for one in bars})
        return {one.ts_close: one for one in bars}

    def sound(self) -> None:
        for name in (A, B):
            there, source = self.history(name), self.source[name]
            assert {ts: one for ts, one in there.items() if ts not in self.unseen} == {
                ts: one for ts, one in source.items() if ts not in self.unseen
            }

    def _survives(self, run: Callable[[], object]) -> bool:
        try:
            run()
        except (CrashError, ConflictError):
            return False
        return True


def bar(close: int, value: int) -> Bar:
    price = 100 + value / 7  # no short decimal, so that every bit counts
    return Bar(close - FRAME.ms, close, price, price * 1.1, price / 1.1, price + 0.1, value / 3)


BOTH = st.sampled_from([(A,), (B,), (A, B)])
ARRIVES = st.tuples(st.just("arrives"), st.one_of(st.integers(0, 8), st.integers(0, 700)), st.integers(0, 99), BOTH)
OTHERS = st.sampled_from(["compacts", "archives", "arrives"])
TROUBLE = st.tuples(st.integers(0, 60), st.booleans(), st.integers(0, 40), OTHERS, st.integers(0, 300), BOTH)
OPS = st.one_of(
    ARRIVES,
    ARRIVES,
    st.tuples(st.just("passes"), st.sampled_from([1, 6, 30, 60, 300, 900])),
    st.tuples(st.just("compacts"), TROUBLE),
    st.tuples(st.just("archives"), TROUBLE),
    st.tuples(st.just("day"), st.integers(0, 9), TROUBLE),
)


def perform(at: World, op: tuple[Any, ...]) -> None:
    match op:
        case ("arrives", step, value, who):
            at.arrives(step, value, who)
        case ("passes", hours):
            at.passes(hours)
        case ("compacts", trouble):
            at.compacts(troubled(at, trouble))
        case ("archives", trouble):
            at.archives(troubled(at, trouble))
        case ("day", days, trouble):
            at.archives_a_day(days, troubled(at, trouble))


def troubled(at: World, drawn: tuple[int, bool, int, str, int, tuple[InstrumentId, ...]]) -> Trouble:
    crash_at, after, between_at, who, step, names = drawn
    others: dict[str, Callable[[], None]] = {
        "compacts": lambda: at.compacts(Trouble()),
        "archives": lambda: at.archives(Trouble()),
        "arrives": lambda: at.arrives(step, step % 89, names),
    }
    return Trouble(crash_at, after, between_at, others[who])


@settings(max_examples=120, deadline=None)
@given(st.lists(OPS, max_size=40))
def test_the_three_tiers_hold_the_source_bit_by_bit_whatever_comes_and_wherever_a_run_breaks_off(
    ops: list[tuple[Any, ...]],
) -> None:
    at = World()
    for op in ops:
        perform(at, op)
        at.sound()

    over = at.now - at.now % DAY
    for _ in range(3):  # the day of the first is packed with the second, and over with the third
        at.passes(24 * 3)
        at.arrives(0, 5, (A, B))
    at.compacts(Trouble())
    at.archives(Trouble())
    at.passes(24 * (WARM_DAYS + 1))

    at.sound()
    assert (at.unseen, at.series.marks) == (set(), {})
    assert [key for key in at.series.items if key[2] < over] == []  # nothing but Parquet is left of them
