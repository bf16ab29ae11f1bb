"""`backtest`: the strategies over recorded bars, by the functions that decide in production."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.errors import InputError

if TYPE_CHECKING:
    from tradewind.backtest.engine import Run
    from tradewind.backtest.setup import Setup
    from tradewind.cli.backtesting.plan import Request
    from tradewind.domain.series import Series

_SMALL = 50_000
"""Strategies × bars below which compiling takes longer than it saves."""


_HELP = """Run strategies over recorded bars: one account, many instruments, cash and limits shared as in production.

Orders decided at a bar's close fill at the next bar's open; of stop and target in one bar the worse comes first; a
gap fills at the open. Limits, gates and costs are the environment's where no option says otherwise. With a universe
an instrument takes new risk on the days on which it belonged; one that the environment follows counts by itself. With
--volume-share an entry gets what the bar's volume allows and the rest is canceled; an exit goes on at the next bar.

For example:

  tradewind backtest

  tradewind backtest bars --strategy rsi_pullback_pro --interval 1h --from 2023-01-01 --html report.html

  tradewind backtest bars/binance_BTCUSDT_1h.csv.gz --strategy ema_cross --param fast=10 --param slow=40

  tradewind backtest bars --interval 1h --strategy rsi_pullback_pro,ema_cross --param ema_cross.fast=10 --json -

  tradewind backtest bars --interval 1h --universe bybit-90.json

  tradewind backtest --publish spring --env local
