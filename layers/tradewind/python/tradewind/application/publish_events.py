"""Announce what the journals say, after their own watermark: at least once, each alert with a stable id."""

from collections.abc import Iterable
from dataclasses import dataclass

from tradewind.application.ports import AlertTopic, Journal
from tradewind.domain.events import JournalEntry

SYSTEM = "system"
"""The journal of what no account owns: kill switches, health, deployments."""

QUIET = frozenset(
    {
        "ORDER_SUBMITTED",
        "ORDER_ACCEPTED",
        "ORDER_COMPLETED",
        "ORDER_CANCELED",
        "BAR_SUPERSEDED",
        "FEE_IN_COIN",
        "DUST_SET_APART",
    }
)
"""Kinds that the journal keeps and nobody needs to be told of."""

_PAGE = 100


@dataclass(frozen=True, slots=True)
class PublishEvents:
    """Publish every entry that has not been announced.

    Attributes
    ----------
    journals : tuple of str
        Every journal of the environment: the accounts' and `system`.
    """

    journal: Journal
    topic: AlertTopic
    journals: tuple[str, ...]

    def __call__(self, woken: Iterable[str]) -> int:
        """Announce the journals that woke us, or every one if `system` did; return the number of alerts."""
        names = set(woken)
        chosen = self.journals if SYSTEM in names else tuple(name for name in self.journals if name in names)
        return sum(map(self._publish, chosen))

    def _publish(self, name: str) -> int:
        sent = 0
        while entries := self.journal.unpublished(name, _PAGE):
            sent += sum(map(self._announce, entries))
            # After the topic has them: a crash repeats, and loses nothing.
            self.journal.mark_published(name, entries[-1].seq)
            if len(entries) < _PAGE:
                break  # what was written meanwhile wakes us by itself
        return sent

    def _announce(self, entry: JournalEntry) -> int:
        loud = [(i, event) for i, event in enumerate(entry.events) if event.kind not in QUIET]
        for i, event in loud:
            self.topic.publish(f"{entry.alert_id}-{i}", event, entry.ts)
        return len(loud)
