"""One account's desk at one bar: foresee its fills, ask its strategies, rank what they want, allot what is free.

Pure. What the bar uses (fills, losses) counts at once; what it frees (slots, cash, exposure) is allotted from the next
bar on, so that no answer depends on which instrument's message is executed first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from tradewind.application.apply_bars import PAPER, account_of
from tradewind.application.execute_order import reservation, worst_price
from tradewind.application.ports import AccountSnapshot
from tradewind.application.shard_state import ShardState
from tradewind.domain.configuration import AccountRules, Configuration, Shard, StrategyRules
from tradewind.domain.decision import Action, Decision
from tradewind.domain.identifiers import IntentId, intent_id
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.ledger import Account, Book, Stake
from tradewind.domain.messages import BarMessage, IntentMessage, Message
from tradewind.domain.order import NOTHING, Leg, OrderIntent, OrderStatus, Side
from tradewind.domain.signal import FLAT, GateReading, PositionView, Signal
from tradewind.domain.slice import Slice
from tradewind.execution.paper import BarOutcome, apply_bar
from tradewind.execution.transactions import day_of
from tradewind.risk.limits import check
from tradewind.risk.request import RiskRequest
from tradewind.risk.sizing import size_lots
from tradewind.strategies.base import GateKind, Strategy

_BILLIONTH = Decimal("1e-9")

AT_REST = -1
"""The version that an intent assumes of a book without position or working order."""


@dataclass(frozen=True, slots=True)
class AtWork:
    """A strategy at work for an account."""

    key: str
    rules: StrategyRules
    strategy: Strategy


@dataclass(frozen=True, slots=True)
class DeskResult:
    """What an account decided at a bar and what it owes the queue, bars before intents."""

    decisions: tuple[Decision, ...]
    owed: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class _Wish:
    """An entry that a strategy asked for."""

    at_work: AtWork
    instrument: InstrumentId
    signal: Signal


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
    _books: dict[InstrumentId, Book] = field(default_factory=dict)
    _blocked: dict[InstrumentId, str] = field(default_factory=dict)
    _losses: Decimal = NOTHING

    def decide(self) -> DeskResult:
        """Return every decision and every owed message, a pure function of the fields."""
        bars = [self._foresee(name) for name in self._concerned()]
        decisions: list[Decision] = []
        intents: list[IntentMessage] = []
        wishes: list[_Wish] = []
        for one in self.at_work:
            for instrument in self.shard.instruments:
                outcome = self._ask(one, instrument)
                if isinstance(outcome, _Wish):
                    wishes.append(outcome)
                elif outcome is not None:
                    decision, exit_intent = outcome
                    decisions.append(decision)
                    intents.extend([IntentMessage(exit_intent)] if exit_intent else [])
        for decision, entry in self._allot(wishes):
            decisions.append(decision)
            intents.extend([IntentMessage(entry)] if entry else [])
        return DeskResult(tuple(decisions), (*bars, *intents))

    # ── what the bar does to what is held ────────────────────────────────────────────────────────────────────────

    def _concerned(self) -> list[InstrumentId]:
        active = {name for name, book in self.snapshot.books.items() if book.is_active} | self.pending
        return [name for name in self.shard.instruments if name in active and name in self.slice_.bars]

    def _foresee(self, name: InstrumentId) -> BarMessage:
        bar = self.slice_.bars[name]
        book = self.snapshot.books.get(name, Book(self.rules.name, name))
        self._books[name] = book
        trace = trace_of(self.slice_)
        frame = self.slice_.timeframe
        unseen = BarMessage(self.rules.name, name, frame, self.slice_.rev, bar, AT_REST, "", trace)
        if name in self.pending:
            self._blocked[name] = "PENDING_INTENT"
            return unseen
        if book.last_bar < self.previous.get(name, 0):
            self._blocked[name] = "PENDING_BAR"
            return unseen
        if self.rules.venue != PAPER:
            return unseen
        outcome = apply_bar(book, bar, self.configuration.instrument(name), self.rules)
        self._take(name, outcome)
        return replace(unseen, assumed_version=book.version, foreseen=outcome.digest())

    def _take(self, name: InstrumentId, outcome: BarOutcome) -> None:
        self._books[name] = outcome.book
        self._losses += outcome.losses

    # ── what the strategies say ──────────────────────────────────────────────────────────────────────────────────

    def _ask(self, one: AtWork, name: InstrumentId) -> tuple[Decision, OrderIntent | None] | _Wish | None:
        unfit = self._unfit(one, name)
        if unfit is not None or name not in self.slice_.bars:
            return (unfit, None) if unfit else None
        book = self._book(name)
        try:
            signal = one.strategy.signal(self.state.arrays[one.key, name], self._view(book, one))
        except Exception as error:  # noqa: BLE001 - a user's rule may raise anything; it stops no other instrument
            return self._decision(one, name, Action.FAIL, f"{type(error).__name__}: {error}"), None
        if book.position(one.rules.name):
            return self._held(one, book, signal)
        return self._flat(one, book, signal)

    def _unfit(self, one: AtWork, name: InstrumentId) -> Decision | None:
        """Return a refusal where nothing may be decided; an instrument without bars yet is not listed: no row."""
        if name in self.slice_.missing:
            return self._decision(one, name, Action.REFUSE, f"NO_BAR: {self.slice_.missing[name]}")
        if name in self.state.faults:
            return self._decision(one, name, Action.FAIL, self.state.faults[name])
        if name not in self.slice_.bars:
            return None
        seen, needed = one.strategy.bars_seen(self.state.arrays[one.key, name]), one.strategy.warmup
        if seen < needed:
            return self._decision(one, name, Action.HOLD, "WARMING_UP", value=seen, limit=needed)
        if self.slice_.ts_close <= self.configuration.trade_from:
            return self._decision(one, name, Action.HOLD, "BEFORE_START")
        return None

    def _view(self, book: Book, one: AtWork) -> PositionView:
        return book.view(one.rules.name)

    def _held(self, one: AtWork, book: Book, signal: Signal) -> tuple[Decision, OrderIntent | None]:
        name = book.instrument
        if not signal.exit_reason:
            return self._decision(one, name, Action.HOLD, "IN_POSITION", signal), None
        reason = one.strategy.exit_reasons[signal.exit_reason - 1]
        if book.working(one.rules.name, Leg.EXIT):
            return self._decision(one, name, Action.HOLD, "EXIT_WORKING", signal), None
        position = book.position(one.rules.name)
        quantity = position.quantity if position else NOTHING
        intent = self._intent(one, name, Leg.EXIT, quantity, reason, (NOTHING, NOTHING))
        return self._decision(one, name, Action.EXIT, reason, signal, intent=intent.id), intent

    def _flat(self, one: AtWork, book: Book, signal: Signal) -> tuple[Decision, None] | _Wish:
        name = book.instrument
        held = self._held_back(one, signal)
        if held:
            reason, value, limit = held
            return self._decision(one, name, Action.HOLD, reason, signal, value=value, limit=limit), None
        blocked = self._blocked.get(name) or _block(book, one.rules.name)
        if blocked:
            return self._decision(one, name, Action.REFUSE, blocked, signal), None
        return _Wish(one, name, signal)

    def _held_back(self, one: AtWork, signal: Signal) -> tuple[str, float, float] | None:
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

    # ── who gets what is free ────────────────────────────────────────────────────────────────────────────────────

    def _allot(self, wishes: list[_Wish]) -> Iterator[tuple[Decision, OrderIntent | None]]:
        account = self._prudent_account()
        equity = self._equity(account)
        for wish in sorted(wishes, key=lambda one: (-one.signal.strength, one.instrument, one.at_work.key)):
            decision, intent, account = self._grant(wish, account, equity)
            yield decision, intent

    def _grant(self, wish: _Wish, account: Account, equity: Decimal) -> tuple[Decision, OrderIntent | None, Account]:
        one, name, signal = wish.at_work, wish.instrument, wish.signal
        instrument = self.configuration.instrument(name)
        close = instrument.price(instrument.ticks(self.slice_.bars[name].close))
        worst = worst_price(close, self.rules.limits.collar_bps, instrument.tick)
        quantity = self._size(signal, instrument, account, equity, close, worst)
        if quantity * close < max(instrument.minimum_notional, instrument.lot * close):
            reason = "SIZE_TOO_SMALL: the risk allows less than one lot"
            return self._decision(one, name, Action.DENY, reason, signal), None, account
        reserved = reservation(quantity, worst, self.rules.fee_bps)
        day = day_of(self.slice_.ts_close)
        request = RiskRequest(account, self.snapshot.control, self.rules.limits, name, reserved, day)
        denial = check(request)
        if denial:
            value, limit = float(denial.value), float(denial.limit)
            return self._decision(one, name, Action.DENY, denial.code, signal, value=value, limit=limit), None, account
        levels = (_level(instrument, signal.stop), _level(instrument, signal.target))
        intent = self._intent(one, name, Leg.ENTRY, quantity, "ENTRY", levels)
        return (
            self._decision(one, name, Action.ENTER, "ENTRY", signal, intent=intent.id),
            intent,
            _reserve(account, name, reserved),
        )

    def _size(
        self,
        signal: Signal,
        instrument: Instrument,
        account: Account,
        equity: Decimal,
        close: Decimal,
        worst: Decimal,
    ) -> Decimal:
        """Size by stop distance, within the instrument's limit at the worst price and with the fee on it."""
        limits = self.rules.limits
        whole = reservation(Decimal(1), worst, self.rules.fee_bps)
        # A billionth is left free, so that rounding a float can never cost an entry its own limit.
        room = limits.instrument_exposure * account.book_equity * close / whole * (1 - _BILLIONTH)
        lots = size_lots(
            float(equity), float(limits.risk_per_trade), float(close), signal.stop, float(instrument.lot), float(room)
        )
        return instrument.quantity(lots)

    def _prudent_account(self) -> Account:
        """Return the account with this bar's losses and none of its gains."""
        account, day = account_of(self.snapshot.account, self.rules), day_of(self.slice_.ts_close)
        today = account.realised_on(day) + self._losses
        return replace(account, realised=account.realised + self._losses, realised_today=today, day=day)

    def _equity(self, account: Account) -> Decimal:
        """Return cash and everything held at its last mark; what this bar closed stands at cost plus its losses."""
        gain = sum((book.value - book.exposure for book in self._marked().values()), NOTHING)
        return account.book_equity + gain

    def _marked(self) -> dict[InstrumentId, Book]:
        return {**self.snapshot.books, **self._books}

    # ── words ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _book(self, name: InstrumentId) -> Book:
        return self._books.get(name) or self.snapshot.books.get(name) or Book(self.rules.name, name)

    def _decision(
        self,
        one: AtWork,
        name: InstrumentId,
        action: Action,
        reason: str,
        signal: Signal | None = None,
        *,
        value: float = float("nan"),
        limit: float = float("nan"),
        intent: IntentId | None = None,
    ) -> Decision:
        gates: tuple[GateReading, ...] = signal.gates if signal else ()
        strength = signal.strength if signal else 0.0
        return Decision(
            self.rules.name, one.rules.name, name, action, reason, strength, float(value), float(limit), intent, gates
        )

    def _intent(
        self,
        one: AtWork,
        name: InstrumentId,
        leg: Leg,
        quantity: Decimal,
        reason: str,
        levels: tuple[Decimal, Decimal],
    ) -> OrderIntent:
        ts, frame = self.slice_.ts_close, self.slice_.timeframe
        version, account = one.strategy.version, self.rules.name
        book, instrument = self._book(name), self.configuration.instrument(name)
        identifier = intent_id(account, "strategy", one.rules.name, version, frame, name, ts, leg, leg, 0)
        close = instrument.price(instrument.ticks(self.slice_.bars[name].close))
        return OrderIntent(
            id=identifier,
            account=account,
            source="strategy",
            strategy=one.rules.name,
            strategy_version=version,
            timeframe=frame,
            instrument=name,
            ts=ts,
            leg=leg,
            side=Side.BUY if leg is Leg.ENTRY else Side.SELL,
            quantity=quantity,
            reference_price=close,
            stop=levels[0],
            target=levels[1],
            valid_until=ts + frame.ms,
            assumed_version=book.version if book.is_active else AT_REST,
            reason=reason,
            trace=trace_of(self.slice_),
        )


