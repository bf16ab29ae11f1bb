"""A FIFO queue with the promises of SQS: order within a group, groups side by side, visibility, dead letters."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.simulation.scheduler import Scheduler, Signal

DEDUPLICATION = 300_000
"""How long a deduplication id is remembered, in milliseconds."""


@dataclass(eq=False)
class Envelope:
    """A message in the queue."""

    number: int
    group: str
    deduplication: str
    body: str
    visible_at: int = 0
    receives: int = 0


@dataclass
class Fifo:
    """One queue and its dead letters.

    Attributes
    ----------
    visibility : int
        Milliseconds for which a received message, and with it its group, is hidden.
    receives : int
        A message that would be received more often goes to the dead letters instead.
    """

    scheduler: Scheduler
    visibility: int = 30_000
    receives: int = 6
    groups: dict[str, list[Envelope]] = field(default_factory=dict)
    sent: list[Envelope] = field(default_factory=list)
    dead: list[Envelope] = field(default_factory=list)
    arrived: Signal = field(default_factory=lambda: Signal("queue"))
    _seen: dict[str, int] = field(default_factory=dict)

    def send(self, group: str, deduplication: str, body: str) -> bool:
        """Take a message, unless its deduplication id was seen within the window."""
        now = self.scheduler.now
        if now - self._seen.get(deduplication, -DEDUPLICATION) < DEDUPLICATION:
            return False
        self._seen[deduplication] = now
        self.push(group, deduplication, body)
        return True

    def push(self, group: str, deduplication: str, body: str) -> None:
        """Take a message whatever was seen before: a copy from beyond the window, or from another sender."""
        envelope = Envelope(len(self.sent), group, deduplication, body)
        self.sent.append(envelope)
        self.groups.setdefault(group, []).append(envelope)
        self.scheduler.set(self.arrived)

    def receive(self, rng: Random, limit: int) -> list[Envelope]:
        """Return messages of some groups that nobody else is working on, each group in order."""
        now = self.scheduler.now
        open_groups = [group for group, waiting in self.groups.items() if waiting and self._is_open(group, now)]
        rng.shuffle(open_groups)
        taken: list[Envelope] = []
        for group in open_groups:
            for envelope in list(self.groups[group]):
                if len(taken) == limit:
                    return taken
                if self._take(envelope, now):
                    taken.append(envelope)
        return taken

    def delete(self, envelope: Envelope) -> None:
        """Forget a message that was handled; too late if it has become visible again and was taken anew."""
        waiting = self.groups[envelope.group]
        if envelope in waiting:
            waiting.remove(envelope)
            self.scheduler.set(self.arrived)  # its group is open again

    def depth(self) -> int:
        """Return how many messages wait or are in flight."""
        return sum(map(len, self.groups.values()))

    def redrive(self, times: int) -> None:
        """Send the dead letters again, under new deduplication ids."""
        dead, self.dead = self.dead, []
        for envelope in dead:
            self.send(envelope.group, f"{envelope.deduplication}#redrive-{times}", envelope.body)

    def _is_open(self, group: str, now: int) -> bool:
        return all(one.visible_at <= now for one in self.groups[group])

    def _take(self, envelope: Envelope, now: int) -> bool:
        if envelope.receives == self.receives:
            self.groups[envelope.group].remove(envelope)
            self.dead.append(envelope)
            return False
        envelope.receives += 1
        envelope.visible_at = now + self.visibility
        self.scheduler.at(envelope.visible_at, lambda: self._reappear(envelope))
        return True

    def _reappear(self, envelope: Envelope) -> None:
        if envelope in self.groups[envelope.group]:
            self.scheduler.set(self.arrived)


def queue_event(envelopes: list[Envelope]) -> dict[str, Any]:
    """Return messages as Lambda has them."""
    return {
        "Records": [
            {"messageId": str(one.number), "body": one.body, "attributes": {"MessageGroupId": one.group}}
            for one in envelopes
        ]
    }
