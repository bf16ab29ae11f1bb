"""Following live public bars on the local stack: the schedules fire, the functions trade paper, a person watches."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from tradewind.cli.configuration.building import build, write
from tradewind.cli.configuration.models import EnvironmentFile, StrategyTable
from tradewind.cli.configuration.reading import read
from tradewind.cli.deployed import Deployed, of_local
from tradewind.cli.diagnosis.standing import standing
from tradewind.cli.errors import CommandError, InputError
from tradewind.cli.local import Places, ends_when_interrupted, up
from tradewind.cli.output import emit_json
from tradewind.cli.paths import built_file, toml_file
from tradewind.cli.run import simulated
from tradewind.cli.run.clearing import clear
from tradewind.cli.run.plan import with_cash
from tradewind.cli.run.turn import alone
from tradewind.cli.welcome import welcome

_TEMPLATE = "dev"
"""The environment whose live markets the laptop borrows."""

_REFRESH = 2.0
_PATIENCE = 10.0
_REACH = {"kraken": "https://api.kraken.com/0/public/Time"}


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """What was asked for.

    Attributes
    ----------
    symbols : str or None
        Separated by commas or spaces; without it, all that the market has.
    bars : Path or None
        What a simulated market shows; without it, the samples.
    cash : Decimal or None
        What each account starts with; the configuration's without one.
    """

    market: str
    symbols: str | None = None
    bars: Path | None = None
    cash: Decimal | None = None


def follow(request: LiveRequest, profile: str, port: int, *, as_json: bool) -> None:
    """Deploy with a live market and show how it goes until it is interrupted; that ends the stack.

    Raises
    ------
    InputError
        If the market is unknown, or lists none of the symbols.
    CommandError
        If its public interface cannot be reached from here, or another run is under way in this folder.
    """
    market = request.market.lower()
    is_simulated = market == simulated.MARKET
    venue = simulated.VENUE if is_simulated else market
    local = with_cash(read(toml_file("local")), request.cash)
    chosen = for_market(local, read(toml_file(_TEMPLATE)), venue, request.symbols)
    if not is_simulated:
        _reachable(venue)
    elsewhere = simulated.serving(request.bars) if is_simulated else nullcontext()
    with alone(Places.default().home), elsewhere as address:  # a run that is under way would lose its tables
        _run(asking(chosen, address) if address else chosen, market, profile, port, as_json=as_json)


def asking(file: EnvironmentFile, address: str) -> EnvironmentFile:
    """Return a configuration whose providers are asked at another address."""
    markets = [one.model_copy(update={"provider": f"{one.provider}@{address}"}) for one in file.markets]
    return file.model_copy(update={"markets": markets})


def _run(chosen: EnvironmentFile, market: str, profile: str, port: int, *, as_json: bool) -> None:
    console = Console(stderr=as_json)
    write(build(chosen), built_file("local"))
    with ends_when_interrupted():
        deployed = of_local(up(profile, port, built_file("local"), _say(console)))
        clear(deployed)
        console.print(welcome(deployed), markup=False, highlight=False, soft_wrap=True)
        console.print(f"following {market} on paper; bars close each minute; Ctrl-C ends it and the stack")
        _watch(deployed, console, as_json=as_json)


def for_market(local: EnvironmentFile, template: EnvironmentFile, venue: str, symbols: str | None) -> EnvironmentFile:
    """Return the local configuration with a live venue's markets in the place of its own."""
    markets = [one for one in template.markets if one.venue.lower() == venue and one.provider == venue]
    if not markets:
        known = ", ".join(sorted({one.provider for one in template.markets})) or "none"
        raise InputError(
            f"MARKET={venue} is unknown: use {simulated.MARKET}, or what config/{_TEMPLATE}.toml has: {known}"
        )
    wanted = set((symbols or "").upper().replace(",", " ").split())
    kept = [
        one.model_copy(update={"instruments": [name for name in one.instruments if not wanted or name in wanted]})
        for one in markets
    ]
    missing = wanted - {name for one in kept for name in one.instruments}
    if missing:
        listed = ", ".join(name for one in markets for name in one.instruments)
        raise InputError(f"{venue} has no {', '.join(sorted(missing))} in config/{_TEMPLATE}.toml: it has {listed}")
    return local.model_copy(
        update={
            "environment": local.environment.model_copy(update={"clock": "system"}),
            "markets": kept,
            "instruments": template.instruments,
            "strategies": [_at_pace(one, template) for one in local.strategies],
        }
    )


def _at_pace(strategy: StrategyTable, template: EnvironmentFile) -> StrategyTable:
    """Return a strategy with the timeframe and the parameters that the template gives it."""
    same = next((one for one in template.strategies if one.name == strategy.name), template.strategies[0])
    return strategy.model_copy(update={"timeframe": same.timeframe, "parameters": same.parameters})


def _reachable(venue: str) -> None:
    import httpx

    try:
        httpx.get(_REACH[venue], timeout=_PATIENCE).raise_for_status()
    except httpx.HTTPError as error:
        raise CommandError(
            f"{venue} cannot be reached from here ({type(error).__name__}): check the internet connection, or replay "
            "recorded bars with `make run`"
        ) from None


def _say(console: Console) -> Callable[[str], None]:
    return lambda text: console.print(text, style="dim", markup=False, highlight=False)


def _watch(deployed: Deployed, console: Console, *, as_json: bool) -> None:
    with Live(console=console, auto_refresh=False, screen=False) as live:
        while True:
            now = standing(deployed)
            if as_json:
                emit_json(now)
            live.update(Group(_table("shards", now["shards"]), _table("accounts", now["accounts"])), refresh=True)
            time.sleep(_REFRESH)


def _table(title: str, rows: list[dict[str, Any]]) -> Table:
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in rows[0] if rows else ():
        table.add_column(name)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    return table
