"""Circuit breakers: a provider that keeps failing is left alone for a while, then tried once.

Source: Nygard, "Release It!" (2007), chapter 5.2.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from tradewind.domain.timeframe import MINUTE

THRESHOLD = 2
"""Calls in a row that must fail wholly before a breaker opens."""

COOL_DOWN = MINUTE
"""How long a breaker stays open at first; it doubles with each trial that fails."""

LONGEST = 15 * MINUTE
PATIENCE = MINUTE
"""How long a trial may take before somebody else may make one."""


class Circuit(StrEnum):
    """What a breaker lets through."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


@dataclass(frozen=True, slots=True)
class Breaker:
    """One provider's breaker, shared by every function.

    Attributes
    ----------
    failures : int
        Calls in a row that failed wholly.
    opened : int
        When this outage opened it, UTC ms; 0 while it is closed.
    until : int
        UTC ms; before this time nobody asks.
    reason : str
        What the last failure said.
    version : int
        Counts writes; each is conditional on the one before.
    """

    provider: str
    state: Circuit = Circuit.CLOSED
    failures: int = 0
    opened: int = 0
    until: int = 0
    reason: str = ""
    version: int = 0

    def admits(self, now: int) -> bool:
        """Say whether anybody may ask; where it is not closed, only one who has claimed the trial."""
        return self.state is Circuit.CLOSED or now >= self.until

    def trial(self, now: int) -> "Breaker":
        """Return it with the one trial taken: others wait until that has had its time."""
        return self._next(state=Circuit.HALF_OPEN, until=now + PATIENCE)

    def failed(self, now: int, reason: str) -> "Breaker":
        """Return it after a call that failed wholly."""
        failures = self.failures + 1
        if failures < THRESHOLD:
            return self._next(failures=failures, reason=reason)
        cool = min(LONGEST, COOL_DOWN * 2 ** (failures - THRESHOLD))
        return self._next(
            state=Circuit.OPEN, failures=failures, opened=self.opened or now, until=now + cool, reason=reason
        )

    def succeeded(self) -> "Breaker":
        """Return it after a call that was answered."""
        return Breaker(self.provider, version=self.version + 1)

    @property
    def is_fresh(self) -> bool:
        """True where there is nothing to forget."""
        return self.state is Circuit.CLOSED and not self.failures

    def _next(self, **changes: object) -> "Breaker":
        return replace(self, version=self.version + 1, **changes)  # type: ignore[arg-type]
