"""The paper venue: it takes every order at once; the executor matches them against later bars."""

from tradewind.application.ports import Absent, ExecutionVenue, Reported, VenueAnswer
from tradewind.domain.order import Order, OrderStatus


class PaperVenue(ExecutionVenue):
    """A venue without a memory of its own: its book is the ledger."""

    def submit(self, order: Order) -> VenueAnswer:  # noqa: ARG002 - the port's question
        """Accept."""
        return Reported(OrderStatus.ACCEPTED)

    def find(self, order: Order) -> VenueAnswer:  # noqa: ARG002 - the port's question
        """Answer `Absent`: submitting has no effect outside the ledger, so nothing can still arrive."""
        return Absent()

    def cancel(self, order: Order) -> VenueAnswer:  # noqa: ARG002 - the port's question
        """Cancel: the executor does nothing else to the order's instrument meanwhile."""
        return Reported(OrderStatus.CANCELED)
