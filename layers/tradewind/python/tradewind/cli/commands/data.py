"""`data`: bars on this machine, brought in, converted, resampled, checked and shown."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands.options import Json
from tradewind.cli.errors import InputError
from tradewind.domain.errors import TradewindError

if TYPE_CHECKING:
    from tradewind.cli.bar_names import BarFile
    from tradewind.cli.data.importing import Imported, Naming

app = typer.Typer(no_args_is_help=True)

Source = Annotated[Path, typer.Argument(metavar="BARS", help="A bar file, or a folder of them.")]
Symbols = Annotated[str, typer.Option(metavar="A,B", help="SYMBOL or VENUE:SYMBOL, separated by commas; else all.")]
Interval = Annotated[str | None, typer.Option(metavar="1h", help="Only files of this interval.")]
Format = Annotated[str, typer.Option("--format", help="csv, csv.gz, parquet or feather.")]
Out = Annotated[Path, typer.Option("--to", metavar="DIR", help="The folder to write into; made if it is not there.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite files that are there already.")]
From = Annotated[str | None, typer.Option("--from", metavar="TIME", help="First bar, as 2024-01-31 (UTC).")]
To = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Bars end before this time.")]


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(
        app, name="data", rich_help_panel="Research", help="Bars: files on this machine, and those of a deployment."
    )


Paths = Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, or folders with everything below.")]
Venue = Annotated[str, typer.Option(help="Where it was traded, where the files do not say.")]
Symbol = Annotated[str, typer.Option(help="What was traded, where the file does not say: BTCUSDT.")]
Length = Annotated[str, typer.Option(metavar="1h", help="Length of a bar, where the file does not say.")]
Layout = Annotated[str, typer.Option(help="auto, freqtrade, cryptodatadownload or plain.")]


@app.command("import")
def bring_in(
    paths: Paths,
    *,
    to: Out,
    layout: Layout = "auto",
    venue: Venue = "",
    symbol: Symbol = "",
    interval: Length = "",
    form: Format = "csv.gz",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Bring bars of others into a folder that `tradewind run --bars` reads.

    freqtrade: `user_data/data/binance/BTC_USDT-5m.feather`, also .parquet and .json. CryptoDataDownload:
    `Binance_BTCUSDT_1h.csv`. Plain: any CSV, Parquet or Feather with a time, open, high, low, close and volume under
    their usual names. Rows are sorted, doubles dropped, times made UTC milliseconds, and gaps told.

    For example:

      tradewind data import ~/freqtrade/user_data/data/binance --to bars

      tradewind data import Bitstamp_BTCUSD_d.csv --to bars --format parquet

      tradewind data import prices.csv --to bars --venue kraken --symbol BTCUSD --interval 1h
    """
    from tradewind.cli.data import importing, reporting

    suffix, files = _suffix(form), importing.sources(paths)
    importing.check_asked(layout, symbol, files)
    done, refused = _keep_all(files, layout, importing.Naming(venue, symbol, interval), to, suffix, force=force)
    reporting.tell(done, refused, as_json=as_json)


def _keep_all(
    files: list[Path], layout: str, naming: "Naming", folder: Path, suffix: str, *, force: bool
) -> tuple[list[dict[str, Any]], list[str]]:
    """Bring every file in; return what is in each, and what was wrong with the others."""
    from tradewind.cli.data import importing
    from tradewind.cli.data.choosing import present
    from tradewind.cli.output import progress

    now, done, refused = present(), list[dict[str, Any]](), list[str]()
    for path in progress(files, "importing"):
        try:
            done.append(_keep(importing.read(path, layout, naming, now), folder, suffix, now, force=force))
        except TradewindError as error:  # one file's fault keeps no other out
            refused.append(str(error))
    return done, refused


def _keep(imported: "Imported", folder: Path, suffix: str, now: int, *, force: bool) -> dict[str, Any]:
    """Write the file, read it as everything else will, and say what is in it."""
    from tradewind.cli.data import importing, reporting
    from tradewind.cli.data.checking import check
    from tradewind.cli.data.writing import write

    file = importing.as_file(imported, folder, suffix)
    rows = importing.records(imported)
    write(file.path, rows, force=force)
    return reporting.facts(check(file, now)) | {"from": str(imported.foreign.path), "notes": list(imported.notes)}


