"""`optimize`: search a strategy's parameters, and say how far to believe what was found."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.commands.options import Json
from tradewind.cli.errors import InputError

if TYPE_CHECKING:
    from tradewind.backtest.optimiser.findings import Findings
    from tradewind.backtest.optimiser.outcome import Span
    from tradewind.backtest.optimiser.study import Plan
    from tradewind.backtest.optimiser.walkforward import Fold
    from tradewind.cli.research.optimising import Loaded

_BARS, _SEARCH, _JUDGE = "On which bars", "What is searched", "How it is judged"

Bars = Annotated[
    Path | None, typer.Option(metavar="DIR", rich_help_panel=_BARS, help="Folder of bar files; else the sample stocks.")
]
Symbols = Annotated[str, typer.Option(metavar="A,B", rich_help_panel=_BARS, help="SYMBOL or VENUE:SYMBOL; else all.")]
Interval = Annotated[str | None, typer.Option(metavar="1h", rich_help_panel=_BARS, help="Which interval.")]
From = Annotated[str | None, typer.Option("--from", metavar="TIME", rich_help_panel=_BARS, help="First bar.")]
To = Annotated[str | None, typer.Option("--to", metavar="TIME", rich_help_panel=_BARS, help="Bars end before this.")]
Universe = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE", rich_help_panel=_BARS,
        help="Whose members of each day may be entered: that of --env, or an exported file; or none.",
    ),
]  # fmt: skip
Vary = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=LOW:HIGH[:STEP]", rich_help_panel=_SEARCH,
        help="A parameter to search; several times. Else every one, from half its default to twice.",
    ),
]  # fmt: skip
Parameters = Annotated[
    list[str] | None, typer.Option("--param", metavar="NAME=VALUE", rich_help_panel=_SEARCH, help="One that is fixed.")
]
Goal = Annotated[
    str,
    typer.Option(rich_help_panel=_SEARCH, help="sharpe, sortino, calmar, return, profit_factor or expectancy."),
]
Trials = Annotated[int, typer.Option(min=2, rich_help_panel=_SEARCH, help="How many sets of parameters are tried.")]
Sampler = Annotated[str, typer.Option(rich_help_panel=_SEARCH, help="cmaes, tpe, random or grid.")]
Seed = Annotated[int, typer.Option(rich_help_panel=_SEARCH, help="The same seed gives the same study.")]
Jobs = Annotated[int, typer.Option(min=0, rich_help_panel=_SEARCH, help="Processes; 0 for one each processor.")]
Fewest = Annotated[
    int, typer.Option("--min-trades", min=1, rich_help_panel=_JUDGE, help="Round trips that a trial must have.")
]
Aside = Annotated[
    float, typer.Option("--keep-aside", rich_help_panel=_JUDGE, help="Share of the bars, the latest, never searched.")
]
Folds = Annotated[
    int, typer.Option(min=0, rich_help_panel=_JUDGE, help="Walk-forward steps, each a search of its own; 0 for none.")
]
Anchored = Annotated[
    bool, typer.Option("--anchored", rich_help_panel=_JUDGE, help="Let each fold's search begin with the first bar.")
]
StudyFile = Annotated[
    Path | None,
    typer.Option("--study", metavar="FILE", rich_help_panel=_SEARCH, help="Write trials down; go on where it ended."),
]


Publish = Annotated[str, typer.Option(metavar="NAME", help="Show it on an environment's dashboard under this name.")]

_HELP = """Search parameters on the earlier bars and judge the best on the later ones, beside the defaults and holding.

What is told beside the best: the deflated Sharpe ratio (is it more than luck among so many trials), the probability
of backtest overfitting (combinatorially symmetric cross-validation), a walk-forward, and Monte Carlo of the trades'
order. Account, limits and gates are those of config/local.toml. The same seed gives the same study, whatever the
number of processes; with --study an interrupted one goes on.

For example:

  tradewind optimize rsi_pullback_pro --trials 300

  tradewind optimize rsi_pullback_pro --bars bars --symbols BTCUSDT --interval 1h --vary rsi_period=5:21
  --vary stop_atr=1:4:0.25 --goal calmar --study build/research/btc.jsonl
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("optimize", rich_help_panel="Research", help=_HELP)(optimize)


