"""The first bar after a split says so, and none enters before it."""

from tests.unit.application.splits.world import BELL, A, entered, minutely
from tradewind.application.repair_bars import AT_ONCE
from tradewind.domain.splits import SplitState
from tradewind.domain.timeframe import MINUTE


def test_a_fetch_that_fills_the_first_bar_after_a_split_says_so_as_a_repair_does() -> None:
    world = minutely(2)
    world.judge(SplitState.CONFIRMED)

    world.fetch_minute(BELL + 3 * MINUTE)

    assert entered(world) == [(1, {A: 4.0})]


def test_no_bar_enters_before_the_first_one_after_a_split() -> None:
    world = minutely(6)
    world.judge(SplitState.CONFIRMED)

    world.fetch_minute(BELL + 7 * MINUTE)
    assert entered(world) == []

    world.repair_minutes(BELL + 8 * MINUTE)
    world.fetch_minute(BELL + 8 * MINUTE)

    assert entered(world) == [(1, {A: 4.0}), *((n, {}) for n in range(2, 9))]


def test_the_first_bar_after_a_split_is_repaired_first_however_many_wait() -> None:
    world = minutely(3 * AT_ONCE + 20)
    world.judge(SplitState.CONFIRMED)

    world.repair_minutes(BELL + 4 * AT_ONCE * MINUTE)

    minutes = entered(world)
    assert (len(minutes), minutes[0]) == (3 * AT_ONCE, (1, {A: 4.0}))


def test_while_the_first_bar_after_a_split_does_not_come_no_later_one_is_repaired() -> None:
    world = minutely(6)
    world.judge(SplitState.CONFIRMED)
    told = world.source.says[A]
    world.source.says = {A: [one for one in told if one.ts_open != BELL]}  # type: ignore[union-attr]

    world.repair_minutes(BELL + 8 * MINUTE)
    assert entered(world) == []

    world.source.says = {A: told}
    for minute in (9, 12):
        world.repair_minutes(BELL + minute * MINUTE)
    assert entered(world) == [(1, {A: 4.0}), *((n, {}) for n in range(2, 7))]
