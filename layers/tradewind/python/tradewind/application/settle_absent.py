"""Ending an order that its venue does not show, on somebody's word: never against what the venue says itself.

Some exchanges promise nothing from which absence could be proven; there an unclear order would keep its instrument for
ever. Nothing is made up: what the venue shows of the order is booked first, and a fill that comes later is booked and
alarmed like any other late one.
"""

from dataclasses import dataclass
from decimal import Decimal

from tradewind.application.apply_bars import account_of
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.ports import Reported
from tradewind.application.ports_venue import SKEW, ExecutionVenue
from tradewind.domain.commands import CommandMessage
from tradewind.domain.errors import BadInputError, TransientError
from tradewind.domain.events import Event, Severity
from tradewind.domain.order import NOTHING, Order, OrderStatus
from tradewind.domain.timeframe import MINUTE

AFTER = 5 * MINUTE
"""So long after it was sent, or last had to arrive, nobody's word is taken for it."""


def phrase(order: Order, venue: str) -> str:
    """Return what a person types to show that they have looked."""
    return f"order {order.id[:8]} is not at {venue}"


def too_early(order: Order, now: int) -> str:
    """Return why nobody can know yet, or an empty string."""
    wait = max(order.created, order.deadline) + AFTER - now
    return f"order {order.id} may still arrive: look again in {wait // 1000 + 1} s" if wait > 0 else ""


@dataclass(frozen=True, slots=True)
class SettleAbsent:
    """Obey `SETTLE`; a copy of it changes nothing."""

    executor: ExecuteOrder

    def __call__(self, message: CommandMessage) -> None:
        """End the order, unless its venue has it after all.

        Raises
        ------
        BadInputError
            If there is no such order, its ledger is its own venue, or it may still arrive.
        TransientError
            If the venue does not answer, or shows the order as open and says nothing of it.
        """
        view = self.executor.ledger.view(message.account, message.instrument, message.order_id)
        order = view.order
        if order is None or not self.executor.rests_at_venue(order):
            raise BadInputError(f"order {message.order_id} is not one that a venue keeps for {message.account}")
        if not order.status.is_working:
            return
        early = too_early(order, self.executor.clock.now(message.ts))
        if early:
            raise BadInputError(early)
        account = account_of(view.account, self.executor.configuration.account(message.account))
        answer, at_venue = self.executor.venue_of(order).find(order), self.executor.at_venue(order)
        if isinstance(answer, Reported):  # it is there after all, and that counts
            at_venue.settle(account, view.book, order, answer)
        else:
            at_venue.settle(account, view.book, order, self._word(order, message), _told(order, message))

    def _word(self, order: Order, message: CommandMessage) -> Reported:
        """Return the order's end; the venue has to answer for that, and must not show it as open."""
        venue = self.executor.venue_of(order)
        if any(one.client_id == order.id for one in venue.open_orders()):
            raise TransientError(f"{venue.facts.title} shows order {order.id} as open; it is asked again")
        reason = f"SETTLED_ABSENT: {message.by} says that it is not there: {message.reason}"
        return Reported(OrderStatus.CANCELED, reason, _filled(venue, order))


def _filled(venue: ExecutionVenue, order: Order) -> Decimal:
    shown = venue.fills(order.created - SKEW)
    return sum((one.quantity for one in shown if one.client_id == order.id), NOTHING)


def _told(order: Order, message: CommandMessage) -> Event:
    what = f"{order.leg} {order.side} {order.quantity:f} {order.instrument}, {order.status}"
    text = f"order {order.id} ({what}) is settled as absent by {message.by}: {message.reason}"
    facts = {"order_id": order.id, "by": message.by, "reason": message.reason, "key": message.key}
    return Event("ORDER_SETTLED", Severity.WARNING, text, order.instrument, facts)
