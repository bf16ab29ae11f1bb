"""What asking providers needs to share between functions: their breakers and their rate budgets."""

from typing import Protocol

from tradewind.domain.breaker import Breaker
from tradewind.domain.rate import Lease


class BreakerStore(Protocol):
    """Breakers of all providers."""

    def get(self, provider: str) -> Breaker:
        """Return a provider's breaker, strongly consistent; a closed one where there is none."""

    def put(self, breaker: Breaker) -> None:
        """Store it if the stored version is one less.

        Raises
        ------
        ConflictError
            If somebody else was faster; read again.
        """


class RateBudget(Protocol):
    """Everybody's slots at a provider."""

    def lease(self, provider: str, slots: int, interval: int, now: int, latest: int) -> Lease | None:
        """Take the next free slots for the caller alone.

        Parameters
        ----------
        slots : int
            How many, one after the other.
        interval : int
            µs between two slots; the same for everybody who asks this provider.
        now, latest : int
            UTC µs; no slot is before `now`, and where the first would be after `latest` none is taken.

        Returns
        -------
        Lease or None
            None where the queue is too long.
        """
