"""Bugs planted on purpose: a simulation that does not catch them proves nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any, cast

from tests.simulation.mutants_beside import AlertBeforeLedger, StopsUnguarded, WatermarkBeforeAlert
from tests.simulation.product import Product
from tests.simulation.world import SimulatedLedger
from tradewind.application.apply_bars import ApplyBars, History, account_of
from tradewind.application.at_venue import AtVenue
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.ports import (
    Absent,
    Decisions,
    ExecutionVenue,
    Ledger,
    LedgerView,
    Reported,
    Unclear,
    VenueAnswer,
)
from tradewind.application.reconcile import Reconcile, Reconciled
from tradewind.domain.changeset import Changeset
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.errors import ConflictError
from tradewind.domain.ledger import Account, Book
from tradewind.domain.messages import BarMessage
from tradewind.domain.order import NOTHING, Order, OrderIntent, OrderStatus
from tradewind.execution import transactions
from tradewind.execution.venue_fills import Told

# ── the venue hears of an order before the ledger does ───────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _SendsFirst(ExecuteOrder):
    def _submit(self, account: Account, book: Book, order: Order, control_version: int = -1) -> None:
        order = order.becomes(OrderStatus.SUBMITTED)
        answer = self.venue_of(order).submit(order)
        changeset = transactions.submit(account, book, order, order.created)
        self.ledger.commit(changeset)
        assert changeset.book
        self._settle(changeset.account, changeset.book, order, answer)


class SendBeforeSave(Product):
    def execute_order(self, ledger: Ledger, apply_bars: ApplyBars) -> ExecuteOrder:
        return _like(super().execute_order(ledger, apply_bars), _SendsFirst)


# ── what was owed is forgotten when a slice is evaluated a second time ───────────────────────────────────────────


class _ForgetsBars:
    def __init__(self, inner: Decisions) -> None:
        self._inner = inner
        self.get, self.evaluated = inner.get, inner.evaluated

    def put(self, record: DecisionRecord) -> DecisionRecord:
        stored = self._inner.put(record)
        if stored is record:
            return stored
        return replace(stored, owed=tuple(one for one in stored.owed if not isinstance(one, BarMessage)))


class _ForgetsAll(_ForgetsBars):
    def put(self, record: DecisionRecord) -> DecisionRecord:
        stored = self._inner.put(record)
        return stored if stored is record else replace(stored, owed=())


class BarOwedButNotResent(Product):
    def decisions(self) -> Decisions:
        return _ForgetsBars(super().decisions())


class NothingResent(Product):
    def decisions(self) -> Decisions:
        return _ForgetsAll(super().decisions())


# ── limits that are looked at and not held on to ─────────────────────────────────────────────────────────────────


@dataclass
class _Unconditional(SimulatedLedger):
    def _check_account(self, account: Account) -> None:
        entries = self.items.journals.get(account.name, [])
        del entries[account.seq - 1 :]


class AccountWithoutCondition(Product):
    def ledger(self) -> Ledger:
        return self.world.port("Ledger", _Unconditional(self.world.items, self.world.ledger.watchers))


@dataclass(frozen=True, slots=True)
class _ChecksOnce(ExecuteOrder):
    def _submit(self, account: Account, book: Book, order: Order, control_version: int = -1) -> None:
        """Rebase what lost a race on the new account, without asking the limits again."""
        sent = order.becomes(OrderStatus.SUBMITTED)
        changeset = transactions.submit(account, book, sent, sent.created)
        while True:
            try:
                self.ledger.commit(changeset)
                break
            except ConflictError:
                view = self.ledger.view(order.account, order.instrument, order.id)
                if view.order or view.book.version != book.version:
                    raise
                account = account_of(view.account, self.configuration.account(order.account))
                changeset = transactions.submit(account, view.book, sent, sent.created)
        assert changeset.book
        self._settle(changeset.account, changeset.book, sent, self.venue_of(sent).submit(sent))


class NonAtomicLimit(Product):
    def execute_order(self, ledger: Ledger, apply_bars: ApplyBars) -> ExecuteOrder:
        return _like(super().execute_order(ledger, apply_bars), _ChecksOnce)


@dataclass
class _WithoutControl(SimulatedLedger):
    def commit(self, changeset: Changeset) -> None:
        risky, changeset = changeset.adds_risk, replace(changeset, adds_risk=False)
        super(SimulatedLedger, self).commit(changeset)
        for watcher in self.watchers:
            watcher(replace(changeset, adds_risk=risky))


class KillSwitchBesideTheTransaction(Product):
    def ledger(self) -> Ledger:
        return self.world.port("Ledger", _WithoutControl(self.world.items, self.world.ledger.watchers))


# ── bars and intents that count twice ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _AppliesAgain(ApplyBars):
    def arrived(self, message: BarMessage) -> None:
        view, rules = self.ledger.view(message.account, message.instrument, None), self.configuration.accounts[0]
        account, book = account_of(view.account, rules), view.book
        if book.is_active:
            account, book = self.catch_up(account, book, message.timeframe, message.bar.ts_open)
            self._apply(account, book, message.bar, rules, message)


@dataclass
class _AnyBar(SimulatedLedger):
    def mark(self, book: Book) -> None:
        stored = self.items.book(book.account, book.instrument)
        super().mark(book)
        if book.last_bar <= stored.last_bar and stored.version:
            self.items.books[book.account, book.instrument] = replace(book, last_bar=stored.last_bar)

    def _check(self, changeset: Changeset) -> None:
        super()._check(replace(changeset, book=None))


class NonIdempotentBar(Product):
    def apply_bars(self, ledger: Ledger, history: History) -> ApplyBars:
        return _AppliesAgain(self.configuration, ledger, history)

    def ledger(self) -> Ledger:
        return self.world.port("Ledger", _AnyBar(self.world.items, self.world.ledger.watchers))


@dataclass(frozen=True, slots=True)
class _BelievesInDeduplication(ExecuteOrder):
    def __call__(self, intent: OrderIntent) -> None:
        view = self.ledger.view(intent.account, intent.instrument, None)
        account = account_of(view.account, self.configuration.account(intent.account))
        account, book = self.apply_bars.catch_up(account, view.book, intent.timeframe, intent.ts)
        self._begin(account, book, view.control, intent)


class DeduplicationAsGuarantee(Product):
    def execute_order(self, ledger: Ledger, apply_bars: ApplyBars) -> ExecuteOrder:
        return _like(super().execute_order(ledger, apply_bars), _BelievesInDeduplication)


@dataclass(frozen=True, slots=True)
class _SendsAgain(ExecuteOrder):
    def _continue(self, account: Account, book: Book, view: LedgerView, order: Order) -> None:
        if order.status is OrderStatus.SUBMITTED:
            answer = self.venue_of(order).submit(order)
            assert isinstance(answer, Reported)
            self._settle(account, book, order, answer)


class BlindResend(Product):
    def execute_order(self, ledger: Ledger, apply_bars: ApplyBars) -> ExecuteOrder:
        return _like(super().execute_order(ledger, apply_bars), _SendsAgain)


# ── what a venue did not say ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _HearsNo(ExecuteOrder):
    def _settle(self, account: Account, book: Book, order: Order, answer: VenueAnswer) -> None:
        heard = Reported(OrderStatus.REJECTED, answer.reason) if isinstance(answer, Unclear) else answer
        super(_HearsNo, self)._settle(account, book, order, heard)


class UnclearTakenForRejected(Product):
    def execute_order(self, ledger: Ledger, apply_bars: ApplyBars) -> ExecuteOrder:
        return _like(super().execute_order(ledger, apply_bars), _HearsNo)


class _Through:
    """A venue whose answers pass through, but for what a bug makes of them."""

    def __init__(self, inner: ExecutionVenue) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _OpenOnly(_Through):
    """A market order is over at once: whoever looks only among open orders never finds it."""

    def find(self, order: Order) -> VenueAnswer:
        answer = self._inner.find(order)
        return Absent() if isinstance(answer, Reported) else answer


class ClosedOrdersForgotten(Product):
    def execute_order(self, ledger: Ledger, apply_bars: ApplyBars) -> ExecuteOrder:
        real = super().execute_order(ledger, apply_bars)
        return replace(real, venues={name: cast("ExecutionVenue", _OpenOnly(one)) for name, one in real.venues.items()})


class _TooLate(_Through):
    """Says of what filled while it was changed that it had filled before, and of no order what it is over by now."""

    def find(self, order: Order) -> VenueAnswer:
        answer = self._inner.find(order)
        return replace(answer, quantity=NOTHING) if isinstance(answer, Reported) else answer

    def replace(self, order: Order, quantity: Decimal, price: Decimal) -> VenueAnswer:
        answer = self._inner.replace(order, quantity, price)
        if not isinstance(answer, Reported) or answer.status is not OrderStatus.FILLED:
            return answer
        return replace(answer, reason="NOT_CHANGEABLE: it has filled", quantity=NOTHING)


class ChangesForgotten(Product):
    def execute_order(self, ledger: Ledger, apply_bars: ApplyBars) -> ExecuteOrder:
        real = super().execute_order(ledger, apply_bars)
        return replace(real, venues={name: cast("ExecutionVenue", _TooLate(one)) for name, one in real.venues.items()})


# ── a fill is known by its order ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _OneFillEach(AtVenue):
    def _told(self, order: Order, answer: Reported) -> Told:
        told = super(_OneFillEach, self)._told(order, answer)
        every = frozenset(one.trade_id for one in told.fills)
        return replace(told, booked=every) if told.booked & every else told


@dataclass(frozen=True, slots=True)
class _BooksByOrder(ExecuteOrder):
    def at_venue(self, order: Order) -> AtVenue:
        return _OneFillEach(self.configuration, self.ledger, self.clock, self.venue_of(order))


class FillsBookedByOrder(Product):
    def execute_order(self, ledger: Ledger, apply_bars: ApplyBars) -> ExecuteOrder:
        return _like(super().execute_order(ledger, apply_bars), _BooksByOrder)


# ── nobody holds the ledger beside the exchange ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _BelievesItself(Reconcile):
    def __call__(self, only: str = "") -> tuple[Reconciled, ...]:
        return ()


class NobodyCompares(Product):
    def reconcile(self) -> Reconcile:
        real = super().reconcile()
        return _BelievesItself(**{one.name: getattr(real, one.name) for one in fields(real)})


def _like[T: ExecuteOrder](real: ExecuteOrder, mutant: type[T]) -> T:
    return mutant(real.configuration, real.ledger, real.venues, real.apply_bars, real.clock)


MUTANTS: Mapping[str, type[Product]] = {
    one.__name__: one
    for one in (
        SendBeforeSave,
        BarOwedButNotResent,
        NothingResent,
        AccountWithoutCondition,
        NonAtomicLimit,
        KillSwitchBesideTheTransaction,
        NonIdempotentBar,
        DeduplicationAsGuarantee,
        BlindResend,
        WatermarkBeforeAlert,
        AlertBeforeLedger,
        UnclearTakenForRejected,
        ClosedOrdersForgotten,
        ChangesForgotten,
        FillsBookedByOrder,
        NobodyCompares,
        StopsUnguarded,
    )
}
