"""`data plot`: a file's bars as a page."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.commands import data
from tradewind.cli.commands.data import From, To
from tradewind.cli.commands.options import Json
from tradewind.cli.errors import InputError

if TYPE_CHECKING:
    from tradewind.cli.bar_names import BarFile
    from tradewind.domain.series import Series


def register(_: typer.Typer) -> None:
    """Add the command to the family `data`."""
    data.app.command("plot")(plot)


def plot(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A bar file.")],
    *,
    html: Annotated[Path, typer.Option("--html", metavar="OUT", help="The page to write.")] = Path("bars.html"),
    start: From = None,
    end: To = None,
    as_json: Json = False,
) -> None:
    """Draw a file's bars and volume as one page that needs no network; holes are shaded.

    For example:

      tradewind data plot bars/binance_BTCUSDT_1h.csv.gz --from 2024-03-01 --until 2024-04-01 --html march.html
    """
    from tradewind.cli.data import chart, choosing
    from tradewind.cli.data.checking import gaps
    from tradewind.cli.output import emit_json

    file = choosing.one(source)
    series = _series(file, start, end, choosing.present())
    holes = [] if file.has_sessions else gaps(series.bars, series.timeframe)
    chart.write_page(series, holes, html, sessions=file.has_sessions)
    if as_json:
        emit_json({"page": str(html), "bars": len(series.bars), "gaps": len(holes)})
    else:
        typer.echo(f"{html}: {len(series.bars):,} bars of {series.instrument.id}")


def _series(file: "BarFile", start: str | None, end: str | None, now: int) -> "Series":
    from tradewind.cli.bar_files import read_series
    from tradewind.cli.times import parse_time

    first = parse_time(start, "--from") if start else None
    last = parse_time(end, "--until") if end else None
    series = read_series(file, first, last, now)
    if not series.bars:
        raise InputError(f"{file.path.name} has no bars from {start or 'its start'} until {end or 'its end'}")
    return series
