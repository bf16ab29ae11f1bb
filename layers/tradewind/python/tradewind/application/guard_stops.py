"""The stop watchdog: independent of whoever places stops, it proves that every position has its own, or acts.

Seen once, a missing or wrong-sized stop is repaired; seen again on the next run, the position is left at the market,
unless a last repair helps. A stop whose position is gone is taken back until its venue says so. It asks for all that
through the order queue, for only the executor writes. What was opened elsewhere, or by a person, is never sold: that is
told, and up to them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tradewind.application.apply_bars import PAPER
from tradewind.application.by_hand import Wanted, exit_intent, shard_of
from tradewind.application.ports import Board, Clock, HealthBoard, Journal, Ledger, OrderQueue, Pause
from tradewind.application.ports_venue import ExecutionVenue, VenueOrder
from tradewind.application.publish_events import SYSTEM
from tradewind.application.retry import until_won
from tradewind.application.stop_faults import Fault, fault_of, leaving
from tradewind.domain.calendar import Calendar, CalendarName
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.configuration import AccountRules, Configuration
from tradewind.domain.errors import BadInputError, PermanentError, TransientError
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Book, SubPosition
from tradewind.domain.messages import IntentMessage, Message
from tradewind.domain.order import BY_GUARD, BY_HAND, BY_WEBHOOK, ELSEWHERE
from tradewind.domain.timeframe import MINUTE

_AGAIN = 5 * MINUTE
"""An order that did not help is asked for anew after so long."""


@dataclass(frozen=True, slots=True)
class Unguarded:
    """A position whose stop could not be proven, or a stop (`position` is None) whose position is gone."""

    book: Book
    parent: IntentId
    position: SubPosition | None
    fault: Fault
    text: str

    @property
    def name(self) -> str:
        """What it is called on the board: the same for as long as the position lives."""
        return _name(self.book, self.parent)

    @property
    def is_ours(self) -> bool:
        """Whether a strategy opened it, so that it may be left."""
        return self.position is not None and self.position.strategy not in {BY_HAND, BY_WEBHOOK, ELSEWHERE}


@dataclass(slots=True)
class _Run:
    """What one run finds, of what it cannot look at what the one before found."""

    before: Mapping[str, str]
    plans: list[tuple[Unguarded, tuple[str, list[Message]]]] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    positions: int = 0

    def miss(self, books: Sequence[Book], what: str, error: Exception) -> None:
        names = [_name(book, one.parent) for book in books for one in book.positions]
        names += [_name(book, one.parent) for book in books for one in book.left_over]
        self.kept |= {name: self.before[name] for name in names if name in self.before}
        self.missed.append(f"{what}: {error}")


@dataclass(frozen=True, slots=True)
class GuardReport:
    """What one run found: positions looked at, and those whose stop was repaired, taken back, left, or only told of."""

    positions: int
    repaired: tuple[str, ...]
    left: tuple[str, ...]
    told: tuple[str, ...]
    taken_back: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GuardStops:
    """Look at every position of every account once.

    Attributes
    ----------
    board : HealthBoard
        What the last run found: that is how this one knows what it sees for the second time.
    venues : mapping
        By account, where the venue keeps orders of its own.
    """

    configuration: Configuration
    ledger: Ledger
    queue: OrderQueue
    board: HealthBoard
    journal: Journal
    clock: Clock
    pause: Pause
    venues: Mapping[str, ExecutionVenue]

    def __call__(self) -> GuardReport:
        """Prove every stop; repair what is found for the first time, leave what is found again.

        Raises
        ------
        TransientError
            If some could not be looked at. All others have been seen to then, and what was found of these last stands.
        """
        now, run = self.clock.now(0), _Run(self.board.get().failing)
        for account in self.configuration.accounts:
            self._look(account, run, now)
        messages = [message for _, (_, asked) in run.plans for message in asked]
        if messages:
            self.queue.send(messages)
        failing = run.kept | {one.name: f"{what}: {one.text}" for one, (what, _) in run.plans}
        until_won(self.pause, lambda: self._tell(failing, now))
        if run.missed:
            raise TransientError(f"stops could not be looked at: {'; '.join(run.missed)}")
        named = {what: tuple(one.name for one, (kind, _) in run.plans if kind == what) for what in _WHATS}
        return GuardReport(run.positions, *(named[what] for what in _WHATS))

    def _look(self, account: AccountRules, run: "_Run", now: int) -> None:
        """Look at an account: neither a venue's outage nor one wrong book keeps another stop from being proven."""
        books = self._books(account.name)
        try:
            there = self._at_venue(account) if books else None
        except (TransientError, PermanentError) as error:
            run.miss(books, account.name, error)
            return
        for book in books:
            run.positions += len(book.positions)
            try:
                run.plans += [(one, self._plan(one, run.before, now)) for one in self._unguarded(book, there, now)]
            except PermanentError as error:
                run.miss([book], f"{account.name} {book.instrument}", error)

    def _books(self, account: str) -> list[Book]:
        books = self.ledger.snapshot(account, (), ()).books.values()
        return [book for book in books if book.positions or book.left_over]

    def _unguarded(self, book: Book, there: Mapping[str, VenueOrder] | None, now: int) -> Iterator[Unguarded]:
        for position in book.positions:
            rules = self.configuration.instrument(book.instrument)
            fault = fault_of(book, position, rules, there, leaving(book, position, now))
            if fault:
                yield Unguarded(book, position.parent, position, *fault)
        for stop in book.left_over:
            text = f"a stop over {stop.left:f} {book.instrument} in {book.account} works, and its position is gone"
            yield Unguarded(book, stop.parent, None, Fault.LEFT_OVER, text)

    def _at_venue(self, account: AccountRules) -> Mapping[str, VenueOrder] | None:
        """Return the venue's working orders by client id; None where the ledger itself is the venue."""
        if account.venue == PAPER or account.name not in self.venues:
            return None
        return {one.client_id: one for one in self.venues[account.name].open_orders()}

    def _plan(self, one: Unguarded, before: Mapping[str, str], now: int) -> tuple[str, list[Message]]:
        if one.fault is Fault.ELSEWHERE:
            return _TOLD, []
        if one.fault is Fault.DUST and one.position:
            return _SETTING_APART, [self._leave(one, one.position, now)]
        if one.position is None:
            return _TAKING_BACK, [_repair(one, now)]
        again = before.get(one.name, "").partition(":")[0] in {_REPAIRING, _LEAVING, _PASSED}
        if one.fault is Fault.PASSED:  # no repair would help
            return (_LEAVING, [self._leave(one, one.position, now)]) if again and one.is_ours else (_PASSED, [])
        if again and one.is_ours:
            # In this order, and one after the other: where the stop can be placed after all, the sale is denied.
            return _LEAVING, [_repair(one, now), self._leave(one, one.position, now)]
        return _REPAIRING, [_repair(one, now)]

    def _leave(self, one: Unguarded, held: SubPosition, now: int) -> Message:
        """Ask for a sale of the whole position, once in a while if it does not help."""
        key = f"guard/{one.parent}/{now // _AGAIN}"
        price = one.book.price_of(held)
        wanted = Wanted(
            held.quantity, price, str(one.fault), key, now, source=BY_GUARD, strategy=held.strategy, whole=True
        )
        return IntentMessage(exit_intent(self.configuration, one.book, wanted))

    def _tell(self, failing: Mapping[str, str], now: int) -> None:
        board = self.board.get()
        events = tuple(_changes(board.failing, failing, self._closed(now)))
        if dict(board.failing) == dict(failing):
            return
        seq, head = self.journal.head(SYSTEM)
        self.board.set(Board(failing, board.version + 1), JournalEntry(SYSTEM, seq + 1, now, events, head))

    def _closed(self, now: int) -> Callable[[str], bool]:
        """Return what tells whether an instrument's venue is closed, so that a stop waits for the open there."""

        def closed(name: str) -> bool:
            _, account, instrument, _ = name.split(" ")
            try:
                shard = shard_of(self.configuration, account, InstrumentId(instrument))
            except BadInputError:  # it gets no bars any more, so nobody knows its hours
                return False
            return self.configuration.clock != "replay" and not Calendar(CalendarName(shard.calendar)).is_open(now)

        return closed


