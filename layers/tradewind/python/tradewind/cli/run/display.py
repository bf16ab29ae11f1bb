"""What a person sees while a run goes on: a bar, the speed, the latest fills."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tradewind.adapters.dynamodb.journal import DynamoJournal
from tradewind.cli.deployed import Deployed
from tradewind.cli.times import bar_text
from tradewind.domain.events import JournalEntry

_SHOWN = 6
_REFRESH = 0.5


class Display:
    """A live picture of a replay."""

    def __init__(self, deployed: Deployed, steps: int, bar_ms: int, console: Console) -> None:
        self._deployed, self._bar_ms, self._console = deployed, bar_ms, console
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(bar_width=None), MofNCompleteColumn(),
            TextColumn("{task.fields[speed]:>5.1f} steps/s"), TimeRemainingColumn(), console=console,
        )  # fmt: skip
        self._task = self._bar.add_task("warming up", total=steps, speed=0.0)
        self._fills: list[tuple[str, ...]] = []
        self._read: dict[str, int] = {}
        self._begun = self._refreshed = time.monotonic()
        self._live: Live | None = None

    @contextmanager
    def shown(self) -> Iterator["Display"]:
        """Show the picture while the body runs."""
        with Live(self._picture(), console=self._console, refresh_per_second=4, transient=False) as live:
            self._live = live
            yield self
            self._refresh()

    def begin(self) -> None:
        """Start the clock of the traded steps."""
        self._begun = time.monotonic()

    def stepped(self, done: int, ts: int) -> None:
        """Show that a step is complete; the fills are read twice a second at the most."""
        speed = done / max(1e-9, time.monotonic() - self._begun)
        self._bar.update(self._task, completed=done, description=bar_text(ts, self._bar_ms), speed=speed)
        if time.monotonic() - self._refreshed > _REFRESH:
            self._refresh()

    def _refresh(self) -> None:
        self._refreshed = time.monotonic()
        journal = DynamoJournal(self._deployed.ledger)
        for account in self._deployed.configuration.accounts:
            entries = journal.after(account.name, self._read.get(account.name, 0), 1000)
            for entry in entries:
                self._read[account.name] = entry.seq
                self._fills.extend(filled(entry, self._bar_ms))
        del self._fills[:-_SHOWN]
        if self._live:
            self._live.update(self._picture())

    def _picture(self) -> Group:
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        for row in self._fills:
            table.add_row(*row)
        return Group(self._bar, table)


def filled(entry: JournalEntry, bar_ms: int) -> Sequence[tuple[str, ...]]:
    """Return a journal entry's fills as lines."""
    return [
        (f"[dim]{bar_text(entry.ts, bar_ms)}[/]", escape(event.text), _gain(event.data or {}))
        for event in entry.events
        if event.kind == "ORDER_FILLED"
    ]


def _gain(data: Any) -> str:
    realised = float(data.get("realised", 0))
    if realised == -float(data.get("fee", 0)):
        return ""  # an entry: only its fee
    return f"[{'green' if realised > 0 else 'red'}]{realised:+,.2f}[/]"
