"""`data archive` and `data purge`: what leaves the tables for Parquet, and what is forgotten."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands import data
from tradewind.cli.commands.options import Environment, Json, Yes
from tradewind.cli.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.application.purge_bars import PurgeBars, Purged
    from tradewind.cli.deployed import Deployed
    from tradewind.domain.instrument import InstrumentId
    from tradewind.domain.timeframe import Timeframe

Instrument = Annotated[str, typer.Argument(metavar="ID", help="As BTC-USD.KRAKEN, or a part of it.")]
Day = Annotated[str, typer.Option(metavar="DAY", help="One day again, as 2026-11-20; else what is due.")]
OfShard = Annotated[str, typer.Option("--shard", metavar="NAME", help="One shard; else all.")]
Intervals = Annotated[str, typer.Option(metavar="1m,1h", help="Which of its series; else all.")]
Before = Annotated[str | None, typer.Option(metavar="TIME", help="Bars up to here, as 2026-01-31 (UTC).")]
KeepDays = Annotated[int | None, typer.Option("--keep-days", metavar="N", min=1, help="All but the last N days.")]
Export = Annotated[Path | None, typer.Option("--export", metavar="DIR", help="Write them here as Parquet first.")]


def register(_: typer.Typer) -> None:
    """Add the commands to the family `data`."""
    data.app.command("archive")(archive)
    data.app.command("purge")(purge)


def archive(*, day: Day = "", shard: OfShard = "", env: Environment = "local", as_json: Json = False) -> None:
    """Bring bars, decisions and what they were made on into Parquet, as the scheduled function does once a day.

    Days are archived two days after they end. Any day can be archived again: what is there already stays, what has
    changed since is taken over, and nothing is doubled.

    For example:

      tradewind data archive --env prod

      tradewind data archive --day 2026-11-20 --shard kraken-1m
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.output import emit_json
    from tradewind.keeping import archiver, day_named

    deployed = connect(env)
    if shard and shard not in {one.name for one in deployed.configuration.shards}:
        raise InputError(f"there is no shard {shard}: `tradewind data status --env {env}` lists them")
    run = archiver(deployed.configuration, deployed.market, deployed.client("s3"), deployed.output("DataBucket"))
    done = run(day_named(day) if day else None, shard)
    if as_json:
        emit_json(dict(done))
        return
    for name, report in done.items():
        typer.echo(f"{name}: {report}")


def purge(
    instrument: Instrument,
    *,
    intervals: Intervals = "",
    before: Before = None,
    keep_days: KeepDays = None,
    export: Export = None,
    yes: Yes = False,
    env: Environment = "local",
    as_json: Json = False,
) -> None:
    """Forget an instrument's bars, in the tables and in Parquet, after asking; export them first if you like.

    Of an instrument that is followed the last 35 days stay, from which states are rebuilt: give --before or
    --keep-days. Slices expire by themselves, and what decisions were made on stays as evidence.

    For example:

      tradewind data purge DOGE-USD.KRAKEN --export goodbye

      tradewind data purge BTC-USD.KRAKEN --intervals 1m --keep-days 730 --env prod --yes
    """
    from tradewind.cli.deployed import connect

    deployed = connect(env)
    name, followed = _named(deployed, instrument)
    until = _until(before, keep_days, followed=followed)
    worker = _worker(deployed)
    found = {frame: one for frame in _frames(intervals) if (one := worker.look(name, frame, until)).bars}
    if not found:
        _tell(name, {}, [], as_json=as_json)
        return
    if not yes:
        typer.echo(_sentence(name, found), err=True)
        typer.confirm(f"Forget them in {env}?", abort=True, err=True)
    written = _export(worker, name, list(found), until, export) if export else []
    for frame in found:
        worker(name, frame, until)
    _tell(name, found, written, as_json=as_json)


def _worker(deployed: "Deployed") -> "PurgeBars":
    from tradewind.adapters.dynamodb.archived import DynamoArchivedSeries
    from tradewind.adapters.s3.objects import S3Store
    from tradewind.adapters.s3.parquet import ParquetBars
    from tradewind.application.purge_bars import PurgeBars

    cold = ParquetBars(S3Store(deployed.client("s3"), deployed.output("DataBucket")))
    return PurgeBars(DynamoArchivedSeries(deployed.market), cold)


def _named(deployed: "Deployed", text: str) -> "tuple[InstrumentId, bool]":
    """Return the instrument, and whether it is followed; one that is not must be named whole."""
    from tradewind.cli.diagnosis.explanation import find_instrument
    from tradewind.domain.instrument import InstrumentId

    followed = {name for shard in deployed.configuration.shards for name in shard.instruments}
    try:
        name = find_instrument(deployed.configuration, text)
    except InputError:
        if "." not in text:
            raise
        name = InstrumentId(text.upper())
    return name, name in followed


def _until(before: str | None, keep_days: int | None, *, followed: bool) -> int:
    from tradewind.application.ports_bars import WARM_DAYS
    from tradewind.cli.times import parse_time
    from tradewind.domain.timeframe import DAY

    now = time.time_ns() // 1_000_000
    if before and keep_days:
        raise InputError("--before and --keep-days say the same in two ways: give one of them")
    until = parse_time(before, "--before") if before else now - keep_days * DAY if keep_days else now
    if followed and until > now - WARM_DAYS * DAY:
        raise InputError(
            f"it is followed, so its last {WARM_DAYS} days stay: give --keep-days {WARM_DAYS}, or take it out of the "
            "configuration and deploy first"
        )
    return until


def _frames(intervals: str) -> "list[Timeframe]":
    from tradewind.domain.timeframe import Timeframe

    return [Timeframe.parse(text) for text in intervals.replace(",", " ").split()] or list(Timeframe)


def _export(
    worker: "PurgeBars", name: "InstrumentId", frames: "Sequence[Timeframe]", until: int, folder: Path
) -> list[str]:
    from tradewind.cli.data.writing import records, write

    symbol, _, venue = name.rpartition(".")
    paths = {frame: folder / f"{venue.lower()}_{symbol.replace('-', '')}_{frame}.parquet" for frame in frames}
    there = next((path for path in paths.values() if path.exists()), None)
    if there:
        raise InputError(
            f"{there} is there already, and may hold what was forgotten before: --export to another folder"
        )
    for frame, path in paths.items():
        write(path, records(worker.bars(name, frame, until)))
    return list(map(str, paths.values()))


def _sentence(name: str, found: "dict[Timeframe, Purged]") -> str:
    from tradewind.domain.moments import iso

    parts = [f"{one.bars:,} bars at {frame} until {iso(one.last)}" for frame, one in found.items()]
    return f"{name}: {', '.join(parts)}"


def _tell(name: str, found: "dict[Timeframe, Purged]", written: list[str], *, as_json: bool) -> None:
    from tradewind.cli.output import emit_json

    if as_json:
        rows: dict[str, Any] = {
            str(frame): {"bars": one.bars, "chunks": one.chunks, "months": one.months} for frame, one in found.items()
        }
        emit_json({"instrument": name, "forgotten": rows, "exported": written})
        return
    for path in written:
        typer.echo(f"{path} written")
    typer.echo(f"forgotten: {_sentence(name, found)}" if found else f"{name} has no bars to forget")
