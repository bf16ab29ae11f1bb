from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from tests.builders import ACME, BOLT, PAPER, SHARE, book, configuration, day, entry, flat_bar, share
from tests.fakes.evaluator_stores import FakeOrderQueue, FakePoker, FakeProgress, FakeQueueDepths, FakeSlices
from tests.fakes.ledger import FakeControls, FakeHealthBoard, FakeJournal, FakeLedger, LedgerItems
from tests.fakes.letters import FakeDeadLetters
from tests.fakes.market_stores import FakeSeriesStore
from tests.fakes.providers import FakeBreakers
from tests.fakes.world import FakeClock, FakeNotices, FakePause
from tradewind.application import market_health
from tradewind.application.dead_letters import LetterBlocks, WatchLetters
from tradewind.application.market_health import COMPACTION_GRACE, GRACE, MarketHealth
from tradewind.application.ports import Board, Notice, ShardProgress
from tradewind.application.publish_events import SYSTEM
from tradewind.application.switch import SwitchTrading
from tradewind.application.watch import RESOLVE_AFTER, Watch, WatchReport
from tradewind.domain.breaker import Breaker
from tradewind.domain.configuration import Configuration
from tradewind.domain.errors import ConflictError
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.ledger import START
from tradewind.domain.messages import ResolveMessage, to_json
from tradewind.domain.order import OrderStatus
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe


@dataclass
class Contested(FakeHealthBoard):
    losses: int = 0

    def set(self, board: Board, entry: JournalEntry) -> None:
        if self.losses:
            self.losses -= 1
            raise ConflictError("somebody was faster")
        super().set(board, entry)


