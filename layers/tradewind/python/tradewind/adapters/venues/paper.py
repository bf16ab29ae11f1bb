"""The paper venue: it takes every order at once; the executor matches them against later bars."""

from dataclasses import dataclass, replace

from tradewind.adapters.venues import facts
from tradewind.application.ports import Absent, MemorylessVenue, Reported, VenueAnswer, VenueFacts
from tradewind.domain.order import Order, OrderStatus

FACTS = facts.PAPER


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


@dataclass(frozen=True, slots=True)
class StandIn(PaperVenue):
    """The paper venue in the place of another one, with what that can do: for rehearsals.

    Attributes
    ----------
    of : VenueFacts
        The other's.
    """

    of: VenueFacts

    @property
    def facts(self) -> VenueFacts:
        """What the other can do, and that nothing rests there."""
        return replace(self.of, remembers=False)
