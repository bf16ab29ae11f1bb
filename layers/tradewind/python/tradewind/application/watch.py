"""The watch: what lags is poked, what is unclear is asked about, what is wrong is told once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tradewind.application.apply_bars import PAPER
from tradewind.application.dead_letters import ORDER_LETTERS, WatchLetters
from tradewind.application.market_health import MarketHealth
from tradewind.application.ports import (
    AccountSnapshot,
    Board,
    Clock,
    HealthBoard,
    Journal,
    Ledger,
    Notices,
    OrderQueue,
    Pause,
    Poker,
    Progress,
    QueueDepths,
)
from tradewind.application.ports_market import SliceStore
from tradewind.application.publish_events import SYSTEM
from tradewind.application.retry import until_won
from tradewind.domain.configuration import Configuration
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.ledger import Book
from tradewind.domain.messages import ResolveMessage
from tradewind.domain.moments import iso
from tradewind.domain.order import Leg, OrderStatus
from tradewind.domain.timeframe import MINUTE
from tradewind.execution.held_here import is_due

ANNOUNCED_WITHIN = MINUTE
"""What waits longer to be announced is a failure; what was booked a moment ago is not."""

RESOLVE_AFTER = 2 * MINUTE
"""How long an order may stay SUBMITTED before the venue is asked about it."""

_NOTICES = 20
"""Most notices in one entry of the journal; the next visit takes the rest."""


@dataclass(frozen=True, slots=True)
class WatchReport:
    """What the watch saw: failing checks by name, and what it set in motion.

    Attributes
    ----------
    stale, overdue : int
        How many instruments lack a bar that was due, and by how many milliseconds the worst of them is late.
    """

    failing: Mapping[str, str]
    poked: tuple[str, ...]
    resolving: int
    stale: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class Watch:
    """Look at every shard, queue and unclear order once."""

    configuration: Configuration
    slices: SliceStore
    market: MarketHealth
    progress: Progress
    poker: Poker
    ledger: Ledger
    queue: OrderQueue
    depths: QueueDepths
    journal: Journal
    board: HealthBoard
    notices: Notices
    clock: Clock
    pause: Pause
    letters: WatchLetters

    def __call__(self) -> WatchReport:
        """Run every check; a change of a check's state is journaled once."""
        now = self.clock.now(0)
        latest = {shard.name: self.slices.latest(shard.name) for shard in self.configuration.shards}
        lagging = dict(self._lagging(latest))
        for shard in lagging:
            self.poker.poke(shard)
        failing = {f"shard {name}": text for name, text in lagging.items()}
        fresh = self.market.freshness(now)
        failing |= self.market.failing(latest, fresh)
        waiting = {name: (text, since) for name, text, since in self._unannounced()}
        # Of its own journal the watch need not tell: the telling would wait there too.
        depths, snapshots = self.depths.depths(), self._snapshots()
        failing |= dict(_dead_letters(depths)) | {
            f"alerts {name}": text
            for name, (text, since) in waiting.items()
            if name != SYSTEM and now - since > ANNOUNCED_WITHIN
        }
        resolving = [self._resolve(message) for message in self._unclear(now, snapshots)]
        until_won(self.pause, lambda: self._tell(failing, now))
        until_won(self.pause, lambda: self._journal_notices(now))
        if waiting:
            until_won(self.pause, lambda: self._append(now, ()))  # says nothing and wakes who announces
        self.letters(depths.get(ORDER_LETTERS, 0), [one.control for one in snapshots.values()])
        stale, worst = sum(len(one.overdue) for one in fresh), max((one.worst for one in fresh), default=0)
        return WatchReport(failing, tuple(lagging), len(resolving), stale, worst)

    def _lagging(self, latest: Mapping[str, int]) -> Iterator[tuple[str, str]]:
        for shard, ts in latest.items():
            watermark = self.progress.load(shard).watermark
            if ts > watermark:
                yield shard, f"evaluated up to {iso(watermark)}, slices reach {iso(ts)}"

    def _unannounced(self) -> Iterator[tuple[str, str, int]]:
        """Yield journals with something to announce, what, and since when, UTC ms."""
        for name in (*(account.name for account in self.configuration.accounts), SYSTEM):
            published, (head, _) = self.journal.published(name), self.journal.head(name)
            if head > published:
                first = next(iter(self.journal.unpublished(name, 1)), None)
                text = f"announced up to entry {published}, the journal has {head}"
                yield name, text, first.ts if first else 0

    def _snapshots(self) -> dict[str, AccountSnapshot]:
        return {one.name: self.ledger.snapshot(one.name, (), ()) for one in self.configuration.accounts}

    def _unclear(self, now: int, snapshots: Mapping[str, AccountSnapshot]) -> Iterator[ResolveMessage]:
        for account in self.configuration.accounts:
            for book in snapshots[account.name].books.values():
                yield from _unclear_orders(book, now, elsewhere=account.venue != PAPER)

    def _resolve(self, message: ResolveMessage) -> ResolveMessage:
        self.queue.send([message])
        return message

    def _tell(self, failing: Mapping[str, str], now: int) -> None:
        board = self.board.get()
        events = tuple(_changes(board.failing, failing))
        if not events:
            return
        seq, head = self.journal.head(SYSTEM)
        self.board.set(Board(failing, board.version + 1), JournalEntry(SYSTEM, seq + 1, now, events, head))

    def _journal_notices(self, now: int) -> None:
        """Take over what others want to be told: at least once, for it is forgotten only when it is in the journal."""
        waiting = self.notices.pending(_NOTICES)
        if not waiting:
            return
        self._append(now, tuple(notice.event for notice in waiting))
        for notice in waiting:
            self.notices.settle(notice)

    def _append(self, now: int, events: tuple[Event, ...]) -> None:
        seq, head = self.journal.head(SYSTEM)
        self.journal.append(JournalEntry(SYSTEM, seq + 1, now, events, head))


def _dead_letters(depths: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    for name, depth in depths.items():
        if depth:
            yield f"dead letters {name}", f"{depth} messages wait in {name}; see the runbook on dead letters"


def _unclear_orders(book: Book, now: int, *, elsewhere: bool) -> Iterator[ResolveMessage]:
    """Yield what is to be asked about: unclear orders, and whatever rests at a venue, which fills without a word.

    What waits here no venue knows; of that, only what is to be sent and was not.
    """
    for order in book.orders:
        forgotten = order.status is OrderStatus.SUBMITTED and now - order.created > RESOLVE_AFTER
        there = order.leg is not Leg.TARGET and (not order.held_here or is_due(order))
        rests = elsewhere and there and order.status is not OrderStatus.SUBMITTED
        if order.status is OrderStatus.UNKNOWN or forgotten or rests:
            yield ResolveMessage(order.account, order.instrument, order.id, now, order.trace)


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Event]:
    for name in sorted(after.keys() - before.keys()):
        yield Event("HEALTH_FAILING", Severity.CRITICAL, f"{name}: {after[name]}", "", {"check": name})
    for name in sorted(before.keys() - after.keys()):
        yield Event("HEALTH_RECOVERED", Severity.INFO, f"{name} is well again", "", {"check": name})
