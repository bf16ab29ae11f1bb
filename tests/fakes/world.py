"""Venues, topics, clocks and pauses in memory."""

from dataclasses import dataclass, field

from tradewind.adapters.venues.paper import FACTS
from tradewind.application.ports import (
    Absent,
    AlertTopic,
    Clock,
    MemorylessVenue,
    Notice,
    Notices,
    Pause,
    Reported,
    Unclear,
    VenueAnswer,
    VenueFacts,
)
from tradewind.domain.events import Event
from tradewind.domain.identifiers import IntentId
from tradewind.domain.order import Order, OrderStatus


@dataclass
class FakeNotices(Notices):
    """What was posted, once each."""

    waiting: dict[str, Notice] = field(default_factory=dict)
    noted: set[str] = field(default_factory=set)

    def post(self, notice: Notice) -> None:
        if notice.id not in self.noted:
            self.noted.add(notice.id)
            self.waiting[notice.id] = notice

    def pending(self, limit: int) -> list[Notice]:
        return [self.waiting[name] for name in sorted(self.waiting)][:limit]

    def settle(self, notice: Notice) -> None:
        self.waiting.pop(notice.id, None)


@dataclass
class FakeVenue(MemorylessVenue):
    """A venue with a memory. It takes whatever it is sent, even one client id twice, as a careless venue would.

    Attributes
    ----------
    loses_answers : int
        How many of the next answers are lost after the order has arrived.
    loses_orders : int
        How many of the next orders are lost before they arrive.
    unclear_for : int
        How many of the next questions after an unknown order find nothing without that being proof.
    received : list of IntentId
        Client ids in the order in which they arrived.
    """

    loses_answers: int = 0
    loses_orders: int = 0
    unclear_for: int = 0
    received: list[IntentId] = field(default_factory=list)
    cancelled: list[IntentId] = field(default_factory=list)
    facts: VenueFacts = FACTS

    def submit(self, order: Order) -> VenueAnswer:
        if self.loses_orders:
            self.loses_orders -= 1
            return Unclear("the connection broke")
        self.received.append(order.id)
        if self.loses_answers:
            self.loses_answers -= 1
            return Unclear("the answer did not come")
        return Reported(OrderStatus.ACCEPTED)

    def find(self, order: Order) -> VenueAnswer:
        if order.id in self.received:
            return Reported(OrderStatus.ACCEPTED)
        if self.unclear_for:
            self.unclear_for -= 1
            return Unclear("not found, and it may still arrive")
        return Absent()

    def cancel(self, order: Order) -> VenueAnswer:
        self.cancelled.append(order.id)
        return Reported(OrderStatus.CANCELED)


@dataclass
class FakeTopic(AlertTopic):
    published: list[tuple[str, Event, int]] = field(default_factory=list)

    def publish(self, alert_id: str, event: Event, ts: int) -> None:
        self.published.append((alert_id, event, ts))


@dataclass
class FakeClock(Clock):
    """Stands still at `time`; at 0 it is the replay clock and answers the bar's own close."""

    time: int = 0

    def now(self, ts_close: int) -> int:
        return self.time or ts_close


@dataclass
class FakePause(Pause):
    waits: list[int] = field(default_factory=list)

    def before_retry(self, attempt: int) -> None:
        self.waits.append(attempt)
