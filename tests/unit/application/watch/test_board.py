"""What fails is told once, what is well again is told once, and each change stands in the journal."""

from collections.abc import Sequence

from tests.builders import day
from tests.fakes.evaluator_stores import FakeQueueDepths
from tests.fakes.world import FakeClock
from tests.unit.application.watch.world import World
from tradewind.application.ports import Notice, ShardProgress
from tradewind.application.publish_events import SYSTEM
from tradewind.application.watch import WatchReport
from tradewind.domain.events import Event, Severity


def test_where_all_is_well_nothing_is_said() -> None:
    world = World()

    assert world.watch() == WatchReport({}, (), 0)
    assert SYSTEM not in world.items.journals
    assert (world.poker.poked, world.queue.sent) == ([], [])


def test_what_is_well_again_is_told_once() -> None:
    world = World()
    world.progress.items["daily"] = ShardProgress("daily", day(9))
    world.watch()
    world.progress.items["daily"] = ShardProgress("daily", day(10))

    world.watch()
    world.watch()

    assert world.kinds() == ["HEALTH_FAILING", "HEALTH_RECOVERED"]
    assert world.told()[1][1:] == (Severity.INFO, "shard daily is well again")


def test_several_changes_are_told_in_one_entry_chained_to_the_last() -> None:
    world = World(FakeClock(day(20)), depths=FakeQueueDepths({"orders-dlq": 2}))
    world.watch()
    world.journal.mark_published(SYSTEM, 1)
    world.depths.waiting.clear()
    world.watch()

    first, second = world.items.journals[SYSTEM]
    assert [event.data for event in first.events] == [
        {"check": "dead letters orders-dlq"}, {"check": "freshness daily"}
    ]  # fmt: skip
    assert second.previous_hash == first.hash
    assert world.items.board.failing.keys() == {"freshness daily"}


def test_a_lost_race_for_the_board_is_run_again() -> None:
    world = World(FakeClock(day(20)), losses=2)

    world.watch()

    assert (world.pause.waits, world.kinds()) == ([1, 2], ["HEALTH_FAILING"])


def test_one_failing_check_hides_no_other() -> None:
    world = World(FakeClock(day(20)), depths=FakeQueueDepths({"orders-dlq": 1}))
    world.progress.items["daily"] = ShardProgress("daily", day(9))

    names: Sequence[str] = sorted(world.watch().failing)

    assert names == ["dead letters orders-dlq", "freshness daily", "shard daily"]


def test_notices_are_journaled_in_one_entry_and_forgotten() -> None:
    world = World()
    for name in ("b", "a"):
        world.notices.post(Notice(name, Event("BAR_CHANGED", Severity.CRITICAL, name)))

    world.watch()
    world.watch()

    assert world.told() == [("BAR_CHANGED", Severity.CRITICAL, "a"), ("BAR_CHANGED", Severity.CRITICAL, "b")]
    assert [len(entry.events) for entry in world.items.journals[SYSTEM] if entry.events] == [2]
    assert world.notices.waiting == {}
