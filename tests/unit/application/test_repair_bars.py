from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest

from tests.fakes.market_stores import FakeHoles, FakeRefusalLog, FakeSliceStore
from tests.unit.application.test_failover import DOWN, A, B, Scripted, row
from tradewind.application.fetch_bars import latest_revisions
from tradewind.application.ports_repair import Hole
from tradewind.application.repair_bars import AT_ONCE, FIRST, TOLERANCE_BPS, TRIES, RepairBars, RepairReport
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Shard
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import MINUTE, Timeframe
from tradewind.domain.validation import Reason

SHARD = Shard("x-1m", Timeframe.M1, "first", (A, B), ("second",))
NOON = 720


def bar(minute: int, price: float = 10.0) -> Bar:
    return Bar((minute - 1) * MINUTE, minute * MINUTE, price, price + 1, price - 1, price, 5.0)


@dataclass
class World:
    first: Scripted = field(default_factory=Scripted)
    second: Scripted | None = None
    slices: FakeSliceStore = field(default_factory=FakeSliceStore)
    holes: FakeHoles = field(default_factory=FakeHoles)
    refusals: FakeRefusalLog = field(default_factory=FakeRefusalLog)

    def lacks(self, *minutes: int, names: tuple[InstrumentId, ...] = (B,)) -> None:
        for minute in minutes:
            bars = {name: bar(minute) for name in (A, B) if name not in names}
            self.slices.put(Slice(SHARD.name, Timeframe.M1, minute * MINUTE, bars, dict.fromkeys(names, "TIMEOUT")))
            self.holes.note(Hole(SHARD.name, minute * MINUTE, due=minute * MINUTE + FIRST))

    def repair(self, minute: int) -> RepairReport:
        return RepairBars(self.first, self.slices, self.holes, self.refusals, self.second)(SHARD, minute * MINUTE)

    def latest(self) -> list[Slice]:
        return latest_revisions(self.slices.between(SHARD.name, 0, 2**60))


def test_a_hole_is_filled_within_two_minutes_by_a_new_revision() -> None:
    world = World(Scripted({B: [row(4), row(5)]}))
    world.lacks(4, 5)

    report = world.repair(6)

    assert report == RepairReport(SHARD.name, 2, 2)
    assert [(one.rev, dict(one.missing), one.bars[B]) for one in world.latest()] == [(2, {}, bar(4)), (2, {}, bar(5))]
    assert (world.first.asked, world.holes.items) == ([[B]], {})


def test_what_arrives_for_one_instrument_leaves_the_others_hole_open() -> None:
    world = World(Scripted({B: [row(5)], A: DOWN}))
    world.lacks(5, names=(A, B))

    assert world.repair(6).repaired == 1
    assert dict(world.latest()[0].missing) == {A: "TIMEOUT"}
    assert world.holes.open(SHARD.name, 9) == [Hole(SHARD.name, 5 * MINUTE, 1, 6 * MINUTE + 2 * FIRST)]


def test_where_there_is_no_hole_nobody_is_asked() -> None:
    world = World()
    world.lacks(5)

    assert world.repair(5) == RepairReport(SHARD.name)
    assert world.first.asked == []


def test_a_hole_is_asked_for_ever_more_seldom_and_then_given_up() -> None:
    world = World(Scripted({B: []}))
    world.lacks(5)
    asked: list[int] = []

    for minute in range(6, 3 * 1440):
        report = world.repair(minute)
        if report.holes:
            asked.append(minute)

    assert len(asked) == TRIES
    assert [later - earlier for earlier, later in pairwise(asked)] == [2**k for k in range(1, TRIES)]
    assert (report.given_up, world.holes.items) == (0, {})
    assert [one.rev for one in world.latest()] == [1]


def test_a_hole_whose_slice_was_never_written_is_waited_for() -> None:
    world = World()
    world.holes.note(Hole(SHARD.name, 5 * MINUTE, due=0))

    assert world.repair(6) == RepairReport(SHARD.name, 1)
    assert world.first.asked == []
    assert len(world.holes.items) == 1


def test_an_unsound_row_fills_no_hole() -> None:
    world = World(Scripted({B: [row(5, high=1.0)]}))
    world.lacks(5)

    assert world.repair(6).repaired == 0
    assert [(one.instrument, one.reason) for one in world.refusals.items.values()] == [(B, Reason.OHLC_VIOLATION)]


def test_neither_the_oldest_hole_nor_the_newest_waits_for_a_thousand_others() -> None:
    world = World(Scripted({B: [row(5), row(3_000)]}))
    world.lacks(5, *range(1_500, 2_700), 3_000)

    report = world.repair(3_001)

    assert {one.ts_close // MINUTE for one in world.latest() if B in one.bars} == {5, 3_000}
    assert (report.repaired, report.holes <= 2 * AT_ONCE, len(world.first.asked)) == (2, True, 2)


def test_every_hole_of_a_long_outage_has_its_turn() -> None:
    world = World(Scripted({B: []}))
    world.lacks(*range(1, 200))

    for minute in range(200, 206):
        world.repair(minute)

    assert {hole.tries > 0 for hole in world.holes.items.values()} == {True}


def test_who_serves_nobody_is_not_waited_for_again_and_the_other_holes_stay_due() -> None:
    world = World(Scripted({B: DOWN}))
    world.lacks(5, 3_000)

    assert world.repair(3_001).holes == 1
    assert world.first.asked == [[B]]
    assert [hole.tries for hole in world.holes.open(SHARD.name)] == [1, 0]


# ── the second opinion ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("price", "disputed"),
    [(10.0, 0), (10.0 * (1 + TOLERANCE_BPS / 10_001), 0), (10.0 * (1 + TOLERANCE_BPS / 9_999), 1)],
)
def test_on_the_hour_a_few_bars_are_compared_and_a_disagreement_is_recorded(price: float, disputed: int) -> None:
    world = World(second=Scripted({A: [row(NOON - 1, price)], B: [row(NOON - 1)]}))
    world.lacks(NOON - 1, names=())
    world.holes.items.clear()

    assert world.repair(NOON).disputed == disputed
    found = list(world.refusals.items.values())
    assert [(one.instrument, one.reason) for one in found] == [(A, Reason.DISAGREEMENT)] * disputed
    assert all("first closed at 10.0, second at" in one.value for one in found)


def test_at_any_other_minute_nobody_else_is_asked() -> None:
    world = World(second=(second := Scripted()))
    world.lacks(NOON, names=())

    world.repair(NOON + 1)

    assert second.asked == []


def test_a_sample_wanders_through_the_shard() -> None:
    names = tuple(InstrumentId(f"{letter}-USD.X") for letter in "ABCDEFG")
    second = Scripted({name: [] for name in names})
    wide = replace(SHARD, instruments=names)
    world = World(second=second)
    for hour in range(12, 15):
        bars = {name: bar(hour * 60 - 1) for name in names}
        world.slices.put(Slice(SHARD.name, Timeframe.M1, (hour * 60 - 1) * MINUTE, bars))
        RepairBars(world.first, world.slices, world.holes, world.refusals, second)(wide, hour * 60 * MINUTE)

    assert {name for asked in second.asked for name in asked} == set(names)
    assert [len(asked) for asked in second.asked] == [3, 3, 3]