@app.command()
def convert(
    source: Source,
    *,
    to: Out,
    form: Format = "parquet",
    symbols: Symbols = "",
    interval: Interval = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write bar files in another format; every number stays the same to the last bit.

    For example:

      tradewind data convert bars --to packed --format parquet

      tradewind data convert bars/binance_BTCUSDT_5m.csv.gz --to . --format feather
    """
    from tradewind.cli.data import choosing, reporting
    from tradewind.cli.data.checking import check
    from tradewind.cli.data.writing import exact_records, write
    from tradewind.cli.output import progress

    suffix, now, done = _suffix(form), choosing.present(), []
    for file in progress(choosing.every(source, _split(symbols), interval), "converting"):
        target = _renamed(file, to, suffix, file.interval)
        write(target.path, exact_records(file.path), force=force)
        done.append(reporting.facts(check(target, now)))
    reporting.tell(done, [], as_json=as_json)


Target = Annotated[str, typer.Argument(metavar="INTERVAL", help="Longer than the source's: 15m, 1h, 4h, 1d.")]
Begin = Annotated[str | None, typer.Option(metavar="5m", help="Which of a folder's intervals to start from.")]
Holes = Annotated[
    str, typer.Option(help="Bars of which shorter ones are missing: keep, drop, or auto (keep where markets close).")
]
Through = Annotated[
    str | None, typer.Option(metavar="TIME", help="The source is whole up to here; without it, to its last bar.")
]


@app.command()
def resample(
    source: Source,
    target: Target,
    *,
    to: Out,
    form: Format = "csv.gz",
    symbols: Symbols = "",
    interval: Begin = None,
    holes: Holes = "auto",
    through: Through = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Make bars of a longer interval, exact to the last digit, and tell what had to be left out.

    A bar begins where UTC says: a day at midnight, four hours at 0, 4, 8. The last one is left out if its interval has
    not ended with the source. Where a recorded file of that interval lies beside the source, the two are compared.

    For example:

      tradewind data resample bars 1h --interval 5m --to hourly

      tradewind data resample us_AAPL_1h.csv.gz 1d --to daily --through 2021-04-01
    """
    from tradewind.cli.data import choosing, reporting
    from tradewind.cli.data.joining import Joining
    from tradewind.cli.output import progress
    from tradewind.cli.times import parse_time
    from tradewind.domain.timeframe import Timeframe

    if holes not in {"auto", "keep", "drop"}:
        raise InputError(f"--holes {holes} is unknown: it is keep, drop or auto")
    frame, suffix = Timeframe.parse(target), _suffix(form)
    files = choosing.shorter(choosing.every(source, _split(symbols), interval), frame, interval)
    joining = Joining(frame, holes, parse_time(through, "--through") if through else None, choosing.present())
    done = [
        joining(file, _renamed(file, to, suffix, str(frame)), force=force) for file in progress(files, "resampling")
    ]
    reporting.tell(done, [], as_json=as_json)


@app.command()
def verify(
    source: Source,
    *,
    symbols: Symbols = "",
    interval: Interval = None,
    as_json: Json = False,
) -> None:
    """Check every row; exit code 1 if any cannot be traded on.

    Told are refused rows with their line, gaps, bars without volume, prices that stood still, jumps that look like
    splits, and, where a market lies there in several intervals, whether they agree.

    For example:

      tradewind data verify bars

      tradewind data verify bars/kraken_BTCUSD_1h.csv --json
    """
    from tradewind.cli.data import choosing, reporting
    from tradewind.cli.data.checking import check
    from tradewind.cli.output import emit_json, progress

    now = choosing.present()
    checked = [check(file, now) for file in progress(choosing.every(source, _split(symbols), interval), "reading")]
    agreements = reporting.agreements(checked)
    if as_json:
        emit_json(
            {"files": [reporting.facts(one) for one in checked], "intervals": [one.facts() for one in agreements]}
        )
    else:
        reporting.show(checked, agreements)
    if not all(one.sound for one in checked):
        raise typer.Exit(1)


@app.command("list")
def show(source: Source, *, symbols: Symbols = "", interval: Interval = None, as_json: Json = False) -> None:
    """List what a folder has: instrument, interval, bars, from when to when, gaps.

    For example:

      tradewind data list bars --interval 1h
    """
    from tradewind.cli.data import choosing, reporting
    from tradewind.cli.data.checking import check
    from tradewind.cli.output import emit_json, progress

    now = choosing.present()
    checked = [check(file, now) for file in progress(choosing.every(source, _split(symbols), interval), "reading")]
    if as_json:
        emit_json([reporting.facts(one) for one in checked])
    else:
        reporting.table(checked)


def _renamed(file: "BarFile", folder: Path, suffix: str, interval: str) -> "BarFile":
    from dataclasses import replace

    path = folder / f"{file.venue}_{file.symbol}_{interval}{suffix}"
    return replace(file, path=path, interval=interval)


def _suffix(form: str) -> str:
    from tradewind.cli.data.writing import FORMATS

    if form not in FORMATS:
        raise InputError(f"--format {form} is unknown: it is {', '.join(FORMATS)}")
    return FORMATS[form]


def _split(symbols: str) -> tuple[str, ...]:
    return tuple(symbols.replace(",", " ").split())
