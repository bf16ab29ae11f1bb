"""`data status` and `data refusals`: how an environment's market data stands, and what did not enter it."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands import data
from tradewind.cli.commands.options import Environment, Json
from tradewind.cli.errors import InputError

if TYPE_CHECKING:
    from tradewind.cli.deployed import Deployed
    from tradewind.domain.validation import Reason, Refusal


def register(_: typer.Typer) -> None:
    """Add the commands to the family `data`."""
    data.app.command("status")(status)
    data.app.command("refusals")(refusals)


def status(*, env: Environment = "local", as_json: Json = False) -> None:
    """Show each shard's latest bar, what is overdue and why, providers, holes that wait, and how far bars are packed.

    Exit code 1 if anything is overdue, not packed, or left alone.

    For example:

      tradewind data status --env prod

      tradewind data status --json
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.diagnosis.market_standing import market_standing
    from tradewind.cli.output import emit_json, emit_table

    now = market_standing(connect(env), time.time_ns() // 1_000_000)
    if as_json:
        emit_json(now)
        raise typer.Exit(bool(now["failing"]))
    for title in ("shards", "overdue", "providers"):
        rows: list[dict[str, Any]] = now[title]
        if rows:
            emit_table(f"\n{title}", tuple(rows[0]), [tuple(row.values()) for row in rows], ("overdue", "holes"))
    if now["clock"] == "replay":
        typer.echo("\ntime is recorded here: nothing can be late")
    elif not now["failing"]:
        typer.echo("\nevery bar that was due is there")
    for check, text in now["failing"].items():
        typer.echo(f"\n{check}: {text}")
    raise typer.Exit(bool(now["failing"]))


def refusals(
    *,
    env: Environment = "local",
    instrument: Annotated[str | None, typer.Option(metavar="ID", help="As AAPL.US.")] = None,
    reason: Annotated[str | None, typer.Option(metavar="REASON", help="As OHLC_VIOLATION or DISAGREEMENT.")] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="TIME", help="Bars from 2024-01-31 (UTC) on.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="The latest so many.")] = 50,
    as_json: Json = False,
) -> None:
    """Show rows that did not become bars, and why; and bars that two providers dispute.

    Each row is as its provider wrote it. Reasons are explained in docs/glossary.md. They are kept for 35 days.

    For example:

      tradewind data refusals --instrument BTC-USD.KRAKEN

      tradewind data refusals --reason DISAGREEMENT --from 2026-05-01 --json
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.output import emit_json, emit_table
    from tradewind.domain.moments import iso

    every = _found(connect(env), instrument, _reason(reason), since)
    chosen = every[-limit:]
    if as_json:
        emit_json([{"shard": shard, **one._asdict()} for shard, one in chosen])
    elif not chosen:
        typer.echo("nothing was refused" if not every else "there is no such refusal")
    else:
        rows = [(iso(one.ts), one.instrument, one.timeframe, one.reason, one.value) for _, one in chosen]
        emit_table("", ("bar", "instrument", "interval", "reason", "what was told"), rows)


def _found(
    deployed: "Deployed", instrument: str | None, reason: "Reason | None", since: str | None
) -> "list[tuple[str, Refusal]]":
    """Return what was refused, by shard or by a backfill, in the order of time."""
    from tradewind.adapters.dynamodb import queries
    from tradewind.application.backfill_bars import LOG
    from tradewind.cli.diagnosis.explanation import find_instrument
    from tradewind.cli.times import parse_time

    name = find_instrument(deployed.configuration, instrument) if instrument else None
    start = parse_time(since) - 1 if since else -1
    found = [
        (where, one)
        for where in (*(shard.name for shard in deployed.configuration.shards), LOG)
        for one in queries.refusals(deployed.market, where, start)
        if name in {None, one.instrument} and reason in {None, one.reason}
    ]
    return sorted(found, key=lambda row: row[1].ts)


def _reason(text: str | None) -> Any:
    from tradewind.domain.validation import Reason

    if text is None:
        return None
    try:
        return Reason(text.upper())
    except ValueError:
        raise InputError(f"unknown reason {text!r}: use one of {', '.join(Reason)}") from None
