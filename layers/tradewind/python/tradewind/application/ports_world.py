"""What the core asks of time, of people, and of whatever can be unwell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tradewind.domain.events import Event, JournalEntry


class Clock(Protocol):
    """Time, as the environment has it."""

    def now(self, ts_close: int) -> int:
        """Return UTC ms; a replay clock answers the bar's own close, `ts_close`."""


class Pause(Protocol):
    """Waiting, so that tests need not."""

    def before_retry(self, attempt: int) -> None:
        """Wait with full jitter before retry number `attempt` (1, 2, …)."""


# ── people ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class AlertTopic(Protocol):
    """Where alerts fan out from."""

    def publish(self, alert_id: str, event: Event, ts: int) -> None:
        """Publish one event; a repeat carries the same id."""


class AlertChannel(Protocol):
    """One way to reach a person."""

    def send(self, alert_id: str, event: Event, ts: int) -> None:
        """Deliver one alert.

        Raises
        ------
        TransientError
            If it may succeed later.
        PermanentError
            If the channel refuses it for good.
        """


# ── health ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Board:
    """Which health checks fail now, each with its text."""

    failing: Mapping[str, str] = field(default_factory=dict)
    version: int = 0


class HealthBoard(Protocol):
    """What the watch said last, so that it says each change once."""

    def get(self) -> Board:
        """Return the board, strongly consistent."""

    def set(self, board: Board, entry: JournalEntry) -> None:
        """Store it with its entry in the `system` journal if the stored version is one less.

        Raises
        ------
        ConflictError
            If somebody else was faster; read again.
        """


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be told, by whoever has no journal of its own; the id makes a repeat one."""

    id: str
    event: Event


class Notices(Protocol):
    """What waits for the watch to journal it."""

    def post(self, notice: Notice) -> None:
        """Let it be announced once, however often it is posted."""

    def pending(self, limit: int) -> list[Notice]:
        """Return what waits to be announced, by id."""

    def settle(self, notice: Notice) -> None:
        """Forget what has been journaled."""


class QueueDepths(Protocol):
    """How much waits in the queues that should be empty."""

    def depths(self) -> Mapping[str, int]:
        """Return the number of messages by queue name."""


class Poker(Protocol):
    """Waking an evaluator without a new slice."""

    def poke(self, shard: str) -> None:
        """Wake it."""
