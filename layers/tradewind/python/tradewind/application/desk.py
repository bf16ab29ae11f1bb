"""One account's desk at one bar: foresee its fills, ask its strategies, rank what they want, allot what is free.

Pure. What the bar uses (fills, losses) counts at once; what it frees (slots, cash, exposure) is allotted from the next
bar on, so that no answer depends on which instrument's message is executed first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from math import isfinite

from tradewind.application.allotment import Allotment, Wish, prudent
from tradewind.application.apply_bars import PAPER, account_of
from tradewind.application.entry_size import in_order
from tradewind.application.ports import AccountSnapshot
from tradewind.application.shard_state import ShardState
from tradewind.application.wording import AT_REST, AtWork, Wording, trace_of
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import AccountRules, Configuration, Shard
from tradewind.domain.decision import Action, Decision
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Book, Closed, SubPosition
from tradewind.domain.messages import BarMessage, IntentMessage, Levels, Message
from tradewind.domain.order import NOTHING, Leg, OrderIntent, OrderStatus
from tradewind.domain.signal import FLAT, PositionView, Signal
from tradewind.domain.slice import Slice
from tradewind.execution.paper import BarOutcome, apply_bar, move_levels
from tradewind.execution.transactions import closed_by, day_of
from tradewind.execution.venue_fills import seen
from tradewind.risk.protections import Pause, Recent, pause
from tradewind.strategies.base import GateKind, StopPolicy

__all__ = ["AT_REST", "AtWork", "Desk", "DeskResult", "explain_only", "held_back", "trace_of"]


@dataclass(frozen=True, slots=True)
class DeskResult:
    """What an account decided at a bar and what it owes the queue, bars before intents."""

    decisions: tuple[Decision, ...]
    owed: tuple[Message, ...]


@dataclass(slots=True)
class Desk:
    """One account, one slice.

    Attributes
    ----------
    state : ShardState
        Already brought to the slice's bar.
    previous : mapping
        `ts_close` of each instrument's bar before this one.
    pending : frozenset of InstrumentId
        Instruments with an intent that the ledger does not show yet.
    """

    configuration: Configuration
    shard: Shard
    rules: AccountRules
    at_work: Sequence[AtWork]
    slice_: Slice
    state: ShardState
    previous: Mapping[InstrumentId, int]
    snapshot: AccountSnapshot
    pending: frozenset[InstrumentId]
    _words: Wording = field(init=False)
    _books: dict[InstrumentId, Book] = field(default_factory=dict)
    _blocked: dict[InstrumentId, str] = field(default_factory=dict)
    _outcomes: dict[InstrumentId, BarOutcome] = field(default_factory=dict)
    _levels: dict[InstrumentId, list[Levels]] = field(default_factory=dict)
    _losses: Decimal = NOTHING
    _closed: tuple[Closed, ...] = ()

    def __post_init__(self) -> None:
        self._words = Wording(self.configuration, self.rules, self.slice_)

    def decide(self) -> DeskResult:
        """Return every decision and every owed message, a pure function of the fields."""
        bars = [self._foresee(name) for name in self._concerned()]
        asked = [self._ask(one, name) for one in self.at_work for name in self.shard.instruments]
        settled = [answer for answer in asked if isinstance(answer, tuple)]
        # Moved levels make a new version of a book, and that is the one which an entry of another strategy meets.
        bars = [self._with_levels(message) for message in bars]
        wishes = [
            replace(answer, book=self._book(answer.book.instrument)) for answer in asked if isinstance(answer, Wish)
        ]
        settled.extend(self._allotment().allot(wishes))
        intents = [IntentMessage(intent) for _, intent in settled if intent]
        return DeskResult(tuple(decision for decision, _ in settled), (*bars, *intents))

    # ── what the bar does to what is held ────────────────────────────────────────────────────────────────────────

    def _concerned(self) -> list[InstrumentId]:
        active = {name for name, book in self.snapshot.books.items() if book.is_active} | self.pending
        return [name for name in self.shard.instruments if name in active and name in self.slice_.bars]

    def _foresee(self, name: InstrumentId) -> BarMessage:
        bar, frame, rev = self.slice_.bars[name], self.slice_.timeframe, self.slice_.rev
        book = self._book(name)
        unseen = BarMessage(
            self.rules.name, name, frame, rev, bar, AT_REST, "", trace_of(self.slice_), self.previous.get(name, 0)
        )
        blocked = self._unforeseeable(book)
        if blocked:
            self._blocked[name] = blocked
        if not blocked and self.rules.venue != PAPER:
            self._pass_by(book, bar)
        if blocked or self.rules.venue != PAPER:
            return unseen
        outcome = apply_bar(book, bar, self.configuration.instrument(name), self.rules)
        self._books[name], self._outcomes[name] = outcome.book, outcome
        self._losses += outcome.losses
        if self.rules.remembers:
            self._closed += closed_by(book, outcome, account_of(self.snapshot.account, self.rules).book_equity)
        return replace(unseen, assumed_version=book.version, foreseen=outcome.digest())

    def _pass_by(self, book: Book, bar: Bar) -> None:
        """Foresee the version of a book at a venue: a bar moves what waits in it here, and entries meet that."""
        after = seen(book, bar, self.configuration.instrument(book.instrument)).book
        self._books[book.instrument] = replace(book, version=after.version)
        self._outcomes[book.instrument] = BarOutcome(after, (), ())  # levels are moved after it, by themselves

    def _unforeseeable(self, book: Book) -> str:
        if book.instrument in self.pending:
            return "PENDING_INTENT"
        return "PENDING_BAR" if book.last_bar < self.previous.get(book.instrument, 0) else ""

    def _book(self, name: InstrumentId) -> Book:
        return self._books.get(name) or self.snapshot.books.get(name) or Book(self.rules.name, name)

    # ── what the strategies say ──────────────────────────────────────────────────────────────────────────────────

    def _ask(self, one: AtWork, name: InstrumentId) -> tuple[Decision, OrderIntent | None] | Wish | None:
        unfit = self._unfit(one, name)
        if unfit is not None or name not in self.slice_.bars:
            return (unfit, None) if unfit else None
        book = self._book(name)
        try:
            signal = _signal(one, self.state, name, book.view(one.rules.name))
        except Exception as error:  # noqa: BLE001 - a user's rule may raise anything; it stops no other instrument
            return self._words.decision(one, name, Action.FAIL, _fault(error)), None
        position = book.position(one.rules.name)
        if position:
            return self._held(one, book, position, signal)
        return self._flat(one, book, signal)

    def _unfit(self, one: AtWork, name: InstrumentId) -> Decision | None:
        """Return a refusal where nothing may be decided; an instrument without bars yet is not listed: no row."""
        if name in self.slice_.missing:
            return self._words.decision(one, name, Action.REFUSE, f"NO_BAR: {self.slice_.missing[name]}")
        if name in self.state.faults:
            return self._words.decision(one, name, Action.FAIL, self.state.faults[name])
        if name not in self.slice_.bars:
            return None
        seen, needed = one.strategy.bars_seen(self.state.arrays[one.key, name]), one.strategy.warmup
        if seen < needed:
            return self._words.decision(one, name, Action.HOLD, "WARMING_UP", value=seen, limit=needed)
        if self.slice_.ts_close <= self.configuration.trade_from:
            return self._words.decision(one, name, Action.HOLD, "BEFORE_START")
        return None

    def _held(
        self, one: AtWork, book: Book, position: SubPosition, signal: Signal
    ) -> tuple[Decision, OrderIntent | None] | Wish:
        name = book.instrument
        if not signal.exit_reason:
            self._move(one, position, name, signal)
            if position.entries < one.strategy.entries and not held_back(one, signal):
                return self._flat(one, book, signal)
            return self._words.decision(one, name, Action.HOLD, "IN_POSITION", signal), None
        if book.working(one.rules.name, Leg.EXIT):
            return self._words.decision(one, name, Action.HOLD, "EXIT_WORKING", signal), None
        reason = one.strategy.exit_reasons[signal.exit_reason - 1]
        intent = self._words.exit(one, book, reason)
        return self._words.decision(one, name, Action.EXIT, reason, signal, intent=intent.id), intent

    def _move(self, one: AtWork, position: SubPosition, name: InstrumentId, signal: Signal) -> None:
        """Note where the rule wants the levels of what it holds; of a book that was not foreseen nothing is known."""
        if one.strategy.stop_policy is StopPolicy.FIXED or name not in self._outcomes:
            return
        stop, target = self._words.levels(name, signal)
        self._levels.setdefault(name, []).append(Levels(position.parent, stop, target))

    def _with_levels(self, message: BarMessage) -> BarMessage:
        """Put into a bar's message the levels that it changes, and foresee what they make of the book."""
        name, effective = message.instrument, list[Levels]()
        if name not in self._levels:
            return message
        after = self._outcomes[name].book
        for levels in self._levels[name]:
            moved = move_levels(self._outcomes[name], (*effective, levels)).book
            if moved != after:
                effective.append(levels)
                after = moved
        self._books[name] = replace(self._book(name), version=after.version, orders=after.orders)
        return replace(message, levels=tuple(effective)) if effective else message

    def _flat(self, one: AtWork, book: Book, signal: Signal) -> tuple[Decision, None] | Wish:
        name = book.instrument
        held = held_back(one, signal)
        if held:
            reason, value, limit = held
            return self._words.decision(one, name, Action.HOLD, reason, signal, value=value, limit=limit), None
        blocked = self._blocked.get(name) or _block(book, one.rules.name)
        if blocked:
            return self._words.decision(one, name, Action.REFUSE, blocked, signal), None
        paused = None if book.position(one.rules.name) else self._pause(one, name)
        if paused:
            now, until = float(self.slice_.ts_close), float(paused.until)
            return self._words.decision(one, name, Action.DENY, str(paused), signal, value=now, limit=until), None
        return Wish(one, book, signal)

    def _pause(self, one: AtWork, name: InstrumentId) -> Pause | None:
        if not one.rules.protections.are_on:
            return None
        known = account_of(self.snapshot.account, self.rules).closed
        mine = [closed for closed in (*known, *self._closed) if closed.strategy == one.rules.name]
        return pause(one.rules.protections, Recent(mine, self.slice_.ts_close, self.slice_.timeframe.ms), name)

    # ── what is free ─────────────────────────────────────────────────────────────────────────────────────────────

    def _allotment(self) -> Allotment:
        stored = account_of(self.snapshot.account, self.rules)
        account = prudent(stored, self._losses, day_of(self.slice_.ts_close))
        # What this bar closed stands at cost plus its losses; everything else at its last mark.
        books = {**self.snapshot.books, **self._books}
        gain = sum((book.value - book.exposure for book in books.values()), NOTHING)
        looked_back = any(one.rules.gates.sizing.looks_back for one in self.at_work)
        known = in_order((*stored.closed, *self._closed), self.configuration) if looked_back else ()
        return Allotment(self._words, self.snapshot.control, account, account.book_equity + gain, known)


