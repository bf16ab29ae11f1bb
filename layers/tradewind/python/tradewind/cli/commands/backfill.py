"""`data backfill`: the past of instruments, fetched into an environment's series."""

import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands import data
from tradewind.cli.commands.options import Environment, Json
from tradewind.cli.errors import InputError

if TYPE_CHECKING:
    from tradewind.application.backfill_bars import BackfillBars
    from tradewind.cli.data.backfilling import Course
    from tradewind.cli.deployed import Deployed
    from tradewind.domain.backfill import Backfill, SeriesReport
    from tradewind.domain.instrument import InstrumentId
    from tradewind.domain.timeframe import Timeframe

_SHOWN = 5


def register(_: typer.Typer) -> None:
    """Add the command to the family `data`."""
    data.app.command("backfill")(backfill)


Days = Annotated[int, typer.Option("--days", metavar="N", min=1, help="How many days before now.")]
Symbols = Annotated[str, typer.Option(metavar="A,B", help="As BTC-USD.KRAKEN or btc-usd; else all that trade.")]
Intervals = Annotated[str, typer.Option(metavar="1d,1h", help="1m, 5m, 15m, 1h, 4h or 1d.")]
Provider = Annotated[str, typer.Option(metavar="NAME", help="Ask it instead of the configured ones.")]
Share = Annotated[float, typer.Option(min=0.01, max=0.99, help="Of the provider's rate; live fetches have the rest.")]
InCloud = Annotated[
    bool, typer.Option("--in-cloud", help="Let the environment's state machine do it, many functions side by side.")
]


def backfill(
    *,
    days: Days = 180,
    symbols: Symbols = "",
    intervals: Intervals = "1d,1h,15m",
    provider: Provider = "",
    share: Share = 0.5,
    in_cloud: InCloud = False,
    env: Environment = "local",
    as_json: Json = False,
) -> None:
    """Fetch bars of the past, window by window, and verify that each is there once.

    It may be ended at any moment: the same command goes on where it was. Bars that are stored stay as they are, for
    they may have been traded on; those that the provider tells otherwise are counted. What is left out is told by
    reason. Exit code 1 if something that can be had is not there yet.

    For example:

      tradewind data backfill --days 180 --intervals 1d,1h,15m

      tradewind data backfill --days 365 --symbols BTC-USDT.BINANCE --provider binance --intervals 1h --env dev

      tradewind data backfill --in-cloud --env prod
    """
    from tradewind.cli.deployed import connect
    from tradewind.domain.timeframe import Timeframe

    deployed = connect(env)
    names = _instruments(deployed, symbols, provider)
    frames = [Timeframe.parse(text) for text in _split(intervals)]
    _tell_unread(deployed, names, frames)
    if in_cloud:
        _start(deployed, names, frames, days, provider, as_json=as_json)
        return
    begun, worker = _begin(deployed, names, frames, days, provider, share)
    course = _fetch(begun, worker)
    reports = worker.verify(begun)
    _tell(begun, course, reports, as_json=as_json)
    raise typer.Exit(not all(one.is_whole for one in reports))


def _tell_unread(deployed: "Deployed", names: "Sequence[InstrumentId]", frames: "Sequence[Timeframe]") -> None:
    """Tell what is fetched for later: history is read at the timeframes that a market follows, and at longer ones."""
    from tradewind.cli.output import note

    shards = deployed.configuration.shards
    followed = {name: [one.timeframe.ms for one in shards if name in one.instruments] for name in names}
    unread = [str(frame) for frame in frames if any(frame.ms < min(followed[name], default=0) for name in names)]
    if unread:
        note(
            f"{', '.join(unread)}: shorter than what is followed for some of these, so stored, but read by nobody "
            "until the market's timeframes have it"
        )


def _instruments(deployed: "Deployed", symbols: str, provider: str) -> "list[InstrumentId]":
    from tradewind.cli.diagnosis.explanation import find_instrument
    from tradewind.domain.instrument import InstrumentId

    configured = deployed.configuration.instruments
    if not symbols:
        return sorted({name for shard in deployed.configuration.shards for name in shard.instruments})
    return [
        InstrumentId(text.upper())
        if provider and "." in text and text.upper() not in configured
        else find_instrument(deployed.configuration, text)
        for text in _split(symbols)
    ]