"""

Bars = Annotated[
    Path | None, typer.Argument(metavar="BARS", help="A bar file or a folder of them; else the sample stocks.")
]
Names = Annotated[str, typer.Option("--strategy", metavar="NAME,…", help="Which strategies; else the environment's.")]
Parameters = Annotated[
    list[str] | None, typer.Option("--param", metavar="K=V", help="A parameter; with several strategies NAME.K=V.")
]
Symbols = Annotated[str, typer.Option(metavar="A,B", help="Which instruments; else all.")]
Interval = Annotated[str | None, typer.Option(metavar="1h", help="Which bars, where a folder has several.")]
From = Annotated[str | None, typer.Option("--from", metavar="TIME", help="Trade from then on.")]
To = Annotated[str | None, typer.Option("--to", metavar="TIME", help="Bars end before this time.")]
Cash = Annotated[str | None, typer.Option(metavar="AMOUNT", help="What the account starts with.")]
Fee = Annotated[int | None, typer.Option(min=0, max=1000, help="Fee on each fill.")]
Slippage = Annotated[int | None, typer.Option(min=0, max=1000, help="Slippage of each taker's fill.")]
Spread = Annotated[int, typer.Option(min=0, max=1000, help="Spread; each taker pays half of it.")]
Share = Annotated[float, typer.Option(min=0, max=1, help="Most of a bar's volume that an order gets; 0 for any.")]
Delisted = Annotated[bool, typer.Option(help="Close at its last price what is traded no longer.")]
Minimum = Annotated[str | None, typer.Option(help="Smallest order value the venue takes.")]
Universe = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE",
        help="Whose members of each day may be entered: the environment's, or an exported file; or none.",
    ),
]
Environment = Annotated[str, typer.Option("--env", metavar="ENV", help="Whose limits and gates.")]
EngineName = Annotated[str, typer.Option(help="auto, compiled or interpreted: the numbers are the same.")]
JsonOut = Annotated[str, typer.Option("--json", metavar="OUT", help="Write everything as JSON; - for stdout.")]
HtmlOut = Annotated[Path | None, typer.Option(metavar="OUT", help="Write the report as one page.")]
Publish = Annotated[str, typer.Option(metavar="NAME", help="Show it on the environment's dashboard under this name.")]


def register(parent: typer.Typer) -> None:
    """Add the command."""
    parent.command("backtest", rich_help_panel="Research", help=_HELP)(backtest)


def backtest(
    bars: Bars = None,
    *,
    strategy: Names = "",
    param: Parameters = None,
    symbols: Symbols = "",
    interval: Interval = None,
    start: From = None,
    end: To = None,
    cash: Cash = None,
    fee_bps: Fee = None,
    slippage_bps: Slippage = None,
    spread_bps: Spread = 0,
    volume_share: Share = 0.0,
    close_delisted: Delisted = False,
    minimum_notional: Minimum = None,
    universe: Universe = "",
    environment: Environment = "local",
    engine: EngineName = "auto",
    json_: JsonOut = "",
    html: HtmlOut = None,
    publish: Publish = "",
) -> None:
    """Run strategies over recorded bars; its help is `_HELP`."""
    from tradewind.backtest.setup import Extras

    if engine not in {"auto", "compiled", "interpreted"}:
        raise InputError(f"--engine {engine}: use auto, compiled or interpreted")
    request = _request(strategy, param or [], start, cash, minimum_notional)
    request = replace(request, fee_bps=fee_bps, slippage_bps=slippage_bps, spread_bps=spread_bps)
    request = replace(request, extras=Extras(volume_share=volume_share, close_delisted=close_delisted))
    if publish:
        from tradewind.cli.research.publishing import checked

        checked(publish)
    setup, said = _setup(request, environment, universe, _load(bars, symbols, interval, end))
    found = _run(setup, engine)
    _tell(found, said, json_, html)
    if publish:
        _publish(found, said, environment, publish)


def _request(
    strategy: str, param: Sequence[str], start: str | None, cash: str | None, minimum_notional: str | None
) -> "Request":
    from decimal import Decimal

    from tradewind.cli.backtesting.plan import Request
    from tradewind.cli.times import parse_time

    return Request(
        strategies=tuple(filter(None, (name.strip() for name in strategy.split(",")))),
        parameters=_parameters(param),
        start=parse_time(start, "--from") if start else None,
        cash=Decimal(_amount(cash, "--cash")) if cash else None,
        minimum_notional=Decimal(_amount(minimum_notional, "--minimum-notional")) if minimum_notional else None,
    )


def _setup(
    request: "Request", environment: str, universe: str, series: "list[Series]"
) -> "tuple[Setup, Sequence[str]]":
    """Return the backtest, and what to say of its universe."""
    from tradewind.cli.backtesting.plan import setup_of
    from tradewind.cli.configuration.reading import read
    from tradewind.cli.paths import toml_file
    from tradewind.cli.universes.choosing import Span, chosen

    file = read(toml_file(environment))
    found = chosen(universe, environment, file, Span.of(series, request.start))
    return setup_of(replace(request, universe=found.universe), file, series), found.notes


def _parameters(given: Sequence[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for text in given:
        name, separator, value = text.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            separator = ""
        if not separator or not name:
            raise InputError(f"--param {text}: write NAME=NUMBER, as --param fast=10")
    return found


def _amount(text: str, what: str) -> str:
    from tradewind.cli.numbers import decimal_of

    amount = decimal_of(text)
    if amount is None or amount < 0 or (what == "--cash" and not amount):
        raise InputError(f"{what} {text}: write a positive amount, as {what} 10000")
    return str(amount)


def _load(bars: Path | None, symbols: str, interval: str | None, until: str | None) -> "list[Series]":
    from tradewind.cli.bars import load_folder
    from tradewind.cli.run.plan import RunRequest, load
    from tradewind.cli.times import parse_time

    end = parse_time(until, "--to") if until else None
    wanted = tuple(filter(None, symbols.split(",")))
    if bars is not None and bars.is_file():
        return _load_file(bars, end)
    if bars is not None:
        return load_folder(bars, wanted, interval, end=end)
    series = load(RunRequest(None, wanted, interval))
    return series if end is None else [_before(one, end) for one in series]


def _load_file(path: Path, end: int | None) -> "list[Series]":
    import time

    from tradewind.cli.bar_files import read_series
    from tradewind.cli.bar_names import PATTERN, name

    file = name(path)
    if file is None:
        raise InputError(f"{path.name}: a bar file is named {PATTERN}; `tradewind data import` brings others in")
    return [read_series(file, None, end, int(time.time() * 1000))]


def _before(series: "Series", end: int) -> "Series":
    return replace(series, bars=[bar for bar in series.bars if bar.ts_open < end])


def _run(setup: "Setup", engine: str) -> "Run":
    import os

    from tradewind.backtest.engine import best, run
    from tradewind.cli.paths import root

    os.environ.setdefault("TRADEWIND_CACHE", str(root() / "build" / "cache" / "backtest"))
    small = len(setup.bars) * len(setup.at_work) < _SMALL
    with _progress(len(setup.bars)) as told:
        if engine == "compiled":
            return run(setup, compiled=True, told=told)
        if engine == "interpreted" or small:
            return run(setup, told=told, window=8192)
        return best(setup, told)


def _progress(bars: int) -> AbstractContextManager[Any]:
    """Show a bar while the body runs, to people only."""
    import sys

    if not sys.stderr.isatty():
        return nullcontext(None)
    from tradewind.cli.backtesting.progress import shown

    return shown(bars)


def _publish(found: "Run", said: Sequence[str], environment: str, name: str) -> None:
    from tradewind.backtest.result import Result
    from tradewind.cli.backtesting.doubts import doubts
    from tradewind.cli.backtesting.text import to_json
    from tradewind.cli.research import publishing

    result = Result(found)
    publishing.backtest(environment, name, to_json(result, [*said, *doubts(result)]))


def _tell(found: "Run", said: Sequence[str], json_: str, html: Path | None) -> None:
    from tradewind.backtest.result import Result
    from tradewind.cli.backtesting.doubts import doubts
    from tradewind.cli.backtesting.terminal import show
    from tradewind.cli.backtesting.text import to_json
    from tradewind.cli.output import emit_json, note
    from tradewind.cli.report.files import write_json

    result = Result(found)
    warnings = [*said, *doubts(result)]
    if html:
        from tradewind.cli.backtesting.page import page

        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(page(result, warnings), "utf-8")
    if json_ == "-":
        emit_json(to_json(result, warnings))
        return
    if json_:
        write_json(Path(json_), to_json(result, warnings))
    show(result)
    for line in warnings:
        note(f"note: {line}")
    for path in filter(None, (json_, html)):
        note(f"written: {path}")
