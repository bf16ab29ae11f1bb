"""Running a backfill from here: windows side by side, with a bar that says how long it still takes."""

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

from tradewind.application.backfill_bars import BackfillBars
from tradewind.cli.output import note
from tradewind.domain.backfill import Backfill, Outcome, Window
from tradewind.domain.errors import TransientError

AT_ONCE = 16
"""Windows under way: as many as keep a provider's share of requests busy while answers take a third of a second."""

ROUNDS = 3
"""How often a window is asked for before it is left for another run."""

_GIVES_UP = 25
"""So many windows in a row that nobody answers, and the run ends: the provider is not there."""

type Told = Callable[[Outcome | None], None]


@dataclass(slots=True)
class Course:
    """One run over the open windows of a backfill.

    Attributes
    ----------
    added : int
        Bars that were stored.
    failed : dict
        Why windows are left open.
    """

    worker: BackfillBars
    backfill: Backfill
    added: int = 0
    failed: dict[Window, str] = field(default_factory=dict)
    _in_a_row: int = 0

    def run(self, windows: Sequence[Window], told: Told) -> None:
        """Fetch windows until none is left that can be had now; `told` hears of each that ends."""
        left = list(windows)
        for turn in range(ROUNDS):
            self.failed = {}
            self._round(left, told, last=turn == ROUNDS - 1)
            left = list(self.failed)
            if not left or self._in_a_row >= _GIVES_UP:
                return

    def _round(self, windows: Sequence[Window], told: Told, *, last: bool) -> None:
        waiting = iter(windows)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            under_way = {pool.submit(self.worker, self.backfill, one): one for one in islice(waiting, AT_ONCE)}
            while under_way:
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in done:
                    self._settle(under_way.pop(future), future, told, last=last)
                if self._in_a_row < _GIVES_UP:
                    fresh = islice(waiting, AT_ONCE - len(under_way))
                    under_way |= {pool.submit(self.worker, self.backfill, one): one for one in fresh}

    def _settle(self, window: Window, future: "Future[Outcome]", told: Told, *, last: bool) -> None:
        try:
            outcome = future.result()
        except TransientError as error:
            self.failed[window] = str(error)
            self._in_a_row += 1
            if last:
                told(None)
            return
        self._in_a_row = 0
        self.added += outcome.added
        told(outcome)


@contextmanager
def shown(total: int, done: int) -> Iterator[Told]:
    """Show how far it is and how long it still takes: a bar where a person looks, else a line at each tenth."""
    if not sys.stderr.isatty():
        yield _Lines(total, done).told
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("windows,"),
        TextColumn("{task.fields[bars]:,} bars,"), TimeElapsedColumn(), TextColumn("gone,"), TimeRemainingColumn(),
        TextColumn("left"),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("fetching", total=total, completed=done, bars=0)
        bars = 0

        def told(outcome: Outcome | None) -> None:
            nonlocal bars
            bars += outcome.added if outcome else 0
            bar.update(task, advance=1, bars=bars)

        yield told


@dataclass(slots=True)
class _Lines:
    total: int
    done: int
    bars: int = 0

    def told(self, outcome: Outcome | None) -> None:
        before, self.done = self.done, self.done + 1
        self.bars += outcome.added if outcome else 0
        if self.done * 10 // self.total > before * 10 // self.total:
            note(f"{self.done} of {self.total} windows, {self.bars:,} bars")
