"""One split is told of once, by bars of whatever length and however seldom they come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from tests.unit.application.splits.world import BELL, EVENING, MINUTES, MONDAY, A, World, entered, minutely, row
from tests.unit.application.test_failover import Scripted
from tradewind.application.fetch_bars import FetchBars, latest_revisions
from tradewind.application.ports_market import Answer
from tradewind.domain.bar import Bar
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.splits import Split, SplitState, adjusted
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe
from tradewind.domain.validation import RawBar

SELDOM = [(EVENING - 120 * MINUTE, 400.0), (BELL + 45 * MINUTE, 100.0), (BELL + 46 * MINUTE, 101.0)]
"""Minutes of a share that had its last trade two hours before the close of the Friday before."""


@dataclass
class Windowed(Scripted):
    """Tells what it is asked for and nothing older."""

    def bars(self, instruments: Sequence[InstrumentId], timeframe: Timeframe, since_close: int, until: int) -> Answer:
        def due(one: RawBar) -> bool:
            return since_close < int(str(one.ts_open)) + timeframe.ms <= until

        told = super().bars(instruments, timeframe, since_close, until)
        return Answer({name: [one for one in rows if due(one)] for name, rows in told.rows.items()}, told.failures)


@pytest.mark.parametrize("warm", [True, False])
def test_a_share_that_trades_seldom_is_held_by_its_last_close_however_long_ago(warm: bool) -> None:
    world = World(Scripted({}))
    other = InstrumentId("B-USD.X")
    told = {A: [RawBar(ts, price, price, price, price, 1.0) for ts, price in SELDOM]}
    minutes = [*range(EVENING - 121 * MINUTE, EVENING + 2 * MINUTE, MINUTE)]
    minutes += [*range(BELL, BELL + 48 * MINUTE, MINUTE)]
    told[other] = [RawBar(ts, 50.0, 50.0, 50.0, 50.0, 1.0) for ts in minutes]
    shard = replace(MINUTES, instruments=(A, other))

    def process() -> FetchBars:
        return FetchBars(Windowed(told), world.slices, world.refusals, world.holes, world.notices, world.splits,
                         first_bars=10, repair_bars=3)  # fmt: skip

    fetch = process()
    for ts in minutes[1:]:
        (fetch if warm else process())(shard, ts)

    assert [(one.ts, one.factor) for one in world.splits.every()] == [(BELL + 45 * MINUTE, 4.0)]
    entered = [
        one.bars[A].close for one in latest_revisions(world.slices.between(shard.name, 0, 2**60)) if A in one.bars
    ]
    assert entered == [400.0]


@pytest.mark.parametrize(
    ("state", "mark"), [(SplitState.CONFIRMED, {A: 4.0}), (SplitState.DENIED, {})]
)  # fmt: skip
@pytest.mark.parametrize("first", ["minutes", "days"])
def test_a_person_is_asked_once_for_a_share_that_trades_seldom_however_long_its_bars(
    first: str, state: SplitState, mark: dict[InstrumentId, float]
) -> None:
    days = [row(-3, 400.0), row(0, 100.0), row(1, 101.0)]
    world = World(Scripted({A: days}))
    prices = {EVENING: 400.0, **{BELL + n * MINUTE: 100.0 for n in range(45, 50)}}
    world.rows = [(ts, RawBar(ts, price, price, price, price, 1.0)) for ts, price in prices.items()]
    world.fetch(-2)
    world.fetch_minute(EVENING + MINUTE)
    if first == "days":
        world.fetch(1)
    for n in range(46, 49):
        world.fetch_minute(BELL + n * MINUTE)
    world.fetch(1)

    assert [notice.event.kind for notice in world.notices.waiting.values()] == ["SPLIT_SUSPECTED"]
    assert [one.ts - MONDAY * DAY for one in world.splits.every()] == [0, 915 * MINUTE]
    assert entered(world) == []
    assert [dict(one.missing) for one in world.latest()] == [{}, {A: "SPLIT_SUSPECTED"}]

    world.splits.put(world.splits.every()[0].becomes(state))
    world.source.says = {A: [*days, *(one for _, one in world.rows)]}
    world.repair_minutes(BELL + 52 * MINUTE)
    world.fetch_minute(BELL + 52 * MINUTE)
    world.fetch(2)
    world.repair(2)

    assert entered(world) == [(46, mark), (47, {}), (48, {}), (49, {}), (50, {})]
    assert [dict(one.splits) for one in world.latest()] == [{}, mark, {}]
    assert len(world.notices.waiting) == 1


def test_what_was_judged_before_bars_of_another_length_told_of_it_is_not_asked_again() -> None:
    world = World(Scripted({A: [row(-3, 400.0), row(0, 100.0)]}))
    world.fetch(-2)
    world.splits.put(Split(A, MONDAY * DAY + 915 * MINUTE, 5.0, SplitState.CONFIRMED))

    world.fetch(1)

    assert [dict(one.splits) for one in world.latest()] == [{}, {A: 5.0}]
    assert world.notices.waiting == {}


def test_one_split_that_bars_of_two_lengths_tell_at_two_times_counts_once() -> None:
    splits = [Split(A, 5 * DAY + ts, 4.0, SplitState.CONFIRMED) for ts in (615 * MINUTE, 0)]
    bars = [Bar(ts, ts + MINUTE, 400.0, 400.0, 400.0, 400.0, 1.0) for ts in (4 * DAY, 5 * DAY)]

    assert [one.close for one in adjusted(bars, splits)] == [100.0, 400.0]


def test_bars_of_every_length_tell_of_one_split() -> None:
    world = World(Scripted({A: [row(-3, 400.0), row(0, 100.0)]}))
    minutes = minutely(1)
    world.splits.items = minutes.splits.items
    for day in (-2, 1):
        world.fetch(day)
    world.judge(SplitState.CONFIRMED)
    world.fetch(1)
    world.repair(1)

    assert world.splits.every() == [Split(A, MONDAY * DAY, 4.0, SplitState.CONFIRMED, 400.0, 100.0)]
    assert [dict(one.splits) for one in world.latest()] == [{}, {A: 4.0}]
