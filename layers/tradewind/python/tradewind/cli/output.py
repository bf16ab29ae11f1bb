"""How commands speak: tables and sentences for people on stderr and stdout, JSON for programs on stdout."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

WIDE = 220


def emit_json(value: Any) -> None:
    """Print a value as JSON, alone on stdout."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def emit_table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]], numeric: Sequence[str] = ()) -> None:
    """Print a table; columns named in `numeric` are aligned to the right, brackets are just brackets."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in head:
        table.add_column(name, justify="right" if name in numeric else "left")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    console().print(table)


def coloured(text: object, colour: str) -> "Text":
    """Return a table's cell in a colour."""
    from rich.text import Text

    return Text(str(text), style=colour)


def console() -> "Console":
    """Return where people read; into a pipe or a file lines are as long as they must be."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=WIDE)


def note(text: str) -> None:
    """Say something to the person without disturbing what a program reads from stdout."""
    typer.echo(text, err=True)


def progress[T](items: Sequence[T], doing: str) -> Iterator[T]:
    """Yield the items, with a bar on stderr where a person looks and there is more than one."""
    from rich.console import Console
    from rich.progress import track

    hidden = len(items) < 2 or not sys.stderr.isatty()  # noqa: PLR2004 - more than one
    yield from track(items, doing, console=Console(stderr=True), transient=True, disable=hidden)


def first_of(names: Sequence[object], most: int = 6) -> str:
    """Write the first of many names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(map(str, names[:most])) + more
