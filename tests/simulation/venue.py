"""A venue with a memory, whose lines are bad: orders and answers are lost, and some orders arrive late."""

from dataclasses import dataclass, field

from tests.simulation.chaos import Chaos
from tests.simulation.scheduler import Scheduler
from tradewind.adapters.venues.paper import FACTS
from tradewind.application.ports import Absent, MemorylessVenue, Reported, Unclear, VenueAnswer, VenueFacts
from tradewind.domain.identifiers import IntentId
from tradewind.domain.order import Order, OrderStatus

EXPIRY = 10_000
"""An order that has not arrived after so many milliseconds is refused by the venue when it does."""


@dataclass
class SimulatedVenue(MemorylessVenue):
    """Takes one client id twice if it is sent twice, as venues do whose ids are unique among open orders only.

    Attributes
    ----------
    loss : float
        How likely an order or its answer is lost.
    received : list of IntentId
        Client ids in the order of their arrival.
    """

    scheduler: Scheduler
    chaos: Chaos
    loss: float = 0.0
    received: list[IntentId] = field(default_factory=list)
    facts: VenueFacts = FACTS
    _under_way: dict[IntentId, int] = field(default_factory=dict)

    def submit(self, order: Order) -> VenueAnswer:
        if not self.chaos.strikes(self.loss):
            self.received.append(order.id)
            return Reported(OrderStatus.ACCEPTED)
        return self._lose(order)

    def find(self, order: Order) -> VenueAnswer:
        if order.id in self.received:
            return Reported(OrderStatus.ACCEPTED)
        if self.scheduler.now < self._under_way.get(order.id, 0):
            return Unclear("not found, and it may still arrive")
        return Absent()

    def cancel(self, order: Order) -> VenueAnswer:
        return Reported(OrderStatus.CANCELED) if order.id in self.received else Unclear("never seen")

    def _lose(self, order: Order) -> VenueAnswer:
        fate = self.chaos.rng.choice(("answer", "order", "late"))
        self._under_way[order.id] = self.scheduler.now + EXPIRY
        if fate == "answer":
            self.received.append(order.id)
        elif fate == "late":
            delay = self.chaos.rng.randrange(EXPIRY)
            self.scheduler.at(self.scheduler.now + delay, lambda: self.received.append(order.id))
        return Unclear(f"the {fate} was lost")
