"""What the watch looks at."""

from dataclasses import dataclass, field, replace

from tests.builders import ACME, configuration, day, flat_bar
from tests.fakes.evaluator_stores import FakeOrderQueue, FakePoker, FakeProgress, FakeQueueDepths, FakeSlices
from tests.fakes.ledger import FakeControls, FakeHealthBoard, FakeJournal, FakeLedger, LedgerItems
from tests.fakes.letters import FakeDeadLetters
from tests.fakes.market_stores import FakeSeriesStore
from tests.fakes.providers import FakeBreakers
from tests.fakes.world import FakeClock, FakeNotices, FakePause
from tradewind.application.dead_letters import LetterBlocks, WatchLetters
from tradewind.application.market_health import MarketHealth
from tradewind.application.ports import Board, ShardProgress
from tradewind.application.publish_events import SYSTEM
from tradewind.application.switch import SwitchTrading
from tradewind.application.watch import Watch
from tradewind.domain.configuration import Configuration
from tradewind.domain.errors import ConflictError
from tradewind.domain.events import JournalEntry, Severity
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import DAY, Timeframe


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
