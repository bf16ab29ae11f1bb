"""What was sent to whom, and what each channel remembers.

| pk | sk | what |
|---|---|---|
| `ALERTS` | `{ts:013d}#{alert_id}` | one alert and what became of it on each channel |
| `CHANNEL` | `{name}` | what a channel sent lately and holds back |
"""

from dataclasses import dataclass
from typing import Any

from tradewind.adapters.dynamodb import codec
from tradewind.adapters.dynamodb.table import ABSENT, Condition, Item, Table, WallClock, expiry, key, key_of, number
from tradewind.application.ports_alerts import AlertStore, Delivery
from tradewind.domain.alerting import ChannelState, Held
from tradewind.domain.events import Event

ALERT_DAYS = 90
"""For how long it can be seen what was sent; the journal keeps what happened for good."""


@dataclass(frozen=True, slots=True)
class DynamoAlerts(AlertStore):
    """Alerts in the market table: they are no part of the ledger."""

    table: Table
    clock: WallClock

    def find(self, ts: int, alert_id: str) -> Delivery | None:
        """Return an alert's delivery, strongly consistent."""
        item = self.table.get("ALERTS", _sort(ts, alert_id))
        return _delivery(item) if item else None

    def save(self, delivery: Delivery) -> None:
        """Store it in the place of what was there."""
        row = {"event": delivery.event.to_dict(), "outcomes": dict(delivery.outcomes), "at": delivery.at}
        where = key("ALERTS", _sort(delivery.ts, delivery.alert_id))
        self.table.put({**where, "expires_at": expiry(self.clock, ALERT_DAYS), **codec.seal(row)})

    def latest(self, limit: int, before: int, alert_id: str = "") -> list[Delivery]:
        """Return the alerts of events earlier than a time, or at it with a lower id, the latest first."""
        last = _sort(before, alert_id) if alert_id else f"{before:013d}"
        found = map(_delivery, self.table.query("ALERTS", last=last, limit=limit + 1, backwards=True))
        return [one for one in found if _sort(one.ts, one.alert_id) != last][:limit]

    def state(self, channel: str) -> ChannelState:
        """Return what a channel remembers, strongly consistent."""
        item = self.table.get("CHANNEL", channel)
        if item is None:
            return ChannelState()
        row = codec.unseal("/".join(key_of(item)), item)
        with codec.reading(channel):
            recent = {mark: (int(ts), str(one)) for mark, (ts, one) in row["recent"].items()}
            held = row["held"]
            return ChannelState(
                tuple(row["sent"]),
                recent,
                Held(held["since"], held["counts"], tuple(held["samples"])),
                int(item["version"]["N"]),
            )

    def keep(self, channel: str, state: ChannelState) -> None:
        """Store it if the stored version is one less."""
        held = {"since": state.held.since, "counts": dict(state.held.counts), "samples": list(state.held.samples)}
        row: dict[str, Any] = {"sent": list(state.sent), "recent": dict(state.recent), "held": held}
        before = Condition("version = :before", values={":before": number(state.version - 1)})
        item = {**key("CHANNEL", channel), "version": number(state.version), **codec.seal(row)}
        self.table.put(item, before if state.version > 1 else ABSENT)


def _sort(ts: int, alert_id: str) -> str:
    return f"{ts:013d}#{alert_id}"


def _delivery(item: Item) -> Delivery:
    where = "/".join(key_of(item))
    row = codec.unseal(where, item)
    with codec.reading(where):
        ts, _, alert_id = key_of(item)[1].partition("#")
        return Delivery(alert_id, int(ts), Event.from_dict(row["event"]), row["outcomes"], row["at"])
