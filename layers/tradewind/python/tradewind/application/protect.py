"""Putting a position's stop into its place: the one way, whoever finds that it is missing."""

from dataclasses import dataclass, replace
from decimal import Decimal

from tradewind.application.apply_bars import PAPER, account_of
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.ports import LedgerView, Reported
from tradewind.domain.commands import CommandMessage
from tradewind.domain.errors import BadInputError, TransientError
from tradewind.domain.identifiers import intent_id
from tradewind.domain.ledger import SubPosition
from tradewind.domain.order import NOTHING, Leg, Order, OrderStatus, Side
from tradewind.domain.venue import VenueOrder
from tradewind.execution import transactions
from tradewind.execution.venue_fills import whole_lots

_UNCLEAR = frozenset({OrderStatus.SUBMITTED, OrderStatus.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Protect:
    """Give a position the stop that its entry declared, over all of it; where it stands already nothing happens."""

    executor: ExecuteOrder

    def __call__(self, message: CommandMessage) -> None:
        """Obey.

        Raises
        ------
        BadInputError
            If nobody ever said where the stop belongs.
        TransientError
            If the venue did not say what became of the stop that is to be replaced.
        """
        view = self.executor.ledger.view(message.account, message.instrument, message.order_id)
        position = next((one for one in view.book.positions if one.parent == message.order_id), None)
        if position is None:
            return
        before = view.book.bracket(position.parent, Leg.STOP)
        if self._stands(view, position, before):
            return
        lots = whole_lots(position.quantity, self.executor.configuration.instrument(view.book.instrument))
        level = _level(view, before or self._first(view, position), position)
        stop = replace(_stop(view, position, level, message), quantity=lots)
        rules = self.executor.configuration.account(message.account)
        account = account_of(view.account, rules)
        if rules.venue == PAPER:
            accepted = stop.becomes(OrderStatus.SUBMITTED).becomes(OrderStatus.ACCEPTED)
            self.executor.ledger.commit(transactions.protect(account, view.book, accepted, before, message))
        elif before and before.status in _UNCLEAR:
            self.executor.settle(view, before)  # it stands, or it never arrived: then the same one is sent again
        elif before:
            self._end(view, before, message)
        else:
            self.executor.place(account, view.book, stop)

    def _first(self, view: LedgerView, position: SubPosition) -> Order | None:
        """Return the stop that the entry brought, which has ended: where it had been moved to, the next one belongs."""
        name = intent_id(position.parent, Leg.STOP)
        return self.executor.ledger.view(view.book.account, view.book.instrument, name).order

    def _stands(self, view: LedgerView, position: SubPosition, stop: Order | None) -> bool:
        """Ask the venue too, where it keeps orders of its own: the stop may be gone there, or never have grown."""
        lot = self.executor.configuration.instrument(view.book.instrument).lot
        if stop is None or not view.book.protects(position.parent, lot):
            return False
        venue = self.executor.venue_of(stop)
        if not venue.facts.remembers:
            return True
        there = next((one for one in venue.open_orders() if one.client_id == stop.id), None)
        if there:
            return _is_right(there, stop)
        answer = venue.find(stop)
        return isinstance(answer, Reported) and answer.status.is_working

    def _end(self, view: LedgerView, before: Order, message: CommandMessage) -> None:
        """End the stop that is wrong, and come back for the right one: one step a delivery."""
        answer = self.executor.at_venue(before).withdraw(before)
        if not isinstance(answer, Reported):
            raise TransientError(f"the venue did not say whether stop {before.id} is cancelled")
        account = account_of(view.account, self.executor.configuration.account(message.account))
        # What it filled meanwhile is booked with its end: a stop that was faster leaves nothing to protect.
        _, book = self.executor.at_venue(before).settle(account, view.book, before, answer)
        if book.bracket(before.parent, Leg.STOP) is None:
            self(message)


def _is_right(there: VenueOrder, stop: Order) -> bool:
    """Tell whether a stop is at its venue what the ledger says, but for fills that are still to be booked."""
    return stop.quantity in {there.quantity - there.filled, there.quantity} and there.trigger in {NOTHING, stop.price}


def _level(view: LedgerView, before: Order | None, position: SubPosition) -> Decimal:
    if before and before.price:
        return before.price
    if view.order and view.order.stop:
        return view.order.stop
    raise BadInputError(f"nobody said where the stop of {position.quantity:f} {view.book.instrument} belongs")


def _stop(view: LedgerView, position: SubPosition, level: Decimal, message: CommandMessage) -> Order:
    book = view.book
    return Order(
        # The version makes it another order than the one that was lost: no venue need take one id twice.
        id=intent_id(position.parent, Leg.STOP, book.version),
        account=book.account,
        instrument=book.instrument,
        strategy=position.strategy,
        leg=Leg.STOP,
        side=Side.SELL,
        quantity=position.quantity,
        parent=position.parent,
        created=message.ts,
        price=level,
        reason=Leg.STOP,
        trace=message.trace,
    )
