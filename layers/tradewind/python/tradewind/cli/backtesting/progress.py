"""A bar that shows how far a backtest is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def shown(bars: int) -> Iterator[Callable[[str, int, int], None]]:
    """Show the bar while the body runs; yields what is told of the progress."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("bars", total=bars)
        yield lambda what, done, of: progress.update(task, description=what, completed=done, total=of)
