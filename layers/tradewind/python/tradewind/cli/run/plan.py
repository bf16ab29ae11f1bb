"""What a run will do, decided before anything is started: which bars, which steps, under which configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from tradewind.cli.configuration.building import build
from tradewind.cli.configuration.models import EnvironmentFile, InstrumentTable, MarketTable, StrategyTable
from tradewind.cli.paths import user_strategies
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import venue_of
from tradewind.domain.series import Series, steps
from tradewind.domain.timeframe import Timeframe
from tradewind.strategies.registry import build as build_strategy

SESSIONS = 250
"""Bars that precede the first traded step at the least, where they exist: a year of daily bars."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What was asked for.

    Attributes
    ----------
    bars : Path or None
        A folder of bar files; the sample bars without one.
    start, end : int or None
        UTC ms; the first traded step is the first that opens at or after `start`, the last closes by `end`.
    steps : int or None
        Traded steps; None for all.
    cash : Decimal or None
        What each account starts with; the configuration's without one.
    """

    bars: Path | None = None
    symbols: tuple[str, ...] = ()
    interval: str | None = None
    start: int | None = None
    end: int | None = None
    steps: int | None = 1000
    cash: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What will be done.

    Attributes
    ----------
    warm_up, traded : tuple of int
        `ts_close` of the steps, ascending.
    configuration : mapping
        The JSON that the functions will read.
    """

    series: tuple[Series, ...]
    timeframe: Timeframe
    warm_up: tuple[int, ...]
    traded: tuple[int, ...]
    configuration: Mapping[str, Any]

    @property
    def shards(self) -> tuple[str, ...]:
        """Names of the shards, in the order in which each step releases them."""
        return tuple(row["name"] for row in self.configuration["shards"])


def load(request: RunRequest) -> list[Series]:
    """Read the bars that were asked for, from before `start` on, so that they can warm strategies up."""
    from tradewind.cli.bars import BOKEH_SYMBOLS, load_bokeh, load_folder

    if request.bars is not None:
        return load_folder(request.bars, request.symbols, request.interval, end=request.end)
    if request.interval not in {None, "1d"}:
        raise BadInputError(f"the sample bars are daily, not {request.interval}: give BARS=DIR")
    return load_bokeh(tuple(map(_of_the_sample, request.symbols)) or BOKEH_SYMBOLS)


def _of_the_sample(wanted: str) -> str:
    venue, _, symbol = wanted.upper().rpartition(":")
    if venue not in {"", "US"}:
        raise BadInputError(f"the sample has no {wanted}: its stocks are of the venue US")
    return symbol


def plan(request: RunRequest, file: EnvironmentFile, series: Sequence[Series]) -> RunPlan:
    """Decide what a run does.

    Raises
    ------
    BadInputError
        If no step lies in the chosen time.
    """
    timeframe = _timeframe(series)
    every = steps(series, end=request.end)
    bars_before = _warm_up_bars(file)
    traded = _traded(every, timeframe, request, bars_before)
    if not traded:
        raise BadInputError("no bar lies in the chosen time: widen FROM= and TO=")
    first = every.index(traded[0])
    warm_up = every[max(0, first - bars_before) : first]
    chosen = tuple(_cut(one, [*warm_up, *traded]) for one in series)
    kept = tuple(one for one in chosen if one.bars)
    data = build(for_run(file, kept, request.cash)) | {"trade_from": warm_up[-1] if warm_up else 0}
    return RunPlan(kept, timeframe, tuple(warm_up), tuple(traded), data)


def for_run(file: EnvironmentFile, series: Sequence[Series], cash: Decimal | None) -> EnvironmentFile:
    """Return the configuration with the run's bars in the place of its markets."""
    timeframe = _timeframe(series)
    at_work = [one.model_copy(update={"timeframe": timeframe}) for one in file.strategies]
    return file.model_copy(
        update={
            "environment": file.environment.model_copy(update={"clock": "replay"}),
            "markets": list(_markets(series)),
            "instruments": {
                one.instrument.id: InstrumentTable(tick=one.instrument.tick, lot=one.instrument.lot) for one in series
            },
            "accounts": with_cash(file, cash).accounts,
            "strategies": at_work,
        }
    )


def with_cash(file: EnvironmentFile, cash: Decimal | None) -> EnvironmentFile:
    """Return the configuration with what each account starts with, where that was asked for."""
    if cash is None:
        return file
    return file.model_copy(update={"accounts": [one.model_copy(update={"cash": cash}) for one in file.accounts]})


def _markets(series: Sequence[Series]) -> list[MarketTable]:
    def venue(one: Series) -> str:
        return venue_of(one.instrument.id)

    return [
        MarketTable.model_construct(
            venue=name,
            provider="replay",
            timeframes=[_timeframe(series)],
            instruments=[one.instrument.id.rpartition(".")[0] for one in members],
        )
        for name, members in groupby(sorted(series, key=venue), key=venue)
    ]


def _timeframe(series: Sequence[Series]) -> Timeframe:
    found = {one.timeframe for one in series}
    if len(found) != 1:
        raise BadInputError(f"one run takes bars of one interval, not {', '.join(sorted(found)) or 'none'}")
    return found.pop()


def _warm_up_bars(file: EnvironmentFile) -> int:
    return max(SESSIONS, *(_declared(one) for one in file.strategies))


def _declared(strategy: StrategyTable) -> int:
    return build_strategy(strategy.name, strategy.parameters, user_strategies()).warmup


def _traded(every: Sequence[int], timeframe: Timeframe, request: RunRequest, warm_up: int) -> Sequence[int]:
    """Return the steps that are traded: the first ones from `start` on, without a start the last ones.

    Bars too few to warm anything up are all stepped through: each is explained, and nothing trades.
    """
    if request.start is not None:
        opening = request.start + timeframe.ms
        return [ts for ts in every if ts >= opening][: request.steps]
    after = every[warm_up:] or every
    return after if request.steps is None else after[-request.steps :]


def _cut(series: Series, chosen: Sequence[int]) -> Series:
    first, last = chosen[0], chosen[-1]
    return replace(series, bars=tuple(bar for bar in series.bars if first <= bar.ts_close <= last))
