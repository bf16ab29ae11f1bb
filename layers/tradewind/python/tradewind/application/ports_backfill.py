"""What a backfill asks of the world beside bars and chunks."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from tradewind.application.ports_market import BarSource
from tradewind.domain.backfill import Backfill, Outcome, Window
from tradewind.domain.calendar import Calendar


class Backfills(Protocol):
    """Plans that were begun, and what became of their windows."""

    def begun(self, name: str) -> Backfill | None:
        """Return the plan of that name that is not finished, or None."""

    def begin(self, backfill: Backfill) -> Backfill:
        """Keep a plan; return it, or the one of its name that is not finished."""

    def outcomes(self, backfill: Backfill) -> Iterable[Outcome]:
        """Return what is known of its windows, strongly consistent."""

    def record(self, backfill: Backfill, outcome: Outcome) -> None:
        """Keep what became of a window; a repeat takes its place."""

    def reopen(self, backfill: Backfill, window: Window) -> None:
        """Forget a window, so that it is fetched again."""

    def finish(self, backfill: Backfill) -> None:
        """Say that a plan is finished: the same wish is a new one from now on."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Who is asked for an instrument's past.

    Attributes
    ----------
    reach : int
        Most bars back from now that it has; 0 where there is no bound.
    """

    source: BarSource
    calendar: Calendar
    reach: int = 0
