"""A desk with what it is given: books, bars and the puppet that says what the tests want it to say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tests.builders import (
    ACME,
    BOLT,
    CORE,
    FREE,
    bar,
    book,
    configuration,
    day,
    exit_order,
    held,
    order_id,
    share,
)
from tests.puppet import at_work
from tradewind.application.desk import AtWork, Desk, DeskResult
from tradewind.application.ports import AccountSnapshot
from tradewind.application.shard_state import ShardState
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import AccountRules
from tradewind.domain.decision import Action, Decision
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Account, Book, Control
from tradewind.domain.messages import BarMessage, IntentMessage
from tradewind.domain.order import Leg, Order, OrderIntent
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import Timeframe

NAMES = (ACME, BOLT, CORE)
NORMAL = Control()
NOW = 5
"""The day whose bar is decided on; every strategy is warm by then."""


def quiet(strength: float = 0.0, price: float = 100.0) -> Bar:
    """Return a bar that touches no bracket and shows the puppet a strength."""
    return bar(NOW, price, price * 1.01, price * 0.99, price, round(strength * 1000))


def told(order: float) -> Bar:
    return bar(NOW, 100, 101, 99, 100, order)


@dataclass
class Scene:
    """One desk at day `NOW`, and whatever a test changes about it."""

    bars: Mapping[InstrumentId, Bar]
    missing: Mapping[InstrumentId, str] = field(default_factory=dict)
    books: Sequence[Book] = ()
    rules: AccountRules = FREE
    account: Account | None = None
    control: Control = NORMAL
    pending: Iterable[InstrumentId] = ()
    at_work: Sequence[AtWork] = (at_work(),)
    seen: int = NOW - 1
    trade_from: int = 0

    def decide(self) -> DeskResult:
        made = configuration([share(name) for name in NAMES], self.rules, trade_from=self.trade_from)
        state = ShardState({one.key: one.strategy for one in self.at_work})
        for number in range(NOW - self.seen, NOW):
            state.advance(Slice("daily", Timeframe.D1, day(number), {name: before(number) for name in NAMES}))
        previous = dict(state.last_bar)
        slice_ = Slice("daily", Timeframe.D1, day(NOW), self.bars, self.missing)
        state.advance(slice_)
        snapshot = AccountSnapshot(self.account, self.control, {one.instrument: one for one in self.books})
        return Desk(
            made, made.shards[0], self.rules, self.at_work, slice_, state, previous, snapshot, frozenset(self.pending)
        ).decide()


def before(number: int) -> Bar:
    return bar(number, 100, 101, 99, 100, 0)


def at(name: InstrumentId, *orders: object, **changes: object) -> Book:
    """Return a book that has seen the bar before `NOW`."""
    return book(**{"instrument": name, "last_bar": day(NOW - 1), **changes})  # type: ignore[arg-type]


def holding(name: InstrumentId = ACME, **changes: object) -> Book:
    return at(name, positions=(held(),), version=3, **changes)


def intents(result: DeskResult) -> list[OrderIntent]:
    return [message.intent for message in result.owed if isinstance(message, IntentMessage)]


def bar_messages(result: DeskResult) -> list[BarMessage]:
    return [message for message in result.owed if isinstance(message, BarMessage)]


def only(result: DeskResult) -> Decision:
    (decision,) = result.decisions
    return decision


def row(decision: Decision) -> tuple[Action, str]:
    return decision.action, decision.reason


def stop_order() -> Order:
    return exit_order(leg=Leg.STOP, price=Decimal("95.00"), id=order_id(Leg.STOP))
