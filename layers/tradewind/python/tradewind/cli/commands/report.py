"""`report`: the report of the day, on demand."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands.options import Environment, Json
from tradewind.cli.errors import InputError

if TYPE_CHECKING:
    from tradewind.domain.reporting import Report

_UNITS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report", rich_help_panel="Ask")(report)


def report(
    *,
    env: Environment = "local",
    since: Annotated[
        str, typer.Option("--since", metavar="SPAN", help="How far back, as 12h or 7d; `all` from the start.")
    ] = "",
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write it as a page too.")] = None,
    as_json: Json = False,
) -> None:
    """Say what was earned and why, what is held, what is wrong, and what it cost: the 09:00 report, now.

    Without --since it tells of the last day; of recorded bars, of the whole run.

    For example:

      tradewind report

      tradewind report --env prod --since 7d --html week.html
    """
    from tradewind.application.report_text import as_html, as_text
    from tradewind.cli.deployed import connect
    from tradewind.cli.output import emit_json, note
    from tradewind.cli.report.today import made

    told = made(connect(env), _span(since))
    if html:
        html.write_text(as_html(told), "utf-8")
        note(f"written: {html}")
    if as_json:
        emit_json(_json(told))
    else:
        typer.echo(as_text(told))


def _span(text: str) -> int | None:
    """Return milliseconds; 0 for everything, None where nothing was said."""
    if not text or text == "all":
        return 0 if text else None
    if text[-1] not in _UNITS or not text[:-1].isdigit() or int(text[:-1]) < 1:
        raise InputError(f"{text!r} is no span: write it as 30m, 12h or 7d, or `all`")
    return int(text[:-1]) * _UNITS[text[-1]]


def _json(told: "Report") -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(told), "equity": told.equity, "profit": told.profit}
