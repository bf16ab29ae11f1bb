"""A price that nobody bears out stays out of every revision of its slice; one that stays enters a bar later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.fakes.market_stores import FakeHoles, FakeRefusalLog, FakeSliceStore
from tests.fakes.providers import FakeBreakers
from tests.unit.application.test_failover import A, M, row
from tradewind.application.failover import FailoverSource, Provider
from tradewind.application.fetch_bars import FetchBars, latest_revisions
from tradewind.application.ports_market import Answer, BarSource
from tradewind.application.repair_bars import RepairBars
from tradewind.domain.calendar import Calendar
from tradewind.domain.configuration import Shard
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import Reason

SHARD = Shard("x-1m", Timeframe.M1, "first", (A,))
NOON = 720
SLIP = NOON + 5


@dataclass
class Venue(BarSource):
    """Tells exactly what it is asked for, as a venue does."""

    prices: Mapping[int, float]

    def bars(self, instruments: Sequence[InstrumentId], timeframe: Timeframe, since_close: int, until: int) -> Answer:
        told = [row(minute, price) for minute, price in self.prices.items() if since_close < minute * M <= until]
        return Answer(dict.fromkeys(instruments, told))

    def listed_since(self, instrument: InstrumentId, timeframe: Timeframe) -> int:
        return 0


@dataclass
class World:
    prices: Mapping[int, float]
    slices: FakeSliceStore = field(default_factory=FakeSliceStore)
    holes: FakeHoles = field(default_factory=FakeHoles)
    refusals: FakeRefusalLog = field(default_factory=FakeRefusalLog)
    seen: dict[int, list[float | str]] = field(default_factory=dict)

    def source(self) -> FailoverSource:
        return FailoverSource([Provider("first", Venue(self.prices))], FakeBreakers(), Calendar(), lambda: 0)

    def live(self, first: int, last: int) -> None:
        """Fetch and repair each minute; note what each minute's slice tells each time that it changes."""
        fetch = FetchBars(self.source(), self.slices, self.refusals, self.holes, first_bars=3, repair_bars=3)
        repair = RepairBars(self.source(), self.slices, self.holes, self.refusals)
        for minute in range(first, last):
            fetch(SHARD, minute * M)
            repair(SHARD, minute * M)
            for one in latest_revisions(self.slices.between(SHARD.name, 0, 2**60)):
                told = one.bars[A].close if A in one.bars else one.missing[A]
                history = self.seen.setdefault(one.ts_close // M, [])
                if history[-1:] != [told]:
                    history.append(told)


def test_a_slip_enters_no_revision_however_often_it_is_asked_for() -> None:
    world = World({minute: 1_000.0 if minute == SLIP else 100.0 for minute in range(NOON, NOON + 60)})

    world.live(NOON + 2, NOON + 60)

    assert world.seen.pop(SLIP) == [Reason.OUTLIER]
    assert set(map(tuple, world.seen.values())) == {(100.0,)}
    assert {(one.ts, one.reason) for one in world.refusals.items.values()} == {((SLIP - 1) * M, Reason.OUTLIER)}


def test_a_price_that_stays_enters_once_the_next_bar_bears_it_out() -> None:
    world = World({minute: 300.0 if minute >= SLIP else 100.0 for minute in range(NOON, NOON + 20)})

    world.live(NOON + 2, NOON + 20)

    assert world.seen[SLIP] == [Reason.OUTLIER, 300.0]
    assert (world.seen[SLIP - 1], world.seen[SLIP + 1]) == ([100.0], [300.0])


def test_a_repair_by_itself_finds_what_the_next_bar_bears_out() -> None:
    world = World({minute: 300.0 if minute >= SLIP else 100.0 for minute in range(NOON, SLIP + 2)})
    world.live(NOON + 2, SLIP + 1)

    RepairBars(world.source(), world.slices, world.holes, world.refusals)(SHARD, (SLIP + 1) * M)

    assert world.slices.newest(SHARD.name).bars[A].close == 300.0  # type: ignore[union-attr]
