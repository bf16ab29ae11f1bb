"""A jump that looks like a split is held, with its reason, until somebody has judged it."""

from dataclasses import replace

import pytest

from tests.unit.application.splits.world import MONDAY, SHARD, A, World, jumping, row
from tests.unit.application.test_failover import Scripted
from tradewind.application.fetch_bars import FetchBars
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.splits import Split, SplitState, suspected
from tradewind.domain.timeframe import DAY


@pytest.mark.parametrize(
    ("close", "open_", "factor"),
    [(500.0, 127.0, 4.0), (700.0, 103.0, 7.0), (2000.0, 98.0, 20.0), (30.0, 20.2, 1.5), (1.0, 9.8, 0.1),
     (100.0, 99.0, 0.0), (100.0, 80.0, 0.0), (100.0, 130.0, 0.0)],
)  # fmt: skip
def test_a_jump_near_a_ratio_that_companies_choose_looks_like_a_split(
    close: float, open_: float, factor: float
) -> None:
    assert suspected(close, open_) == pytest.approx(factor)


def test_bars_that_look_like_a_split_are_held_with_their_reason_and_somebody_is_told_once() -> None:
    world = jumping()

    assert [dict(one.missing) for one in world.latest()] == [{}, {}, {A: "SPLIT_SUSPECTED"}, {A: "SPLIT_SUSPECTED"}]
    assert world.splits.every() == [Split(A, (MONDAY + 2) * DAY, 4.0, SplitState.SUSPECTED, 400.0, 100.0)]
    assert [notice.event.kind for notice in world.notices.waiting.values()] == ["SPLIT_SUSPECTED"]
    assert "SPLIT_SUSPECTED" in {one.reason for one in world.refusals.items.values()}


def test_what_is_held_is_not_repaired_before_it_is_judged_however_long_that_takes() -> None:
    world = jumping()
    for day in range(4, 40):
        world.repair(day)

    assert len(world.holes.items) == 2
    assert all(one.rev == 1 for one in world.latest())


def test_what_is_held_waits_on_beside_an_instrument_that_never_has_that_bar() -> None:
    world = jumping()
    beside = {
        one.ts_close: replace(one, missing={**one.missing, InstrumentId("B-USD.X"): "MISSING"})
        for one in world.latest()
    }
    world.slices.items = {(SHARD.name, ts, 1): one.to_bytes() for ts, one in beside.items()}
    for day in range(4, 40):
        world.repair(day)
    world.judge(SplitState.CONFIRMED)

    world.repair(40)

    assert [A in one.bars for one in world.latest()] == [True] * 4


@pytest.mark.parametrize(
    ("state", "splits"), [(SplitState.CONFIRMED, {A: 4.0}), (SplitState.DENIED, {})]
)  # fmt: skip
def test_once_judged_raw_bars_enter_and_the_first_one_after_a_split_says_so(
    state: SplitState, splits: dict[InstrumentId, float]
) -> None:
    world = jumping()
    world.judge(state)

    world.repair(4)

    assert [one.bars[A].close for one in world.latest()] == [400.0, 400.0, 100.0, 101.0]
    assert [dict(one.splits) for one in world.latest()] == [{}, {}, splits, {}]
    world.source.says = {A: [*world.source.says[A], row(4, 102.0)]}  # type: ignore[misc]
    world.fetch(5)
    assert world.latest()[-1].bars[A].close == 102.0


def test_crypto_is_never_held() -> None:
    world = World(Scripted({A: [row(0, 400.0), row(1, 100.0)]}))

    FetchBars(world.source, world.slices, world.refusals, notices=world.notices, splits=world.splits)(
        replace(SHARD, calendar="24/7"), (MONDAY + 2) * DAY
    )

    assert [one.bars[A].close for one in world.latest()] == [400.0, 100.0]
