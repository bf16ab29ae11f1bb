"""`run` and `replay`: recorded bars through the deployed functions."""

import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.commands.options import Json
from tradewind.cli.errors import InputError

if TYPE_CHECKING:
    from tradewind.cli.deployed import Deployed
    from tradewind.cli.run.plan import RunPlan, RunRequest

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

_DIGITS = 9
"""Of a number of steps: more than any history has."""

_STEPS = "1000"
_BARS = "What to replay"
_STACK = "Where to replay"

Bars = Annotated[
    Path | None,
    typer.Option(
        envvar="BARS", metavar="DIR", rich_help_panel=_BARS,
        help="Folder of {venue}_{symbol}_{interval} files (.csv, .csv.gz, .parquet, .feather); else the sample stocks.",
    ),
]  # fmt: skip
Symbols = Annotated[
    str | None,
    typer.Option(
        envvar="SYMBOLS", metavar="A,B", rich_help_panel=_BARS,
        help="SYMBOL or VENUE:SYMBOL, separated by commas or spaces; without it, all.",
    ),
]  # fmt: skip
Interval = Annotated[
    str | None,
    typer.Option(envvar="INTERVAL", metavar="1h", rich_help_panel=_BARS, help="1m, 5m, 15m, 1h, 4h or 1d."),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from", envvar="FROM", metavar="TIME", rich_help_panel=_BARS,
        help="First bar that is traded, as 2012-01-31 or 2024-05-01T12:30 (UTC); warm-up bars come before it.",
    ),
]  # fmt: skip
To = Annotated[
    str | None,
    typer.Option("--to", envvar="TO", metavar="TIME", rich_help_panel=_BARS, help="Bars end before this time."),
]
Steps = Annotated[
    str,
    typer.Option(
        envvar="STEPS", metavar="N|all", rich_help_panel=_BARS,
        help="Traded steps after the warm-up: the first N from --from on, without it the latest N.",
    ),
]  # fmt: skip
Cash = Annotated[
    str | None,
    typer.Option(
        envvar="CASH", metavar="AMOUNT", rich_help_panel=_BARS,
        help="What the paper account starts with; without it, what config/local.toml says.",
    ),
]  # fmt: skip
Market = Annotated[
    str | None,
    typer.Option(
        envvar="MARKET", metavar="VENUE", rich_help_panel=_BARS,
        help="Follow live public bars instead of recorded ones: kraken, or simulated, which needs no internet and "
        "shows the bars of BARS, a minute each. Still paper money.",
    ),
]  # fmt: skip
Profile = Annotated[
    str, typer.Option(envvar="PROFILE", rich_help_panel=_STACK, help="Stacks to deploy: minimal, standard or full.")
]
Port = Annotated[int, typer.Option(envvar="PORT", rich_help_panel=_STACK, help="Port of the emulator on loopback.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("run", rich_help_panel="Run")(run)
    app.command("replay", rich_help_panel="Run")(replay)


def run(
    *,
    bars: Bars = None,
    symbols: Symbols = None,
    interval: Interval = None,
    start: From = None,
    end: To = None,
    steps: Steps = _STEPS,
    cash: Cash = None,
    market: Market = None,
    profile: Profile = "minimal",
    port: Port = 4566,
    as_json: Json = False,
) -> None:
    """Deploy the stack on this machine and replay recorded bars through it.

    Each option is also read from the environment variable that `make run` takes: STEPS=300 make run.

    For example:

      tradewind run

      tradewind run --steps all --cash 25000

      tradewind run --bars ~/bars --symbols BTCUSDT --interval 1h

      tradewind run --market kraken

      tradewind run --market simulated
    """
    if market:
        from tradewind.cli.run.live import LiveRequest, follow

        _live_knows(INTERVAL=interval, FROM=start, TO=end, STEPS="" if steps == _STEPS else steps)
        follow(LiveRequest(market, symbols, bars, _cash(cash) if cash else None), profile, port, as_json=as_json)
        return
    request = _request(bars, symbols, interval, start, end, steps, cash)
    _Run(request, profile, port, as_json=as_json).from_nothing()


def replay(
    *,
    bars: Bars = None,
    symbols: Symbols = None,
    interval: Interval = None,
    start: From = None,
    end: To = None,
    steps: Steps = _STEPS,
    cash: Cash = None,
    as_json: Json = False,
) -> None:
    """Replay recorded bars on the local stack that is already up; it is redeployed only if what trades has changed.

    The tables of the local stack are emptied first.

    For example:

      tradewind replay --steps 300

      tradewind replay --from 2008-01-01 --to 2009-01-01
    """
    from tradewind.cli.deployed import connect

    stack = connect("local").local
    assert stack is not None  # noqa: S101 - `connect` just said that it is there
    request = _request(bars, symbols, interval, start, end, steps, cash)
    _Run(request, stack.profile, stack.port, as_json=as_json).from_nothing()


class _Run:
    """A run from the request to the summary."""

    def __init__(self, request: "RunRequest", profile: str, port: int, *, as_json: bool) -> None:
        from rich.console import Console

        self._request, self._profile, self._port, self._as_json = request, profile, port, as_json
        self._console = Console(stderr=as_json, quiet=as_json and not os.isatty(2))

    def from_nothing(self) -> None:
        from tradewind.cli.local import Places, ends_when_interrupted
        from tradewind.cli.paths import run_folder
        from tradewind.cli.run.turn import alone, forget_results

        plan = self._plan()
        try:
            with alone(Places.default().home), ends_when_interrupted():
                forget_results(run_folder())
                self._replay(self._deploy(plan), plan)
        except KeyboardInterrupt:
            self._say("interrupted: the local stack and everything that it started has ended")
            raise typer.Exit(INTERRUPTED) from None

    def _plan(self) -> "RunPlan":
        from tradewind.cli.configuration.reading import read
        from tradewind.cli.paths import toml_file
        from tradewind.cli.run.plan import load, plan

        made = plan(self._request, read(toml_file("local")), load(self._request))
        self._say(
            f"{len(made.traded):,} steps of {made.timeframe} bars after {len(made.warm_up):,} of warm-up, "
            f"{len(made.series)} instruments"
        )
        return made

    def _deploy(self, plan: "RunPlan") -> "Deployed":
        from tradewind.cli.configuration.building import write
        from tradewind.cli.deployed import of_local
        from tradewind.cli.local import up
        from tradewind.cli.paths import built_file

        write(plan.configuration, built_file("local"))
        return of_local(up(self._profile, self._port, built_file("local"), self._say))

    def _replay(self, deployed: "Deployed", plan: "RunPlan") -> None:
        from tradewind.cli.output import emit_json
        from tradewind.cli.paths import run_folder
        from tradewind.cli.report.summary import to_json
        from tradewind.cli.report.terminal import show
        from tradewind.cli.run.replay import Replay
        from tradewind.cli.welcome import welcome

        summary = Replay(deployed, plan, run_folder(), self._console, self._say)()
        if self._as_json:
            emit_json(to_json(summary))
        else:
            show(summary, run_folder(), self._console)
            self._console.print(welcome(deployed), markup=False, highlight=False, soft_wrap=True)

    def _say(self, text: str) -> None:
        self._console.print(text, style="dim", markup=False, highlight=False)


def _live_knows(**given: str | None) -> None:
    """Refuse what would choose among recorded bars where there are none, rather than pass it over in silence."""
    for name, value in given.items():
        if value:
            raise InputError(
                f"{name}={value} chooses among recorded bars: leave it out with MARKET=, or leave MARKET= out"
            )


def _request(
    bars: Path | None,
    symbols: str | None,
    interval: str | None,
    start: str | None,
    end: str | None,
    steps: str,
    cash: str | None,
) -> "RunRequest":
    from tradewind.cli.run.plan import RunRequest
    from tradewind.cli.times import parse_time

    first = parse_time(start, "FROM") if start else None
    last = parse_time(end, "TO") if end else None
    if first is not None and last is not None and first >= last:
        raise InputError(f"FROM={start} is not before TO={end}")
    return RunRequest(
        bars,
        tuple((symbols or "").replace(",", " ").split()),
        interval or None,
        first,
        last,
        _steps(steps),
        _cash(cash) if cash else None,
    )


def _steps(text: str) -> int | None:
    if text.lower() == "all":
        return None
    if not text.isdecimal() or len(text) > _DIGITS or int(text) == 0:
        raise InputError(f"STEPS={text} is neither a number of steps above 0 nor `all`")
    return int(text)


def _cash(text: str) -> Decimal:
    from tradewind.cli.numbers import decimal_of

    amount = decimal_of(text)
    if amount is None:
        raise InputError(f"CASH={text} is no amount: write it as 100000")
    if not 0 < amount <= Decimal("1e12"):
        raise InputError(f"CASH={text} must be above 0 and at most 1e12")
    return amount
