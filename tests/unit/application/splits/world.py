"""A provider that tells of a jump, and all that a bar passes on its way from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tests.fakes.market_stores import FakeHoles, FakeRefusalLog, FakeSliceStore, FakeSplits
from tests.fakes.world import FakeNotices
from tests.unit.application.test_failover import Scripted
from tradewind.application.fetch_bars import FetchBars, latest_revisions
from tradewind.application.repair_bars import RepairBars
from tradewind.domain.configuration import Shard
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import Slice
from tradewind.domain.splits import SplitState
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe
from tradewind.domain.validation import RawBar

A = InstrumentId("A-USD.X")
SHARD = Shard("x-1d", Timeframe.D1, "first", (A,), calendar="XNYS")
MONDAY = 19_730  # 8 January 2024; the five days from it are trading days


def row(number: int, price: float) -> RawBar:
    return RawBar((MONDAY + number) * DAY, price, price + 1, price - 1, price, 100.0)


@dataclass
class World:
    source: Scripted
    slices: FakeSliceStore = field(default_factory=FakeSliceStore)
    splits: FakeSplits = field(default_factory=FakeSplits)
    holes: FakeHoles = field(default_factory=FakeHoles)
    notices: FakeNotices = field(default_factory=FakeNotices)
    refusals: FakeRefusalLog = field(default_factory=FakeRefusalLog)
    rows: Sequence[tuple[int, RawBar]] = ()

    def fetch(self, day: int) -> None:
        use_case = FetchBars(
            self.source, self.slices, self.refusals, self.holes, self.notices, self.splits, repair_bars=3
        )
        use_case(SHARD, (MONDAY + day) * DAY)

    def repair(self, day: int, minutes: int = 10) -> None:
        use_case = RepairBars(self.source, self.slices, self.holes, self.refusals, None, self.splits)
        use_case(SHARD, (MONDAY + day) * DAY + minutes * MINUTE)

    def fetch_minute(self, now: int) -> None:
        told = {A: [one for ts, one in self.rows if ts < now]}
        FetchBars(Scripted(told), self.slices, self.refusals, self.holes, self.notices, self.splits, repair_bars=3)(
            MINUTES, now
        )

    def repair_minutes(self, now: int) -> None:
        RepairBars(self.source, self.slices, self.holes, self.refusals, None, self.splits)(MINUTES, now)

    def latest(self) -> Sequence[Slice]:
        return latest_revisions(self.slices.between(SHARD.name, 0, 2**60))

    def judge(self, state: SplitState) -> None:
        (split,) = self.splits.every()
        self.splits.put(split.becomes(state))


def jumping() -> World:
    """Return a world that has seen 400, 400 and then two days around 100."""
    world = World(Scripted({A: [row(0, 400.0), row(1, 400.0), row(2, 100.0), row(3, 101.0)]}))
    for day in (2, 3, 4):
        world.fetch(day)
    return world


BELL = MONDAY * DAY + 870 * MINUTE
"""Half past nine in New York, in winter."""

EVENING = (MONDAY - 3) * DAY + 1259 * MINUTE
"""The last minute of the Friday before."""

MINUTES = replace(SHARD, name="x-1m", timeframe=Timeframe.M1)


def minutely(count: int) -> World:
    """Return a world that has seen Friday's last minute and, on Monday, so many minutes of a quarter of its price."""
    prices = {EVENING: 400.0} | {BELL + n * MINUTE: 100.0 for n in range(count + 2)}
    rows = [(ts, RawBar(ts, price, price + 1, price - 1, price, 10.0)) for ts, price in prices.items()]
    world = World(Scripted({A: [one for _, one in rows]}), rows=rows)
    world.fetch_minute(EVENING + MINUTE)
    for n in range(count):
        world.fetch_minute(BELL + (n + 1) * MINUTE)
    return world


def entered(world: World) -> list[tuple[int, dict[InstrumentId, float]]]:
    """Return which of Monday's minutes have their bar, each with its mark."""
    found = latest_revisions(world.slices.between(MINUTES.name, BELL, 2**60))
    return [((one.ts_close - BELL) // MINUTE, dict(one.splits)) for one in found if A in one.bars]
