"""What a bar means at a venue: a reached target is sold, a stop that rises is moved there, what waited here is sent.

The venue holds the stop alone, for a target would hold the same coins; so targets are watched here, on closed bars, and
so is every order that waits for a price and that the venue cannot hold.
"""

from dataclasses import dataclass, replace

from tradewind.application.apply_bars import PAPER, account_of
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.ports import Reported
from tradewind.domain.identifiers import intent_id
from tradewind.domain.ledger import Book, SubPosition
from tradewind.domain.messages import BarMessage, Levels
from tradewind.domain.order import Leg, Order, Side
from tradewind.domain.timeframe import MINUTE
from tradewind.execution import transactions
from tradewind.execution.held_here import is_due

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
        for position in book.positions:
            target = book.bracket(position.parent, Leg.TARGET)
            if target and message.bar.high >= float(target.price):
                self._leave(message, position, target)
        for levels in message.levels:
            self._raise(message, levels)
        for order in book.orders:
            if is_due(order):
                self._release(message, order)

    def _leave(self, message: BarMessage, position: SubPosition, target: Order) -> None:
        view = self.executor.ledger.view(message.account, message.instrument, intent_id(target.id, "reached"))
        if view.order or view.book.working(position.strategy, Leg.EXIT):
            return
        account = account_of(view.account, self.executor.configuration.account(message.account))
        self.executor.place(account, view.book, _sale(message, view.book, position, target))

    def _release(self, message: BarMessage, order: Order) -> None:
        """Send an order that waited here, if nothing has become of it meanwhile."""
        view = self.executor.ledger.view(message.account, message.instrument, order.id)
        if view.order and is_due(view.order):
            self.executor.release(view, view.order)

    def _raise(self, message: BarMessage, levels: Levels) -> None:
        """Move a stop up at the venue, then in the ledger; what is refused stays where it was."""
        view = self.executor.ledger.view(message.account, message.instrument, None)
        stop = view.book.bracket(levels.parent, Leg.STOP)
        if stop is None or not stop.price < levels.stop < view.book.mark:
            return
        answer = self.executor.venue_of(stop).replace(stop, stop.quantity, levels.stop)
        if not isinstance(answer, Reported) or not answer.status.is_working or answer.reason:
            return
        account = account_of(view.account, self.executor.configuration.account(message.account))
        moved = replace(stop, price=levels.stop, reason="TRAILING")
        self.executor.ledger.commit(transactions.report(account, view.book, moved, message.ts))


def _sale(message: BarMessage, book: Book, position: SubPosition, target: Order) -> Order:
    return Order(
        id=intent_id(target.id, "reached"),
        account=message.account,
        instrument=book.instrument,
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
