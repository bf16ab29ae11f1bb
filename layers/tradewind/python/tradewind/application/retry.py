"""Retrying what lost a race, inside the call, so that a conflict never costs a receive."""

from collections.abc import Callable

from tradewind.application.ports import Pause
from tradewind.domain.errors import ConflictError

ATTEMPTS = 40
"""An order takes two transactions, each of which may lose: half of them losing must not cost a delivery."""

LONGEST = 5
"""The wait after which waits grow no longer, so that all of them together end within an executor's time."""


def until_won[T](pause: Pause, attempt_once: Callable[[], T]) -> T:
    """Call until no conflict is raised, with full jitter between the calls.

    Raises
    ------
    ConflictError
        If the last of `ATTEMPTS` calls lost as well.
    """
    for attempt in range(1, ATTEMPTS):
        try:
            return attempt_once()
        except ConflictError:
            pause.before_retry(min(attempt, LONGEST))
    return attempt_once()
