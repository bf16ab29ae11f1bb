"""Series are read on one scale while raw bars stay, and strategies begin anew."""

from tests.builders import ACME
from tests.fakes.market_stores import FakeSeriesStore, FakeSplits
from tests.puppet import at_work
from tests.unit.application.splits.world import MONDAY, SHARD, A, jumping
from tradewind.application.bar_repository import TieredBars
from tradewind.application.packed_slices import PackedSlices
from tradewind.application.shard_state import ShardState
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Shard
from tradewind.domain.series import SeriesChunk, period_start
from tradewind.domain.slice import Slice
from tradewind.domain.splits import Split, SplitState, adjusted
from tradewind.domain.timeframe import DAY, Timeframe


def test_series_are_read_on_one_scale_and_raw_bars_stay() -> None:
    world = jumping()
    world.judge(SplitState.CONFIRMED)
    world.repair(4)
    repository = TieredBars([SHARD], world.slices, FakeSeriesStore(), world.splits)

    bars = repository.history(A, Timeframe.D1, 0, 2**60)

    assert [(bar.close, bar.volume) for bar in bars] == [(100.0, 400.0), (100.0, 400.0), (100.0, 100.0), (101.0, 100.0)]
    assert world.latest()[0].bars[A].close == 400.0


def test_several_splits_multiply_and_denied_ones_do_not_count() -> None:
    bar = Bar(0, DAY, 60.0, 66.0, 54.0, 60.0, 10.0)
    splits = [Split(A, DAY, 2.0, SplitState.CONFIRMED), Split(A, 2 * DAY, 3.0, SplitState.CONFIRMED),
              Split(A, 3 * DAY, 5.0, SplitState.DENIED)]  # fmt: skip

    assert adjusted([bar], splits) == [Bar(0, DAY, 10.0, 11.0, 9.0, 10.0, 60.0)]


def test_strategies_begin_anew_with_the_first_bar_after_a_split() -> None:
    one = at_work()
    state = ShardState({one.key: one.strategy})
    for number in range(4):
        bar = Bar((MONDAY + number) * DAY, (MONDAY + number + 1) * DAY, 4.0, 5.0, 3.0, 4.0, 1.0)
        state.advance(Slice("x", Timeframe.D1, bar.ts_close, {ACME: bar}, splits={ACME: 4.0} if number == 2 else {}))

    assert one.strategy.bars_seen(state.arrays[one.key, ACME]) == 2


def test_a_state_that_is_rebuilt_from_packed_bars_begins_anew_with_the_same_bar() -> None:
    one, series, splits = at_work(), FakeSeriesStore(), FakeSplits()
    bars = [Bar((MONDAY + n) * DAY, (MONDAY + n + 1) * DAY, 4.0, 5.0, 3.0, 4.0, 1.0) for n in range(4)]
    series.put(SeriesChunk(ACME, Timeframe.D1, period_start(Timeframe.D1, bars[0].ts_open), bars[-1].ts_close, bars))
    splits.put(Split(ACME, bars[2].ts_open, 4.0, SplitState.CONFIRMED))
    shard = Shard("x", Timeframe.D1, "first", (ACME,), calendar="XNYS")
    state = ShardState({one.key: one.strategy})

    for slice_ in PackedSlices([shard], series, splits).between("x", 0, 2**42):
        state.advance(slice_)

    assert one.strategy.bars_seen(state.arrays[one.key, ACME]) == 2
