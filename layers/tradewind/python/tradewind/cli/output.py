"""How commands speak: tables and sentences for people on stderr and stdout, JSON for programs on stdout."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import typer


def emit_json(value: Any) -> None:
    """Print a value as JSON, alone on stdout."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def emit_table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]], numeric: Sequence[str] = ()) -> None:
    """Print a table; columns named in `numeric` are aligned to the right."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title or None, title_justify="left", box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in head:
        table.add_column(name, justify="right" if name in numeric else "left")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    Console().print(table)


def note(text: str) -> None:
    """Say something to the person without disturbing what a program reads from stdout."""
    typer.echo(text, err=True)