def trace_of(slice_: Slice) -> str:
    """Return the correlation id that a bar's decisions, orders and alerts share."""
    return f"{slice_.shard}@{slice_.ts_close}.{slice_.rev}"


def explain_only(one: AtWork, state: ShardState, slice_: Slice, account: str, name: InstrumentId) -> Decision:
    """Return the decision on a bar that was corrected late: what the rule says now, and no intent."""
    if one.strategy.bars_seen(state.arrays[one.key, name]) < one.strategy.warmup:
        return Decision(account, one.rules.name, name, Action.HOLD, "WARMING_UP")
    try:
        signal = one.strategy.signal(state.arrays[one.key, name], FLAT)
    except Exception as error:  # noqa: BLE001 - as in `Desk`
        return Decision(account, one.rules.name, name, Action.FAIL, f"{type(error).__name__}: {error}")
    reason = f"LATE: corrected by revision {slice_.rev}"
    return Decision(account, one.rules.name, name, Action.REFUSE, reason, signal.strength, gates=signal.gates)


def _block(book: Book, strategy: str) -> str:
    if book.halted:
        return f"INSTRUMENT_HALTED: {book.halted}"
    if any(order.status in {OrderStatus.UNKNOWN, OrderStatus.SUBMITTED} for order in book.orders):
        return "UNKNOWN_ORDER"
    return "ENTRY_WORKING" if book.working(strategy, Leg.ENTRY) else ""


def _reserve(account: Account, name: InstrumentId, reserved: Decimal) -> Account:
    stake = account.stakes.get(name, Stake(account.seq, NOTHING, NOTHING))
    return replace(account, stakes={**account.stakes, name: replace(stake, reserved=stake.reserved + reserved)})


def _level(instrument: Instrument, price: float) -> Decimal:
    return instrument.price(instrument.ticks(price)) if price > 0 else NOTHING
