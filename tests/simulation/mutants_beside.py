"""Bugs planted beside the orders: in who looks after stops, and in who tells."""

from dataclasses import dataclass, fields

from tests.simulation.checks import loud
from tests.simulation.product import Product
from tradewind.application.guard_stops import GuardReport, GuardStops
from tradewind.application.ports import AlertTopic, Ledger
from tradewind.application.publish_events import SYSTEM, PublishEvents
from tradewind.domain.changeset import Changeset

# ── nobody looks after stops ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _LooksAway(GuardStops):
    def __call__(self) -> GuardReport:
        return GuardReport(0, (), (), ())


class StopsUnguarded(Product):
    def guard(self) -> GuardStops:
        real = super().guard()
        return _LooksAway(**{one.name: getattr(real, one.name) for one in fields(real)})


# ── alerts that run ahead ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _MarksFirst(PublishEvents):
    def _publish(self, name: str) -> int:
        sent = 0
        while entries := self.journal.unpublished(name, 100):
            self.journal.mark_published(name, entries[-1].seq)
            sent += sum(map(self._announce, entries))
        return sent


class WatermarkBeforeAlert(Product):
    def publish(self) -> PublishEvents:
        return _MarksFirst(self.journal(), self.topic(), (self.configuration.accounts[0].name, SYSTEM))


class _TellsFirst:
    def __init__(self, inner: Ledger, topic: AlertTopic) -> None:
        self._inner, self._topic = inner, topic
        self.view, self.snapshot, self.mark, self.booked = inner.view, inner.snapshot, inner.mark, inner.booked
        self.flowed = inner.flowed

    def commit(self, changeset: Changeset) -> None:
        for alert_id, (event, ts) in loud([changeset.entry]):
            self._topic.publish(alert_id, event, ts)
        self._inner.commit(changeset)


class AlertBeforeLedger(Product):
    def ledger(self) -> Ledger:
        return _TellsFirst(super().ledger(), self.topic())
