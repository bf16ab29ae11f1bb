"""The summary as a trader reads it in the terminal."""

import os
import shutil
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tradewind.cli.report.summary import Summary
from tradewind.cli.report.words import barless_line, reason_rows, result_rows, unwarm_line
from tradewind.cli.times import bar_text
from tradewind.domain.order import Leg

_STYLES = {"ENTER": "green", "EXIT": "cyan", "DENY": "yellow", "REFUSE": "yellow", "FAIL": "red"}


def show(summary: Summary, folder: Path, console: Console) -> None:
    """Print results, reasons, and where to look next."""
    console.print()
    console.print(_results(summary))
    console.print(_reasons(summary))
    for line in filter(None, (barless_line(summary), unwarm_line(summary))):
        console.print(line, style="yellow", markup=False, highlight=False)
    next_ = f"Look next: open {folder / 'report.html'}, or ask why: {_question(summary)}"
    console.print(next_, highlight=False, markup=False, soft_wrap=True)  # to be copied in one piece


def _results(summary: Summary) -> Table:
    table = Table(title="Result", title_justify="left", show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="bold")
    table.add_column()
    for name, value in result_rows(summary):
        table.add_row(name, value, style="red" if name == "dead letters" else None)
    return table


def _reasons(summary: Summary) -> Table:
    table = Table(title="\nWhy", title_justify="left", box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("action")
    table.add_column("reason")
    table.add_column("decisions", justify="right")
    table.add_column("in words", style="dim")
    for action, reason, count, words in reason_rows(summary):
        table.add_row(action, reason, f"{count:,}", words, style=_STYLES.get(action))
    return table


def _question(summary: Summary) -> str:
    """Return a question worth asking: why the latest position was entered."""
    history = summary.history
    entries = [order for order in history.orders if order.leg is Leg.ENTRY]
    if entries:
        return f"{_command()} explain {entries[-1].instrument} {bar_text(entries[-1].created, history.bar_ms)}"
    names = sorted(history.configuration.instruments)
    return f"{_command()} explain {names[0]} {summary.last}" if summary.last else f"{_command()} status"


def _command() -> str:
    """Return what a person types: the command by its name where the shell finds it, else where it is."""
    if shutil.which("tradewind"):
        return "tradewind"
    return os.path.relpath(Path(sys.executable).parent / "tradewind")
