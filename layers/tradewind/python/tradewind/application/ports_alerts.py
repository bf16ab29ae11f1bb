"""What the core asks of the world to reach people: a memory of what was sent, and secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tradewind.domain.alerting import ChannelState
from tradewind.domain.events import Event

SENT, FILTERED = "sent", "not wanted"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert, and what became of it on each channel.

    Attributes
    ----------
    ts, at : int
        UTC ms of the event, and of the last attempt to deliver it.
    outcomes : mapping
        By channel: `sent`, `not wanted`, `held: …` or `failed: …`; only what failed is tried again.
    """

    alert_id: str
    ts: int
    event: Event
    outcomes: Mapping[str, str] = field(default_factory=dict)
    at: int = 0

    def is_settled(self, channel: str) -> bool:
        """Whether a channel is done with it."""
        outcome = self.outcomes.get(channel, "")
        return bool(outcome) and not outcome.startswith("failed")


class AlertStore(Protocol):
    """What was sent, and what each channel remembers."""

    def find(self, ts: int, alert_id: str) -> Delivery | None:
        """Return an alert's delivery, strongly consistent."""

    def save(self, delivery: Delivery) -> None:
        """Store it in the place of what was there."""

    def latest(self, limit: int, before: int, alert_id: str = "") -> list[Delivery]:
        """Return the alerts of events earlier than a time (UTC ms), the latest first.

        Those of that very time come last, the highest id first: with an id, those below it belong to them too.
        """

    def state(self, channel: str) -> ChannelState:
        """Return what a channel remembers, strongly consistent."""

    def keep(self, channel: str, state: ChannelState) -> None:
        """Store it if the stored version is one less.

        Raises
        ------
        ConflictError
            If somebody else was faster; read again.
        """
