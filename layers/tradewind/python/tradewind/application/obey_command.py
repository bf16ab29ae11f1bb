"""What is asked of the executor besides orders: to lift a halt, to cancel, to protect a position. Each is journaled."""

from dataclasses import dataclass, replace

from tradewind.application.apply_bars import account_of
from tradewind.application.book_balances import BookBalances
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.ports import Reported
from tradewind.application.protect import Protect
from tradewind.application.settle_absent import SettleAbsent
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.errors import BadInputError, TransientError
from tradewind.domain.order import Leg, Order, OrderStatus
from tradewind.execution import transactions


@dataclass(frozen=True, slots=True)
class ObeyCommand:
    """Do what a command asks, once; a copy of it changes nothing."""

    executor: ExecuteOrder

    def __call__(self, message: CommandMessage) -> None:
        """Obey.

        Raises
        ------
        BadInputError
            If it names what is not there, or what may not be cancelled.
        TransientError
            If the order is not clear yet, or the venue did not answer.
        """
        match message.command:
            case Command.RESUME:
                self._resume(message)
            case Command.CANCEL:
                self._cancel(message)
            case Command.PROTECT:
                Protect(self.executor)(message)
            case Command.SETTLE:
                SettleAbsent(self.executor)(message)
            case Command.HALT:
                self._halt(message)
            case Command.ACCEPT:
                self._balances(message).accept(message)
            case Command.RECONCILE if message.order_id:
                self._ask(message)
            case Command.RECONCILE:
                self._balances(message)(message)

    def _balances(self, message: CommandMessage) -> BookBalances:
        executor = self.executor
        venue = executor.venues.get(message.account)
        if venue is None:
            raise BadInputError(f"the ledger of {message.account} is its own venue: there is nothing to compare")
        return BookBalances(executor.configuration, executor.ledger, executor.clock, venue)

    def _ask(self, message: CommandMessage) -> None:
        view = self.executor.ledger.view(message.account, message.instrument, message.order_id)
        if view.order is None:
            raise BadInputError(f"order {message.order_id} is not in the ledger of {message.account}")
        self.executor.settle(view, view.order)

    def _halt(self, message: CommandMessage) -> None:
        view = self.executor.ledger.view(message.account, message.instrument, None)
        if view.book.version != message.version:
            return  # judged on what is no more so: what was asked for came first, and the next comparison looks again
        self.executor.apply_bars.halt(message.account, message.instrument, message.reason, message.ts)

    def _resume(self, message: CommandMessage) -> None:
        view = self.executor.ledger.view(message.account, message.instrument, None)
        if not view.book.halted or view.book.version != message.version:
            return  # lifted already, or not the halt that the person looked at
        account = account_of(view.account, self.executor.configuration.account(message.account))
        self.executor.ledger.commit(transactions.lift(account, view.book, message))

    def _cancel(self, message: CommandMessage) -> None:
        view = self.executor.ledger.view(message.account, message.instrument, message.order_id)
        order = _cancellable(message, view.order)
        if not order.status.is_working:
            return
        if order.status.is_unclear:
            self.executor.settle(view, order)
            raise TransientError(f"order {order.id} is not clear yet; the cancel is tried again")
        rules = self.executor.configuration.account(message.account)
        there, venue = self.executor.rests_at_venue(order), self.executor.venue_of(order)
        heard_of = there or not venue.facts.remembers  # what waits here no venue knows
        answer = venue.cancel(order) if heard_of else Reported(OrderStatus.CANCELED)
        if not isinstance(answer, Reported):
            raise TransientError(f"the venue did not say whether order {order.id} is cancelled")
        if there:  # what it filled meanwhile is booked with its end
            said = replace(answer, reason=answer.reason or f"cancelled by {message.by}: {message.reason}")
            self.executor.at_venue(order).settle(account_of(view.account, rules), view.book, order, said)
            return
        after = order.becomes(answer.status, answer.reason or f"cancelled by {message.by}: {message.reason}")
        changeset = transactions.report(account_of(view.account, rules), view.book, after, message.ts)
        self.executor.ledger.commit(changeset)


def _cancellable(message: CommandMessage, order: Order | None) -> Order:
    if order is None:
        raise BadInputError(f"order {message.order_id} is not in the ledger of {message.account}")
    if order.leg is Leg.STOP:
        raise BadInputError(f"order {order.id} is a stop and protects a position: close the position instead")
    return order
