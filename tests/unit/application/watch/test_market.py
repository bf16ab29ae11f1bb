"""Shards that lag, bars that are overdue, providers that are left alone, and what is packed late."""

from dataclasses import replace

import pytest

from tests.builders import ACME, BOLT, SHARE, configuration, day, flat_bar, share
from tests.fakes.market_stores import FakeSeriesStore
from tests.fakes.world import FakeClock
from tests.unit.application.watch.world import World
from tradewind.application import market_health
from tradewind.application.market_health import COMPACTION_GRACE, GRACE
from tradewind.application.ports import ShardProgress
from tradewind.domain.breaker import Breaker
from tradewind.domain.configuration import Configuration
from tradewind.domain.events import Severity
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe


def test_a_shard_that_lags_behind_its_slices_is_poked_every_time_and_told_once() -> None:
    world = World()
    world.progress.items["daily"] = ShardProgress("daily", day(9))

    reports = [world.watch(), world.watch()]

    assert [report.poked for report in reports] == [("daily",)] * 2
    assert world.poker.poked == ["daily", "daily"]
    assert world.told() == [
        (
            "HEALTH_FAILING",
            Severity.CRITICAL,
            "shard daily: evaluated up to 1970-01-10, slices reach 1970-01-11",
        )
    ]


@pytest.mark.parametrize(("late", "stale"), [(-1, False), (0, True)])
def test_a_shard_is_stale_once_a_bar_was_due_and_some_grace_has_passed(late: int, stale: bool) -> None:
    world = World(FakeClock(day(11) + GRACE + late))

    assert ("freshness daily" in world.watch().failing) is stale


def test_how_late_a_shard_is_grows_until_it_has_a_bar_again() -> None:
    late = [World(FakeClock(day(now) + GRACE)).watch().overdue for now in (11, 12, 15)]

    assert late == [GRACE, DAY + GRACE, 4 * DAY + GRACE]


@pytest.mark.parametrize(("lacked", "told"), [(1, 0), (2, 1), (3, 2), (4, 2), (5, 4), (7, 4)])
def test_how_late_one_instrument_is_grows_with_what_it_lacks(lacked: int, told: int) -> None:
    world = World(FakeClock(day(20) + GRACE), made=configuration([SHARE, share(BOLT)]))
    for number in range(11, 21):
        bars = {ACME: flat_bar(number, 5)} | ({BOLT: flat_bar(number, 5)} if number <= 20 - lacked else {})
        world.slices.put(Slice("daily", Timeframe.D1, day(number), bars))

    assert world.watch().overdue == told * DAY + GRACE


def test_one_instrument_without_bars_is_named_with_the_reason_and_counted() -> None:
    world = World(made=configuration([SHARE, share(BOLT)]))
    world.slices.put(Slice("daily", Timeframe.D1, day(10), {ACME: flat_bar(10, 5)}, {BOLT: "TIMEOUT"}, rev=2))
    world.slices.waiting.clear()

    report = world.watch()

    assert report.failing["freshness daily"].startswith("no bar since 1970-01-11 was due: BOLT.TEST (TIMEOUT); latest")
    assert (report.stale, report.overdue) == (1, DAY // 2)


def test_a_share_is_not_stale_while_its_market_is_closed() -> None:
    monday = 19_737  # 15 January 2024, Martin Luther King's day; the last bar was Friday's
    made = configuration()
    shares = replace(made, shards=(replace(made.shards[0], calendar="XNYS"),))
    world = World(FakeClock(day(monday) + DAY // 2), made=shares)
    world.slices.put(Slice("daily", Timeframe.D1, day(19_735), {ACME: flat_bar(19_735, 5)}))
    world.progress.items["daily"] = ShardProgress("daily", day(19_735))
    world.series.watermarks["daily"] = day(19_735)

    assert world.watch().failing == {}


def test_recorded_time_makes_nothing_stale() -> None:
    world = World(FakeClock(day(99)), kind="replay")

    assert world.watch().failing == {}


def test_a_provider_that_is_left_alone_is_told_until_it_is_back() -> None:
    world = World(made=live("kraken", "coinbase"))
    world.breakers.put(Breaker("coinbase").failed(5, "RESET"))
    world.breakers.put(world.breakers.get("coinbase").failed(7, "TIMEOUT: no answer"))

    assert world.watch().failing == {"provider coinbase": "left alone since 1970-01-01T00:00:00Z: TIMEOUT: no answer"}
    world.breakers.put(world.breakers.get("coinbase").trial(8))
    assert world.watch().failing != {}
    world.breakers.put(world.breakers.get("coinbase").succeeded())
    assert (world.watch().failing, world.kinds()) == ({}, ["HEALTH_FAILING", "HEALTH_RECOVERED"])


def live(provider: str, *fallbacks: str) -> Configuration:
    made = configuration()
    return replace(made, shards=(replace(made.shards[0], provider=provider, fallbacks=fallbacks),))


@pytest.mark.parametrize(("compacted", "told"), [(day(10) - 1, False), (day(9), True), (0, True)])
def test_compaction_that_lags_for_hours_is_told(compacted: int, told: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market_health, "WARM_UP_BARS", 5)
    world = World()
    world.series.watermarks["daily"] = compacted
    world.slices.put(Slice("daily", Timeframe.D1, day(4), {}))
    world.slices.put(Slice("daily", Timeframe.D1, day(10) + COMPACTION_GRACE - 1, {}))
    world.progress.items["daily"] = ShardProgress("daily", day(10) + COMPACTION_GRACE - 1)

    assert ("compaction daily" in world.watch().failing) is told


@pytest.mark.parametrize(("first", "told"), [(5, True), (6, False)])
def test_what_a_new_shard_was_first_asked_for_is_packed_late_by_nobody(
    first: int, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(market_health, "WARM_UP_BARS", 5)
    world = World(series=FakeSeriesStore())
    for ts in (day(first), day(10) + COMPACTION_GRACE):
        world.slices.put(Slice("daily", Timeframe.D1, ts, {}))
    world.progress.items["daily"] = ShardProgress("daily", day(10) + COMPACTION_GRACE)

    assert ("compaction daily" in world.watch().failing) is told


def test_where_time_is_recorded_nobody_waits_for_compaction() -> None:
    world = World(kind="replay", series=FakeSeriesStore())

    assert world.watch().failing == {}


@pytest.mark.parametrize(
    ("archived", "told"),
    [
        ((day(17), day(17)), False),
        ((day(16), day(17)), True),
        ((day(17), day(16)), True),
        ((0, 0), True),
    ],
)
def test_an_archive_that_has_missed_a_day_is_told(archived: tuple[int, int], told: bool) -> None:
    world = World(archived=archived)
    for number in range(11, 21):
        world.slices.put(Slice("daily", Timeframe.D1, day(number) + MINUTE, {}))
    world.slices.put(Slice("daily", Timeframe.D1, day(20) + 180 * MINUTE, {}))

    assert ("archive daily" in world.watch().failing) is told


def test_of_a_new_shard_nothing_is_expected_in_the_archive() -> None:
    world = World(archived=(0, 0))
    world.slices.items.clear()
    world.slices.put(Slice("daily", Timeframe.D1, day(20), {}))

    assert "archive daily" not in world.watch().failing
