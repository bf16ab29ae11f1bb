"""The paper venue: it takes every order at once; the executor matches them against later bars."""

from tradewind.application.ports import Absent, MemorylessVenue, Reported, VenueAnswer, VenueFacts
from tradewind.domain.order import Order, OrderStatus
from tradewind.domain.terms import OrderKind, TimeInForce

FACTS = VenueFacts(
    name="PAPER",
    title="Paper",
    kinds=frozenset(OrderKind),
    lifetimes=frozenset(TimeInForce),
    replaces=True,
    post_only=True,
    reduce_only=True,
    remembers=False,
    documentation="docs/adr/0004-paper-fills.md",
)


class PaperVenue(MemorylessVenue):
    """A venue without a memory of its own: its book is the ledger."""

    @property
    def facts(self) -> VenueFacts:
        """Everything: what it does not do itself, the executor's matching does."""
        return FACTS

    def submit(self, order: Order) -> VenueAnswer:  # noqa: ARG002 - the port's question
        """Accept."""
        return Reported(OrderStatus.ACCEPTED)

    def find(self, order: Order) -> VenueAnswer:  # noqa: ARG002 - the port's question
        """Answer `Absent`: submitting has no effect outside the ledger, so nothing can still arrive."""
        return Absent()

    def cancel(self, order: Order) -> VenueAnswer:  # noqa: ARG002 - the port's question
        """Cancel: the executor does nothing else to the order's instrument meanwhile."""
        return Reported(OrderStatus.CANCELED)
