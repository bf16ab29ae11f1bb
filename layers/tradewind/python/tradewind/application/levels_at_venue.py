"""What a bar means at a venue: a reached target is sold, a stop that rises is moved there, what waited here is sent.

The venue holds the stop alone, for a target would hold the same coins; so targets are watched here, on closed bars, and
so is every order that waits for a price and that the venue cannot hold.
"""

from dataclasses import dataclass, replace

from tradewind.application.apply_bars import PAPER, account_of
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.ports import Reported
from tradewind.domain.bar import Bar
from tradewind.domain.identifiers import intent_id
from tradewind.domain.ledger import Book, SubPosition
from tradewind.domain.messages import BarMessage, Levels
from tradewind.domain.order import NOTHING, Leg, Order, OrderStatus, Side
from tradewind.domain.timeframe import MINUTE
from tradewind.execution import transactions
from tradewind.execution.held_here import is_due
from tradewind.execution.paper import BarOutcome, move_levels

_VALID = 5 * MINUTE
"""How long a sale at a target may wait to be sent."""


@dataclass(frozen=True, slots=True)
class LevelsAtVenue:
    """Do what a bar asks of a venue; a copy of it changes nothing."""

    executor: ExecuteOrder

    def __call__(self, message: BarMessage) -> None:
        """Look at every position.

        Raises
        ------
        TransientError
            If the venue did not say what became of a stop.
        """
        if self.executor.configuration.account(message.account).venue == PAPER:
            return
        book = self.executor.ledger.view(message.account, message.instrument, None).book
        if message.ts < book.last_bar:  # sent again after a later one: what it reached and wanted is past
            return
        for position in book.positions:
            target = book.bracket(position.parent, Leg.TARGET)
            if target and _highest(message.bar, target.created) >= float(target.price):
                self._leave(message, position, target)
        if message.levels:
            self._move(message)
        for order in book.orders:
            if is_due(order) or _was_sent(order, message):
                self._release(message, order)

    def _leave(self, message: BarMessage, position: SubPosition, target: Order) -> None:
        sale = _sale(message, position, target)
        view = self.executor.ledger.view(message.account, message.instrument, sale.id)
        if view.order or view.book.working(position.strategy, Leg.EXIT):
            return
        account = account_of(view.account, self.executor.configuration.account(message.account))
        self.executor.place(account, view.book, sale)

    def _release(self, message: BarMessage, order: Order) -> None:
        """Send an order that waited here, if nothing has become of it; of one that was sent, ask what has."""
        view = self.executor.ledger.view(message.account, message.instrument, order.id)
        if view.order and is_due(view.order):
            self.executor.release(view, view.order)
        elif view.order and _was_sent(view.order, message):
            self.executor.settle(view, view.order)

    def _move(self, message: BarMessage) -> None:
        """Move stops at the venue, then stops and targets here, all at once; what is refused stays where it was."""
        view = self.executor.ledger.view(message.account, message.instrument, None)
        granted = [self._granted(view.book, levels) for levels in message.levels]
        outcome = move_levels(BarOutcome(view.book, (), ()), granted)
        if outcome.orders:
            account = account_of(view.account, self.executor.configuration.account(message.account))
            self.executor.ledger.commit(transactions.apply_outcome(account, view.book, outcome, ts=message.ts))

    def _granted(self, book: Book, levels: Levels) -> Levels:
        """Ask the venue for a stop's rise; return levels without it where there is none, or it is refused."""
        stop = book.bracket(levels.parent, Leg.STOP)
        if stop is None or not stop.price < levels.stop < book.mark:
            return replace(levels, stop=NOTHING)
        answer = self.executor.venue_of(stop).replace(stop, stop.quantity, levels.stop)
        refused = not isinstance(answer, Reported) or not answer.status.is_working or answer.reason
        return replace(levels, stop=NOTHING) if refused else levels


def _highest(bar: Bar, since: int) -> float:
    """Return how high a bar is sure to have come after a moment, UTC ms: of one that was under way, only its close."""
    if since >= bar.ts_close:
        return 0.0
    return bar.close if since > bar.ts_open else bar.high


def _was_sent(order: Order, message: BarMessage) -> bool:
    """Tell whether an order was sent for this very bar, and whoever did so was stopped before it was on record."""
    return order.status is OrderStatus.SUBMITTED and order.created == message.ts and order.leg.at_market


def _sale(message: BarMessage, position: SubPosition, target: Order) -> Order:
    return Order(
        # Every bar that reaches it sells anew what is still held; a copy of one finds its sale.
        id=intent_id(target.id, "reached", message.ts),
        account=message.account,
        instrument=message.instrument,
        strategy=position.strategy,
        leg=Leg.EXIT,
        side=Side.SELL,
        quantity=position.quantity,
        parent=position.parent,
        created=message.ts,
        valid_until=message.ts + _VALID,
        reason=Leg.TARGET,
        trace=message.trace,
    )