def _name(book: Book, parent: IntentId) -> str:
    return f"stop {book.account} {book.instrument} {parent}"


_REPAIRING, _LEAVING, _TOLD, _TAKING_BACK = "repairing", "leaving", "told", "taking back"
_SETTING_APART, _PASSED = "setting apart", "passed"
_WHATS = (_REPAIRING, _LEAVING, _TOLD, _TAKING_BACK)
_SAID = {
    _REPAIRING: ("STOP_UNPROVEN", "it is being repaired"),
    _LEAVING: ("POSITION_LEFT", "the position is being sold"),
    _TOLD: ("POSITION_ELSEWHERE", "nothing is done"),
    _TAKING_BACK: ("STOP_LEFT_OVER", "it is being taken back"),
    _SETTING_APART: ("POSITION_IS_DUST", "it is set apart"),
    _PASSED: ("STOP_PASSED", "what a strategy opened is sold a minute later, what a person did is theirs to sell"),
}


def _repair(one: Unguarded, now: int) -> CommandMessage:
    book, parent = one.book, one.parent
    # The version in the key: a repair that did nothing is asked for again once anything has moved.
    key = f"guard/{parent}/{book.version}"
    return CommandMessage(
        Command.PROTECT, book.account, book.instrument, now, one.text, "guard_stops", key, book.version, parent
    )


def _changes(before: Mapping[str, str], after: Mapping[str, str], closed: Callable[[str], bool]) -> Iterator[Event]:
    for name in sorted(after):
        what, _, text = after[name].partition(": ")
        if before.get(name, "").partition(":")[0] == what:
            continue
        kind, does = _SAID[what]
        wait = "; the venue is closed: it waits for the open" if closed(name) else ""
        severity = Severity.INFO if what == _SETTING_APART else Severity.CRITICAL
        yield Event(kind, severity, f"{text}; {does}{wait}", name.split(" ")[2], {"position": name})
    for name in sorted(before.keys() - after.keys()):
        text = f"{name} is proven again, or gone with its position"
        yield Event("STOP_PROVEN", Severity.INFO, text, name.split(" ")[2], {"position": name})
