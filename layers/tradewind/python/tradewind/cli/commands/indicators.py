"""`indicators`: what the strategies see, over any file of bars, for people and for checks."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.commands.options import Json
from tradewind.cli.errors import InputError

if TYPE_CHECKING:
    from tradewind.cli.research.indicating import Columns
    from tradewind.indicators.base import Indicator
    from tradewind.indicators.registry import Definition

_SHOWN = 10


def register(parent: typer.Typer) -> None:
    """Add the command."""
    parent.command("indicators", rich_help_panel="Research")(indicators)


def indicators(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Bars: .csv, .csv.gz, .parquet or .feather, any name.")
    ] = None,
    *,
    spec: Annotated[str, typer.Option(metavar="NAME:SETTING…,…", help="Which ones, as rsi:14,bbands:20:2.")] = "",
    csv: Annotated[str, typer.Option(metavar="OUT", help="Write every bar to this file; - for the terminal.")] = "",
    every: Annotated[bool, typer.Option("--list", help="Say which indicators there are, and their settings.")] = False,
    as_json: Json = False,
) -> None:
    """Compute indicators over a file of bars, by the very functions that decide in production.

    The file has the columns ts,open,high,low,close,volume; ts is UTC ms. Written are ts and one column for each value:
    rsi_14, ema_200, bbands_20_2_upper … A cell is empty until its indicator is warm. Without --csv the last bars are
    shown.

    For example:

      tradewind indicators --list

      tradewind indicators bars/binance_BTCUSDT_1h.csv.gz --spec rsi:14,ema:200

      tradewind indicators prices.csv --spec rsi:14,ema:200,bbands:20:2 --csv columns.csv
    """
    if every:
        _list(as_json=as_json)
        return
    if file is None or not spec:
        raise InputError("name a bar file and --spec, as `tradewind indicators FILE --spec rsi:14`; --list shows them")
    from tradewind.cli.output import progress
    from tradewind.cli.research.indicating import columns, rows_of
    from tradewind.indicators import registry

    chosen = registry.indicators(spec)
    result = columns(file, progress(rows_of(file), "computing"), chosen)
    _warn(result, chosen)
    _tell(result, chosen, csv, as_json=as_json)


def _tell(result: "Columns", chosen: Sequence["Indicator"], out: str, *, as_json: bool) -> None:
    """Write the columns where they are wanted, and say so."""
    from tradewind.cli.output import emit_json, note
    from tradewind.cli.research.indicating import csv_text

    if out == "-":
        typer.echo(csv_text(result), nl=False)
        return
    if out:
        Path(out).parent.mkdir(parents=True, exist_ok=True)
        Path(out).write_text(csv_text(result))
    if as_json:
        emit_json(_facts(result, chosen))
    elif out:
        note(f"{len(result.times):,} bars, {len(result.names)} columns: {out}")
    else:
        _show(result)


def _warn(result: "Columns", chosen: Sequence["Indicator"]) -> None:
    """Say what makes the numbers less than they seem."""
    from tradewind.cli.output import note

    bars = len(result.times) - len(result.left_out)
    if result.left_out:
        some = ", ".join(result.left_out[:3]) + (" …" if len(result.left_out) > 3 else "")  # noqa: PLR2004
        note(f"warning: {len(result.left_out)} rows are no bars, and no indicator has seen them: {some}")
    for one in chosen:
        if bars < one.warmup:
            note(f"warning: {one.outputs[0]} needs {one.warmup} bars to settle, and there are {bars}")


def _facts(result: "Columns", chosen: Sequence["Indicator"]) -> dict[str, object]:
    latest = {
        name: value if value == value else None  # noqa: PLR0124 - NaN
        for name, value in zip(result.names, result.values[-1], strict=True)
    }
    return {
        "bars": len(result.times),
        "left_out": result.left_out,
        "warmup": max(one.warmup for one in chosen),
        "ts": result.times[-1],
        "last": latest,
    }


def _show(result: "Columns") -> None:
    from tradewind.cli.output import emit_table
    from tradewind.domain.moments import iso

    rows = [
        (iso(ts), *(f"{value:.8g}" if value == value else "" for value in values))  # noqa: PLR0124 - NaN
        for ts, values in zip(result.times[-_SHOWN:], result.values[-_SHOWN:], strict=True)
    ]
    emit_table(f"last {len(rows)} of {len(result.times):,} bars", ("bar of (UTC)", *result.names), rows, result.names)


def _described(one: "Definition") -> dict[str, object]:
    settings = [{"name": each.name, "default": each.default, "least": each.least} for each in one.settings]
    return {
        "name": one.name,
        "settings": settings,
        "outputs": one.outputs,
        "warmup": one.warmup,
        "summary": one.summary,
    }


def _list(*, as_json: bool) -> None:
    from tradewind.cli.output import emit_json, emit_table
    from tradewind.indicators.registry import DEFINITIONS

    if as_json:
        emit_json([_described(one) for one in DEFINITIONS.values()])
        return
    rows = [
        (
            ":".join((one.name, *(f"{each.default:g}" for each in one.settings))),
            " ".join(each.name for each in one.settings),
            one.warmup,
            " ".join(one.outputs),
            one.summary,
        )
        for one in DEFINITIONS.values()
    ]
    emit_table(
        "", ("with its defaults", "settings", "bars to settle", "gives", "what it is"), rows, ("bars to settle",)
    )
