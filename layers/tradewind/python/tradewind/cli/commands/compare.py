"""`parity` and `whatif`: what an environment decided, beside the backtest, and beside other gates."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands.options import Environment, Json
from tradewind.cli.errors import InputError

if TYPE_CHECKING:
    from tradewind.cli.research.parity import Parity
    from tradewind.cli.research.whatif import Path as Way
    from tradewind.cli.research.whatif import WhatIf

_SHOWN = 10
_FIGURES = ("return", "sharpe", "max_drawdown", "profit_factor", "round_trips", "fees")

Bars = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Bars to backtest; without it, those that the environment stored.")
]
Symbols = Annotated[str, typer.Option(metavar="A,B", help="SYMBOL or VENUE:SYMBOL; else all of the folder.")]
Interval = Annotated[str | None, typer.Option(metavar="1h", help="Which of the folder's intervals.")]
GateOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--gate", metavar="NAME=VALUE", help="signal_strength, confirmations, ml_confidence, size_multiplier."
    ),
]
Parameters = Annotated[
    list[str] | None, typer.Option("--param", metavar="NAME=VALUE", help="A strategy's parameter; several times.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("parity", rich_help_panel="Research")(parity)
    app.command("whatif", rich_help_panel="Research")(whatif)


def parity(
    *,
    env: Environment = "local",
    bars: Bars = None,
    symbols: Symbols = "",
    interval: Interval = None,
    as_json: Json = False,
) -> None:
    """Backtest what an environment traded, and compare every decision, order and fill; exit code 1 if any differs.

    Of the first difference it tells the first number that differs, and the first input that does: a bar, a correction,
    the configuration, the code, or what was held. Bars are those that the environment stored, or a folder's, which
    shows whether your own recording would have traded alike.

    For example:

      tradewind parity

      tradewind parity --env dev --bars bars --interval 1m
    """
    from dataclasses import asdict

    from tradewind.cli.deployed import connect
    from tradewind.cli.output import emit_json
    from tradewind.cli.research import parity as comparing
    from tradewind.cli.run.plan import RunRequest, load

    wanted = tuple(symbols.replace(",", " ").split())
    series = load(RunRequest(bars, wanted, interval, None, None, None)) if bars else None
    found = comparing.compare(connect(env), series)
    if as_json:
        emit_json(asdict(found) | {"same": not found.different})
    else:
        _tell(found)
    if found.different:
        raise typer.Exit(1)


def _tell(found: "Parity") -> None:
    typer.echo(
        f"{found.decisions:,} decisions, {found.orders:,} orders and {found.fills:,} fills; digest {found.digest}"
    )
    if found.corrected:
        typer.echo(f"{found.corrected:,} slices were corrected later: what was decided before may rightly differ")
    if found.first is None:
        typer.echo("the backtest and the pipeline are the same to the last digit")
        return
    typer.echo(f"{found.different:,} differ, the first: {found.first.what}")
    typer.echo(f"  stored:   {found.first.stored}\n  backtest: {found.first.again}")
    for name, told in (("number", found.first.number), ("input", found.first.cause)):
        if told:
            typer.echo(f"  first differing {name}: {told}")


def whatif(
    *,
    gate: GateOptions = None,
    param: Parameters = None,
    env: Environment = "local",
    as_json: Json = False,
) -> None:
    """Say what an environment would have done with other gates: which decisions turn, and what the path comes to.

    The turns are read off the stored decisions alone. As the first of them trades, what is held differs and so does
    what follows: the path is the whole backtest over the stored bars, the same as running it all again.

    For example:

      tradewind whatif --gate signal_strength=0.6

      tradewind whatif --gate confirmations=3 --gate signal_strength=0.8 --json

      tradewind whatif --param stop_atr=3
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.output import emit_json
    from tradewind.cli.research import rehearsing
    from tradewind.cli.research import whatif as asking
    from tradewind.cli.research.choosing import parameters

    gates = parameters(gate or (), "--gate")
    if not gates and not param:
        raise InputError("say what should be different: --gate signal_strength=0.6, or --param NAME=VALUE")
    stored = rehearsing.read(connect(env))
    found = asking.compare(stored, asking.changed(stored.configuration, gates, parameters(param or ())))
    if as_json:
        emit_json(_facts(found))
    else:
        _show(found)


def _show(found: "WhatIf") -> None:
    from tradewind.cli.output import emit_table
    from tradewind.domain.moments import iso

    rows = [(name, _figure(found.then, name), _figure(found.now, name)) for name in _FIGURES]
    actions = sorted({*found.then.actions, *found.now.actions})
    rows += [
        (one.lower(), f"{found.then.actions.get(one, 0):,}", f"{found.now.actions.get(one, 0):,}") for one in actions
    ]
    emit_table("", ("", "as it was", "what if"), rows, ("as it was", "what if"))
    turned = [(iso(one.ts), one.strategy, one.instrument, one.was, one.becomes) for one in found.turns[:_SHOWN]]
    if turned:
        head = ("bar closed", "strategy", "instrument", "was", "becomes")
        emit_table(f"{len(found.turns):,} stored decisions turn, all else being as it was", head, turned)


def _figure(way: "Way", name: str) -> str:
    value = way.metrics.get(name)
    if value is None:
        return "–"
    if name in {"return", "max_drawdown"}:
        return f"{value:.2%}"
    return f"{value:,.0f}" if name == "round_trips" else f"{value:,.2f}"


def _facts(found: "WhatIf") -> dict[str, Any]:
    from dataclasses import asdict

    from tradewind.cli.report.files import fill_row, order_row

    def way(one: "Way") -> dict[str, Any]:
        return {
            "metrics": dict(one.metrics), "actions": dict(one.actions),
            "orders": [order_row(order) for order in one.orders], "fills": [fill_row(fill) for fill in one.fills],
        }  # fmt: skip

    return {"turns": [asdict(one) for one in found.turns], "then": way(found.then), "now": way(found.now)}