def _begin(
    deployed: "Deployed", names: "Sequence[InstrumentId]", frames: "Sequence[Timeframe]", days: int, provider: str,
    share: float,
) -> "tuple[Backfill, BackfillBars]":  # fmt: skip
    from tradewind.domain.backfill import plan
    from tradewind.keeping import cold_tier
    from tradewind.past import backfiller
    from tradewind.settings import RuntimeSettings

    settings = RuntimeSettings.from_environ(os.environ)
    archive = cold_tier(deployed.client("s3"), deployed.output("DataBucket"))
    worker = backfiller(deployed.configuration, settings, deployed.market, archive, provider, share)
    for name in names:
        worker.feeds(name)  # who cannot be asked is told before anything is begun
    return worker.backfills.begin(plan(names, frames, days, time.time_ns() // 1_000_000, provider)), worker


def _fetch(begun: "Backfill", worker: "BackfillBars") -> "Course":
    from tradewind.cli.data.backfilling import Course, shown
    from tradewind.cli.output import note
    from tradewind.domain.moments import iso

    windows = worker.open(begun)
    total = sum(1 for _ in begun.windows())
    done = total - len(windows)
    before = f", {done} of them done before" if done else ""
    note(f"{len(begun.series)} series from {iso(begun.start)} to {iso(begun.end)}: {total} windows{before}")
    course = Course(worker, begun)
    windows.sort(key=lambda one: one.start)  # neighbours of one series would meet in the same chunks and marks
    with shown(total, done) as told:
        course.run(windows, told)
    return course


def _tell(begun: "Backfill", course: "Course", reports: "Sequence[SeriesReport]", *, as_json: bool) -> None:
    from tradewind.application.backfill_steps import told
    from tradewind.cli.output import emit_json, emit_table

    sums = told(reports)
    if as_json:
        failed = [{"window": list(window), "reason": why} for window, why in course.failed.items()]
        emit_json({"name": begun.name, "from": begun.start, "to": begun.end, "added": course.added, **sums,
                   "failed": failed, "series": [_row(one) for one in reports]})  # fmt: skip
        return
    rows = [_frame_row(frame, [one for one in reports if one.series.timeframe == frame]) for frame in _frames(reports)]
    head = ("interval", "series", "expected", "present", "missing", "duplicates", "differing", "missing by reason")
    emit_table("verified", head, rows, head[1:7])
    for window, why in list(course.failed.items())[:_SHOWN]:
        typer.echo(f"not fetched: {window.instrument} {window.timeframe}: {why}")
    if sums["whole"]:
        typer.echo(f"{sums['present']:,} bars are there, each once; {course.added:,} of them are new")
    else:
        typer.echo("not all that can be had is there yet: run the same command again, it goes on where this one ended")


def _frames(reports: "Sequence[SeriesReport]") -> "list[Timeframe]":
    return list(dict.fromkeys(one.series.timeframe for one in reports))


def _frame_row(frame: "Timeframe", reports: "Sequence[SeriesReport]") -> tuple[object, ...]:
    from tradewind.application.backfill_steps import told

    sums = told(reports)
    missing: dict[str, int] = sums["missing"]
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in missing.items())
    counts = (sums["expected"], sums["present"], sum(missing.values()), sums["duplicates"], sums["differing"])
    return (frame, len(reports), *(f"{count:,}" for count in counts), reasons or "–")


def _row(one: "SeriesReport") -> dict[str, Any]:
    return {
        "instrument": one.series.instrument, "interval": str(one.series.timeframe), "expected": one.expected,
        "present": one.present, "others": one.others, "duplicates": one.duplicates, "differing": one.differing,
        "missing": dict(one.missing), "whole": one.is_whole,
    }  # fmt: skip


def _start(
    deployed: "Deployed", names: "Sequence[InstrumentId]", frames: "Sequence[Timeframe]", days: int, provider: str,
    *, as_json: bool,
) -> None:  # fmt: skip
    import json

    from tradewind.cli.output import emit_json

    asked = {"days": days, "symbols": names, "intervals": [str(one) for one in frames], "provider": provider}
    machine = deployed.output("BackfillMachineArn")
    answer = deployed.client("stepfunctions").start_execution(stateMachineArn=machine, input=json.dumps(asked))
    if as_json:
        emit_json({"execution": answer["executionArn"]})
    else:
        typer.echo(
            f"started {answer['executionArn']}\nfollow it in the console of Step Functions; its output is the report"
        )


def _split(text: str) -> Sequence[str]:
    wanted = text.replace(",", " ").split()
    if not wanted:
        raise InputError("name at least one, as --intervals 1d,1h")
    return wanted