@dataclass
class World:
    """A shard whose latest slice closed at day 10, evaluated, at noon of day 11."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(day(10) + DAY // 2))
    slices: FakeSlices = field(default_factory=FakeSlices)
    series: FakeSeriesStore = field(default_factory=lambda: FakeSeriesStore(watermarks={"daily": day(10)}))
    progress: FakeProgress = field(default_factory=FakeProgress)
    poker: FakePoker = field(default_factory=FakePoker)
    queue: FakeOrderQueue = field(default_factory=FakeOrderQueue)
    depths: FakeQueueDepths = field(default_factory=FakeQueueDepths)
    breakers: FakeBreakers = field(default_factory=FakeBreakers)
    notices: FakeNotices = field(default_factory=FakeNotices)
    pause: FakePause = field(default_factory=FakePause)
    items: LedgerItems = field(default_factory=LedgerItems)
    letters: FakeDeadLetters = field(default_factory=FakeDeadLetters)
    archived: tuple[int, int] = (day(99), day(99))
    losses: int = 0
    kind: str = "system"
    made: Configuration = field(default_factory=configuration)

    def __post_init__(self) -> None:
        self.slices.put(Slice("daily", Timeframe.D1, day(10), {ACME: flat_bar(10, 5)}))
        self.progress.items["daily"] = ShardProgress("daily", day(10))
        self.journal = FakeJournal(self.items)
        made = replace(self.made, clock=self.kind)
        self.controls = FakeControls(self.items)
        switch = SwitchTrading(self.controls, self.journal, self.pause)
        self.watch = Watch(
            made,
            self.slices,
            MarketHealth(made, self.slices, self.series, self.breakers, lambda _: self.archived),
            self.progress,
            self.poker,
            FakeLedger(self.items),
            self.queue,
            self.depths,
            self.journal,
            Contested(self.items, losses=self.losses),
            self.notices,
            self.clock,
            self.pause,
            WatchLetters(self.letters, LetterBlocks(made, switch, self.clock, "watch")),
        )

    def told(self) -> list[tuple[str, Severity, str]]:
        entries = self.items.journals.get(SYSTEM, [])
        return [(event.kind, event.severity, event.text) for entry in entries for event in entry.events]

    def kinds(self) -> list[str]:
        return [kind for kind, _, _ in self.told()]


def test_where_all_is_well_nothing_is_said() -> None:
    world = World()

    assert world.watch() == WatchReport({}, (), 0)
    assert SYSTEM not in world.items.journals
    assert (world.poker.poked, world.queue.sent) == ([], [])


# ── lagging ──────────────────────────────────────────────────────────────────────────────────────────────────────


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


def test_what_is_well_again_is_told_once() -> None:
    world = World()
    world.progress.items["daily"] = ShardProgress("daily", day(9))
    world.watch()
    world.progress.items["daily"] = ShardProgress("daily", day(10))

    world.watch()
    world.watch()

    assert world.kinds() == ["HEALTH_FAILING", "HEALTH_RECOVERED"]
    assert world.told()[1][1:] == (Severity.INFO, "shard daily is well again")


# ── freshness ────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── providers and notices ────────────────────────────────────────────────────────────────────────────────────────


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


def test_notices_are_journaled_in_one_entry_and_forgotten() -> None:
    world = World()
    for name in ("b", "a"):
        world.notices.post(Notice(name, Event("BAR_CHANGED", Severity.CRITICAL, name)))

    world.watch()
    world.watch()

    assert world.told() == [("BAR_CHANGED", Severity.CRITICAL, "a"), ("BAR_CHANGED", Severity.CRITICAL, "b")]
    assert [len(entry.events) for entry in world.items.journals[SYSTEM] if entry.events] == [2]
    assert world.notices.waiting == {}


def test_recorded_time_makes_nothing_stale() -> None:
    world = World(FakeClock(day(99)), kind="replay")

    assert world.watch().failing == {}


# ── compaction ───────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── archive ──────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── queues and journals ──────────────────────────────────────────────────────────────────────────────────────────


def test_dead_letters_are_told_with_their_number() -> None:
    world = World(depths=FakeQueueDepths({"orders-dlq": 2, "alerts-dlq": 0}))

    assert world.watch().failing == {
        "dead letters orders-dlq": "2 messages wait in orders-dlq; see the runbook on dead letters"
    }


def test_a_dead_letter_of_the_order_queue_blocks_its_instrument_until_it_is_gone() -> None:
    world = World(depths=FakeQueueDepths({"orders-dlq": 1}))
    letter = world.letters.put(to_json(ResolveMessage(PAPER, ACME, entry().id, day(2), "")))

    world.watch()
    assert list(world.controls.get(PAPER).parts) == [f"dead-letter:{ACME}"]

    world.letters.remove(letter)
    world.depths.waiting.clear()
    world.watch()
    assert world.controls.get(PAPER).parts == {}


def test_letters_of_other_queues_concern_no_instrument() -> None:
    world = World(depths=FakeQueueDepths({"alerts-dlq": 2}))

    world.watch()

    assert world.letters.looks == 0


def test_alerts_that_were_not_announced_are_told() -> None:
    world = World()
    world.journal.append(JournalEntry(PAPER, 1, 5, (Event("ORDER_FILLED", Severity.INFO, "x"),), START))

    assert world.watch().failing == {"alerts paper": "announced up to entry 0, the journal has 1"}
    world.journal.mark_published(PAPER, 1)
    assert world.watch().failing == {}


def test_what_was_booked_a_moment_ago_is_no_failure() -> None:
    world = World()
    just_now = world.clock.now(0) - MINUTE // 2
    world.journal.append(JournalEntry(PAPER, 1, just_now, (Event("ORDER_FILLED", Severity.INFO, "x"),), START))

    assert world.watch().failing == {}


@pytest.mark.parametrize("journal", [PAPER, SYSTEM])
def test_who_announces_is_woken_at_every_visit_until_all_is_announced(journal: str) -> None:
    world = World()
    world.journal.append(JournalEntry(journal, 1, 5, (Event("ORDER_FILLED", Severity.INFO, "x"),), START))
    world.watch()
    told = world.told()

    seq, _ = world.journal.head(SYSTEM)
    world.watch()
    woken = world.items.journals[SYSTEM][seq:]
    for name in (PAPER, SYSTEM):
        world.journal.mark_published(name, 99)
    world.watch()
    world.watch()

    assert [entry.events for entry in woken] == [()]
    assert world.told()[: len(told)] == told
    assert world.items.journals[SYSTEM][-1].seq <= woken[-1].seq + 1  # at most that it is well again


# ── unclear orders ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "age", "asked"),
    [
        (OrderStatus.UNKNOWN, 0, True),
        (OrderStatus.SUBMITTED, RESOLVE_AFTER, False),
        (OrderStatus.SUBMITTED, RESOLVE_AFTER + 1, True),
        (OrderStatus.ACCEPTED, 10 * DAY, False),
    ],
)
def test_the_venue_is_asked_about_unclear_and_forgotten_orders(status: OrderStatus, age: int, asked: bool) -> None:
    world = World()
    order = entry(status=status, created=world.clock.time - age)
    world.items.books[PAPER, ACME] = book(order)

    report = world.watch()

    expected = [ResolveMessage(PAPER, ACME, order.id, world.clock.time, order.trace)] if asked else []
    assert (world.queue.sent, report.resolving) == (expected, int(asked))


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
