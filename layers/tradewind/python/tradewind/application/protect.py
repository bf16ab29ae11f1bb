"""Putting a position's stop into its place: the one way, whoever finds that it is missing."""

from dataclasses import dataclass, replace
from decimal import Decimal

from tradewind.application.apply_bars import PAPER, account_of
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.ports import LedgerView, Reported
from tradewind.application.stop_levels import stop_level
from tradewind.domain.commands import CommandMessage
from tradewind.domain.errors import BadInputError, TransientError
from tradewind.domain.identifiers import intent_id
from tradewind.domain.ledger import SubPosition
from tradewind.domain.order import NOTHING, Leg, Order, OrderStatus, Side
from tradewind.domain.venue import VenueOrder
from tradewind.execution import transactions
from tradewind.execution.venue_fills import whole_lots


@dataclass(frozen=True, slots=True)
class Protect:
    """Give a position the stop that its entry declared, over all of it; where it stands already nothing happens.

    A stop whose position is gone is taken back.
    """

    executor: ExecuteOrder

    def __call__(self, message: CommandMessage) -> None:
        """Obey.

        Raises
        ------
        BadInputError
            If nobody ever said where the stop belongs.
        TransientError
            If the venue did not say what became of the stop that is to be replaced or taken back.
        """
        view, position = self._cleared(message)
        if position is None:
            self._take_back(view, message)
            return
        before = view.book.bracket(position.parent, Leg.STOP)
        there = self._shown(before)
        if before and there and there.filled > before.filled:
            self._book(view, before, message)
            return
        leaving = self._leaving(view, position)
        rules = self.executor.configuration.instrument(view.book.instrument)
        lots = whole_lots(position.quantity - leaving, rules)
        if not lots or self._stands(view, before, there, rules.lot, leaving):
            return
        level = stop_level(self.executor.ledger, view.book, position)
        if not level:
            raise BadInputError(f"nobody said where the stop of {position.quantity:f} {view.book.instrument} belongs")
        stop = replace(_stop(view, position, level, message), quantity=lots)
        account = account_of(view.account, self.executor.configuration.account(message.account))
        if self._on_paper(message.account):
            accepted = stop.becomes(OrderStatus.SUBMITTED).becomes(OrderStatus.ACCEPTED)
            self.executor.ledger.commit(transactions.protect(account, view.book, accepted, before, message))
        elif before and before.status.is_unclear:
            self.executor.settle(view, before)  # it stands, or it never arrived: then the same one is sent again
        elif before:
            self._end(view, before, message)
        else:
            self.executor.place(account, view.book, stop)

    def _take_back(self, view: LedgerView, message: CommandMessage) -> None:
        """Take a stop back whose position is gone; of one that is not clear, ask first what became of it."""
        stop = next((one for one in view.book.left_over if one.parent == message.order_id), None)
        if stop and stop.status.is_unclear:
            self.executor.settle(view, stop)
        elif stop:
            self._end(view, stop, message)

    def _on_paper(self, account: str) -> bool:
        return self.executor.configuration.account(account).venue == PAPER

    def _cleared(self, message: CommandMessage) -> tuple[LedgerView, SubPosition | None]:
        """Return the position, once its venue was asked about the exits of which nobody knows what became."""
        view, position = self._seen(message)
        unclear = view.book.exits(position.parent) if position and not self._on_paper(message.account) else ()
        for order in unclear:
            if order.status.is_unclear:
                self.executor.settle(view, order)
                view, position = self._seen(message)
        return view, position

    def _seen(self, message: CommandMessage) -> tuple[LedgerView, SubPosition | None]:
        view = self.executor.ledger.view(message.account, message.instrument, message.order_id)
        return view, next((one for one in view.book.positions if one.parent == message.order_id), None)

    def _leaving(self, view: LedgerView, position: SubPosition) -> Decimal:
        """Return how much of a position its venue is selling; on paper that keeps its stop until it is sold."""
        exits = () if self._on_paper(view.book.account) else view.book.exits(position.parent)
        return sum((one.left for one in exits), NOTHING)

    def _shown(self, stop: Order | None) -> VenueOrder | None:
        """Return the stop as it works at its venue, where that keeps orders of its own."""
        venue = self.executor.venue_of(stop) if stop else None
        if stop is None or venue is None or not venue.facts.remembers:
            return None
        return next((one for one in venue.open_orders() if one.client_id == stop.id), None)

    def _book(self, view: LedgerView, stop: Order, message: CommandMessage) -> None:
        """Book what the stop has filled so far, and judge by that whether the rest of it covers the rest."""
        self.executor.settle(view, stop)
        after = self.executor.ledger.view(message.account, message.instrument, stop.id).order
        if after and after.filled > stop.filled:  # else its venue does not show the trades yet
            self(message)

    def _stands(
        self, view: LedgerView, stop: Order | None, there: VenueOrder | None, lot: Decimal, leaving: Decimal
    ) -> bool:
        """Tell whether the stop is right here, and at the venue: it may be gone there, or never have grown."""
        if stop is None or not view.book.protects(stop.parent, lot, leaving):
            return False
        venue = self.executor.venue_of(stop)
        if not venue.facts.remembers:
            return True
        if there:
            return there.left in {stop.left, stop.left - leaving} and there.trigger in {NOTHING, stop.price}
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