def explain_only(one: AtWork, state: ShardState, slice_: Slice, account: str, name: InstrumentId) -> Decision:
    """Return the decision on a bar that was corrected late: what the rule says now, and no intent."""
    if one.strategy.bars_seen(state.arrays[one.key, name]) < one.strategy.warmup:
        return Decision(account, one.rules.name, name, Action.HOLD, "WARMING_UP")
    try:
        signal = _signal(one, state, name, FLAT)
    except Exception as error:  # noqa: BLE001 - as in `Desk`
        return Decision(account, one.rules.name, name, Action.FAIL, _fault(error))
    reason = f"LATE: corrected by revision {slice_.rev}"
    return Decision(account, one.rules.name, name, Action.REFUSE, reason, signal.strength, gates=signal.gates)


def _signal(one: AtWork, state: ShardState, name: InstrumentId, position: PositionView) -> Signal:
    """Ask the rule, and refuse an answer that nothing may be decided on.

    Raises
    ------
    ValueError
        If a number is none, or out of its range.
    """
    signal = one.strategy.signal(state.arrays[one.key, name], position)
    if not -1.0 <= signal.strength <= 1.0:
        raise ValueError(f"strength {signal.strength} is outside -1 to 1")
    if not (isfinite(signal.stop) and isfinite(signal.target)):
        raise ValueError(f"stop {signal.stop} or target {signal.target} is no price")
    if not 0 <= signal.exit_reason <= len(one.strategy.exit_reasons):
        raise ValueError(f"exit reason {signal.exit_reason} is none of {len(one.strategy.exit_reasons)}")
    if len(signal.gates) != len(one.strategy.gates):
        raise ValueError(f"{len(signal.gates)} gates were read of {len(one.strategy.gates)} declared")
    return signal


def held_back(one: AtWork, signal: Signal) -> tuple[str, float, float] | None:
    """Return the first gate that an entry does not pass: the strategy's own, then the account's."""
    confirmations = 0
    for gate, reading in zip(one.strategy.gates, signal.gates, strict=True):
        if gate.kind is GateKind.CONFIRMING:
            confirmations += reading.passed
        elif gate.kind is GateKind.REQUIRED and not reading.passed:
            return gate.name.upper(), reading.value, reading.threshold
    gates = one.rules.gates
    if confirmations < gates.confirmations:
        return "CONFIRMATIONS", confirmations, gates.confirmations
    if signal.strength < gates.minimum_strength:
        return "SIGNAL_STRENGTH", signal.strength, gates.minimum_strength
    return None


def _block(book: Book, strategy: str) -> str:
    if book.halted:
        return f"INSTRUMENT_HALTED: {book.halted}"
    if any(order.status in {OrderStatus.UNKNOWN, OrderStatus.SUBMITTED} for order in book.orders):
        return "UNKNOWN_ORDER"
    return "ENTRY_WORKING" if book.working(strategy, Leg.ENTRY) else ""


def _fault(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