def optimize(
    strategy: Annotated[str, typer.Argument(help="A built-in strategy, or a file of user_strategies/.")],
    *,
    bars: Bars = None,
    symbols: Symbols = "",
    interval: Interval = None,
    start: From = None,
    end: To = None,
    universe: Universe = "",
    vary: Vary = None,
    param: Parameters = None,
    goal: Goal = "sharpe",
    trials: Trials = 500,
    sampler: Sampler = "cmaes",
    seed: Seed = 1,
    jobs: Jobs = 0,
    fewest: Fewest = 20,
    aside: Aside = 0.25,
    folds: Folds = 3,
    anchored: Anchored = False,
    study: StudyFile = None,
    publish: Publish = "",
    env: Annotated[
        str, typer.Option("--env", metavar="ENV", help="With --publish: whose dashboard; with --universe: whose.")
    ] = "local",
    as_json: Json = False,
) -> None:
    """Search a strategy's parameters; its help is `_HELP`."""
    from tradewind.backtest.optimiser.findings import parted
    from tradewind.cli.output import emit_json, note
    from tradewind.cli.research import optimising, publishing

    name = publishing.checked(publish) if publish else ""
    loaded = _loaded(strategy, bars, symbols, interval, start, end, universe, env)
    for line in loaded.notes:
        note(f"note: {line}")
    searched, kept, steps = parted(loaded.bench.span(), aside, folds, anchored=anchored)
    plan = _plan(
        loaded, strategy, span=searched, vary=vary, param=param, goal=goal, trials=trials, seed=seed, sampler=sampler,
        fewest=fewest,
    )  # fmt: skip
    begun = time.monotonic()
    found = _study(loaded, plan, kept, steps, study, jobs or os.process_cpu_count() or 1)
    seconds = time.monotonic() - begun
    emit_json(optimising.facts(found, loaded, seconds)) if as_json else _show(found, loaded, seconds)
    if name:
        publishing.research(env, name, optimising.facts(found, loaded, seconds))


def _loaded(
    strategy: str,
    bars: Path | None,
    symbols: str,
    interval: str | None,
    start: str | None,
    end: str | None,
    universe: str,
    env: str,
) -> "Loaded":
    from tradewind.cli.research import optimising
    from tradewind.cli.run.plan import RunRequest
    from tradewind.cli.times import parse_time

    first, last = (parse_time(text, name) if text else None for text, name in ((start, "--from"), (end, "--to")))
    wanted = tuple(symbols.replace(",", " ").split())
    request = RunRequest(bars, wanted, interval, first, last, None)
    return optimising.prepare(request, strategy, universe, env if universe else "local")


def _plan(
    loaded: "Loaded",
    strategy: str,
    *,
    span: "Span",
    vary: list[str] | None,
    param: list[str] | None,
    goal: str,
    trials: int,
    seed: int,
    sampler: str,
    fewest: int,
) -> "Plan":
    from tradewind.backtest.optimiser import space
    from tradewind.backtest.optimiser.figures import GOALS
    from tradewind.backtest.optimiser.study import SAMPLERS, Plan
    from tradewind.cli.research.choosing import parameters
    from tradewind.strategies.registry import build

    if goal not in GOALS:
        raise InputError(f"--goal {goal} is unknown: it is {', '.join(GOALS)}")
    if sampler not in SAMPLERS:
        raise InputError(f"--sampler {sampler} is unknown: it is {', '.join(SAMPLERS)}")
    fixed = parameters(param or ())
    declared = build(strategy, fixed, loaded.bench.folder).declared
    ranges = space.read(vary, declared) if vary else space.around_defaults(declared)
    varied = tuple(one for one in ranges if vary or one.name not in fixed)
    both = [one.name for one in varied if one.name in fixed]
    if both:
        raise InputError(f"{both[0]} is both varied and fixed: leave one out")
    return Plan(varied, fixed, span, goal, trials, seed, sampler, fewest)


def _study(
    loaded: "Loaded", plan: "Plan", aside: "Span | None", steps: "list[Fold]", path: Path | None, jobs: int
) -> "Findings":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from tradewind.backtest.optimiser.bench import pickled
    from tradewind.backtest.optimiser.findings import Study
    from tradewind.backtest.optimiser.pool import processes
    from tradewind.cli.research.optimising import key_of

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[best]}"),
        TimeRemainingColumn(),
    )  # fmt: skip
    console = Console(stderr=True)
    make = pickled(loaded.bench)
    objective = make()  # compiled here, so that the processes find it on disk
    with processes(make, jobs) as runs, Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("trials", total=plan.trials * (1 + len(steps)), best="")
        return Study(runs, objective, key_of(loaded), lambda _: bar.advance(task))(plan, aside, steps, path)


def _show(found: "Findings", loaded: "Loaded", seconds: float) -> None:
    from tradewind.cli.output import emit_table
    from tradewind.cli.research import optimising

    best = found.best.parameters
    fresh = found.trials - found.recalled
    typer.echo(
        f"{found.trials:,} trials for {found.plan.goal}, {found.refused} refused, {found.recalled} from the journal; "
        f"{fresh:,} and the folds took {seconds:.1f} s"
    )
    rows = [(one.name, f"{best[one.name]:.6g}", str(one).partition("=")[2]) for one in found.plan.space]
    emit_table("best parameters", ("name", "value", "searched"), rows, ("value",))
    head = ("", "return", "Sharpe", "Calmar", "drawdown", "profit factor", "round trips")
    emit_table("", head, optimising.comparison(found, loaded), head[1:])
    for sentence in optimising.sentences(found):
        typer.echo(sentence)
    if found.forward:
        steps = [
            (f"{optimising.day(one.fold.train.start)} – {optimising.day(one.fold.train.end)}",
             f"{one.inside.metrics['return']:+.1%}",
             f"{optimising.day(one.fold.test.start)} – {optimising.day(one.fold.test.end)}",
             f"{one.outside.metrics['return']:+.1%}", f"{one.outside.metrics['round_trips']:.0f}")
            for one in found.forward.steps
        ]  # fmt: skip
        emit_table("walk-forward", ("chosen on", "return", "then on", "return", "round trips"), steps)
