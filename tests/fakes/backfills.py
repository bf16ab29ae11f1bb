"""Backfills in memory."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tradewind.application.ports_backfill import Backfills
from tradewind.domain.backfill import Backfill, Outcome, Window


@dataclass
class FakeBackfills(Backfills):
    plans: dict[str, Backfill] = field(default_factory=dict)
    windows: dict[tuple[str, int, Window], Outcome] = field(default_factory=dict)

    def begun(self, name: str) -> Backfill | None:
        return self.plans.get(name)

    def begin(self, backfill: Backfill) -> Backfill:
        return self.plans.setdefault(backfill.name, backfill)

    def outcomes(self, backfill: Backfill) -> Iterable[Outcome]:
        return [one for key, one in self.windows.items() if key[:2] == (backfill.name, backfill.end)]

    def record(self, backfill: Backfill, outcome: Outcome) -> None:
        self.windows[backfill.name, backfill.end, outcome.window] = outcome

    def reopen(self, backfill: Backfill, window: Window) -> None:
        self.windows.pop((backfill.name, backfill.end, window), None)

    def finish(self, backfill: Backfill) -> None:
        self.plans.pop(backfill.name, None)
