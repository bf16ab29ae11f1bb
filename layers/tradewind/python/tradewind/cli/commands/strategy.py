"""`strategy`: list what there is, write one of your own, check it, train the network of Stratus Core."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands.options import Json
from tradewind.cli.errors import CommandError, InputError

if TYPE_CHECKING:
    from tradewind.backtest.setup import Setup
    from tradewind.domain.series import Series
    from tradewind.strategies.base import Strategy

Name = Annotated[str, typer.Argument(metavar="NAME", help="As configuration names it: the name of its file.")]
Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Without one, every built-in one.")]
Bars = Annotated[Path | None, typer.Option("--bars", metavar="FILE", help="A bar file; without it, the daily sample.")]
_MOST = 3_000
app = typer.Typer(no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(
        app, name="strategy", rich_help_panel="Research", help="List strategies; write, check and train your own."
    )


@app.command("list")
def listing(*, as_json: Json = False) -> None:
    """List every strategy: whose it is, its idea, its warm-up, its gates and exits.

    For example:

      tradewind strategy list

      tradewind strategy list --json
    """
    from tradewind.cli.output import emit_json, emit_table
    from tradewind.cli.research import choosing
    from tradewind.strategies import registry

    built_in = set(registry.names())
    every = choosing.strategies((), {})
    if as_json:
        emit_json([_facts(one, name in built_in) for name, one in every.items()])
        return
    head = ("strategy", "whose", "warm-up", "stop", "exits", "idea")
    rows = [
        (name, "built in" if name in built_in else "yours", one.warmup, one.stop_policy,
         ", ".join(dict.fromkeys(one.exit_reasons)), one.idea.partition(". ")[0].removesuffix("."))
        for name, one in every.items()
    ]  # fmt: skip
    emit_table("", head, rows, ("warm-up",))


@app.command()
def describe(names: Names = None) -> None:
    """Describe strategies in full, as Markdown: idea, sources, gates, exits, parameters. Without a name, all built in.

    For example:

      tradewind strategy describe swing_trader
    """
    from tradewind.cli.research import choosing
    from tradewind.cli.strategies import describing
    from tradewind.strategies import registry

    if names:
        typer.echo("\n".join(describing.section(choosing.built(name, {})) for name in names), nl=False)
    else:
        typer.echo(describing.page(choosing.built(name, {}) for name in registry.names()), nl=False)


@app.command()
def schema(name: Name) -> None:
    """Print the JSON schema of a strategy's parameters: defaults, ranges, units and sources, for editors and forms.

    Configuration is checked with the very model that this is the schema of.

    For example:

      tradewind strategy schema rsi_pullback_pro
    """
    from tradewind.cli.configuration import parameters
    from tradewind.cli.output import emit_json
    from tradewind.cli.research import choosing

    emit_json(parameters.schema(choosing.built(name, {})))


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits and _: steady_trend.")],
) -> None:
    """Write a strategy of your own that already runs, with its test.

    For example:

      tradewind strategy new steady_trend
    """
    from tradewind.cli.strategies import template

    written = template.write(name)
    for path in written:
        typer.echo(f"written: {path}")
    typer.echo(f"next: edit {written[0].name}; `pytest {written[1]}`; `tradewind strategy check {name}`")
    typer.echo(f'then name it in config/ENV.toml: [[strategies]] name = "{name}", account and timeframe')


@app.command()
def check(name: Name, *, bars: Bars = None, as_json: Json = False) -> None:
    """Ask a strategy four things: lookahead, warm-up, parity of both engines, speed. Exit code 1 if one is wrong.

    For example:

      tradewind strategy check ema_cross

      tradewind strategy check ema_cross --bars bars/binance_BTCUSDT_1h.csv.gz --json
    """
    from functools import partial

    from tradewind.cli.output import coloured, emit_json, emit_table, progress
    from tradewind.cli.research import choosing
    from tradewind.cli.strategies import checking

    strategy, series = choosing.built(name, {}), _series(bars)
    longest = [bar for bar in max(series, key=lambda one: len(one.bars)).bars if not bar.fault()][:_MOST]
    if len(longest) < strategy.warmup + 10:
        raise InputError(f"{len(longest)} bars are too few: the warm-up alone takes {strategy.warmup}")
    questions: list[Callable[[], checking.Answer]] = [
        partial(checking.sees_future, strategy, longest),
        partial(checking.settles, strategy, longest),
        partial(checking.agrees, _setup(name, series)),
        partial(checking.speed, strategy, longest),
    ]
    answers = [ask() for ask in progress(questions, f"checking {name}")]
    if as_json:
        emit_json({one.question: {"sound": one.sound, "text": one.text, **one.facts} for one in answers})
    else:
        verdicts = (coloured("sound", "green"), coloured("wrong", "red"))
        emit_table("", ("", "check", "found"), [(verdicts[not one.sound], one.question, one.text) for one in answers])
    if not all(one.sound for one in answers):
        raise typer.Exit(1)


@app.command()
def train(
    *,
    bars: Bars = None,
    until: Annotated[str, typer.Option(metavar="TIME", help="Learn up to here; what follows judges.")] = "2008-01-01",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to; without it, nothing is written.")] = None,
    as_json: Json = False,
) -> None:
    """Train the network of Stratus Core, and judge it on bars that it has not seen.

    A Brier score is the mean squared error of a probability: one that is not below that of always saying how often
    prices rose has learnt nothing. What ships is `strategies/stratus_core_model.py`; give it as --out to replace it.

    For example:

      tradewind strategy train

      tradewind strategy train --bars bars/binance_BTCUSDT_1h.csv.gz --until 2024-04-01 --out my_model.py
    """
    from functools import reduce
    from operator import add

    from tradewind.cli.output import emit_json, progress
    from tradewind.cli.times import parse_time
    from tradewind.ml import stratus_core as ml

    series, last = _series(bars), parse_time(until)
    sample = reduce(add, [ml.sample_of(one.bars) for one in progress(series, "reading features")])
    known, later = sample.until(last), sample.after(last)
    if len(known.labels) < 100:  # noqa: PLR2004 - fewer teach nothing
        raise CommandError(f"{len(known.labels)} bars before {until} are too few to learn from")
    weights = ml.fit(known)
    judged = {"learnt": ml.judge(known, weights), "later": ml.judge(later, weights) if len(later.labels) else {}}
    emit_json(judged) if as_json else _show_judged(judged)
    if out:
        names = ", ".join(one.instrument.id for one in series)
        out.write_text(ml.module_text(weights, f"{names}, until {until}"), "utf-8")


def _show_judged(judged: Mapping[str, Mapping[str, float]]) -> None:
    from tradewind.cli.output import emit_table

    head = ("figure", *judged)
    rows = [
        (figure, *(f"{part.get(figure, float('nan')):.6g}" for part in judged.values())) for figure in judged["learnt"]
    ]
    emit_table("", head, rows, head[1:])


def _facts(one: "Strategy", built_in: bool) -> dict[str, Any]:
    return {
        "name": one.name,
        "built_in": built_in,
        "version": one.version,
        "idea": one.idea,
        "warmup": one.warmup,
        "entries": one.entries,
        "stop_policy": one.stop_policy,
        "exits": [*dict.fromkeys(one.exit_reasons), "STOP", "TARGET"],
        "gates": [{"name": gate.name, "kind": gate.kind, "comparison": gate.comparison, "unit": gate.unit}
                  for gate in one.gates],
        "parameters": [{"name": each.name, "default": each.default, "low": each.low, "high": each.high,
                        "unit": each.unit, "source": each.source} for each in one.declared],
    }  # fmt: skip


def _series(bars: Path | None) -> "list[Series]":
    from tradewind.cli.bar_files import read_series
    from tradewind.cli.bars import load_bokeh
    from tradewind.cli.data.choosing import one, present

    return [read_series(one(bars), None, None, present())] if bars else load_bokeh()


def _setup(name: str, series: "list[Series]") -> "Setup":
    from tradewind.cli.backtesting.plan import Request, setup_of
    from tradewind.cli.configuration.reading import read
    from tradewind.cli.paths import toml_file

    return setup_of(Request(strategies=(name,)), read(toml_file("local")), series)
