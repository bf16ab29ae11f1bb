"""What would become of an order now: the executor itself, over a ledger that keeps nothing, at the paper venue.

So a preview and the order that follows it cannot disagree about rules, only about what happens in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tradewind.application.apply_bars import PAPER, ApplyBars, History
from tradewind.application.at_once import LatestBook
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.ports import AccountSnapshot, Clock, ExecutionVenue, Ledger, LedgerView
from tradewind.domain.changeset import Changeset
from tradewind.domain.configuration import Configuration
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Account, Book
from tradewind.domain.order import Order, OrderIntent, OrderStatus


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """How it would end.

    Attributes
    ----------
    fills : tuple of Fill
        Those of the order itself.
    account : Account
        As it would be after it.
    """

    order: Order
    fills: tuple[Fill, ...]
    account: Account

    @property
    def allowed(self) -> bool:
        """Whether it would be let in."""
        return self.order.status not in {OrderStatus.DENIED, OrderStatus.EXPIRED, OrderStatus.REJECTED}


@dataclass(frozen=True, slots=True)
class _Stage(Ledger):
    """The real ledger to look at; what would be written stays here."""

    real: Ledger
    written: list[Changeset] = field(default_factory=list)

    def view(self, account: str, instrument: InstrumentId, order_id: IntentId | None) -> LedgerView:
        """Return what is there."""
        return self.real.view(account, instrument, order_id)

    def snapshot(
        self, account: str, instruments: Sequence[InstrumentId], intents: Sequence[IntentId]
    ) -> AccountSnapshot:
        """Return what is there."""
        return self.real.snapshot(account, instruments, intents)

    def booked(self, account: str, trade_ids: Sequence[str]) -> frozenset[str]:
        """Return what is there."""
        return self.real.booked(account, trade_ids)

    def flowed(self, account: str, flow_ids: Sequence[str]) -> frozenset[str]:
        """Return what is there."""
        return self.real.flowed(account, flow_ids)

    def commit(self, changeset: Changeset) -> None:
        """Keep it here."""
        self.written.append(changeset)

    def mark(self, book: Book) -> None:
        """Change nothing."""


@dataclass(frozen=True, slots=True)
class Rehearse:
    """Ask the executor what it would do; change nothing.

    Attributes
    ----------
    paper : ExecutionVenue
        The venue that takes every order and trades nothing; it stands in for the account's own.
    """

    configuration: Configuration
    ledger: Ledger
    history: History
    clock: Clock
    latest_book: LatestBook
    paper: ExecutionVenue

    def __call__(self, intent: OrderIntent) -> Rehearsed:
        """Return what would become of an intent that is sent now."""
        stage = _Stage(self.ledger)
        bars = ApplyBars(self.configuration, stage, self.history)
        venues = {PAPER: self.paper, intent.account: self.paper}
        executor = ExecuteOrder(self.configuration, stage, venues, bars, self.clock, self.latest_book)
        executor(intent)
        orders = [order for one in stage.written for order in one.orders if order.id == intent.id]
        fills = tuple(fill for one in stage.written for fill in one.fills if fill.order_id == intent.id)
        return Rehearsed(orders[-1], fills, stage.written[-1].account)
