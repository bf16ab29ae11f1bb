"""The compiled backtest as an objective: bars and configuration stay, parameters and the span of time vary."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tradewind.application.desk import AtWork
from tradewind.backtest import engine
from tradewind.backtest.bars import Bars, Column
from tradewind.backtest.interpreted import Interpreted
from tradewind.backtest.optimiser.figures import figures
from tradewind.backtest.optimiser.outcome import Objective, Outcome, Span
from tradewind.backtest.setup import Setup, prepare
from tradewind.domain.configuration import Configuration, StrategyRules
from tradewind.domain.membership import Belonging
from tradewind.strategies.registry import build

WINDOW = 8_192
"""Rows of a window where rules are interpreted."""

MOST = 64
"""Indicators whose outputs over all bars are kept: most trials change the parameters of few."""

WARM_UPS = 3
"""Bars before the span, in warm-ups of the strategy: an average over all bars must have forgotten its beginning."""


class Kept(dict[Any, dict[Any, Any]]):
    """What indicators came to, by the bars that they were swept over; it travels nowhere."""

    def __reduce__(self) -> tuple[type["Kept"], tuple[()]]:
        return Kept, ()

    def of(self, bars: Bars) -> dict[Any, Any]:
        """Return what is kept of these bars; of others it is dropped."""
        key = tuple((one.instrument.id, len(one.ts), *map(int, one.ts[[0, -1]])) for one in bars.columns if len(one.ts))
        if key not in self:
            self.clear()
        kept = self.setdefault(key, {})
        for old in list(kept)[:-MOST]:
            del kept[old]
        return kept


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything of a study's backtests but the parameters.

    Attributes
    ----------
    configuration : Configuration
        Of one account.
    rules : StrategyRules
        The strategy that is searched; its parameters are replaced.
    folder : Path or None
        The user's own strategies.
    compiled : bool
        Off, the engine is interpreted: the same figures, a hundred times slower.
    kept : Kept
        Of earlier trials.
    universe : Belonging or None
        Who does not belong to it on a bar takes no new risk there.
    """

    configuration: Configuration
    rules: StrategyRules
    bars: Bars
    folder: Path | None = None
    compiled: bool = True
    kept: Kept = field(default_factory=Kept, compare=False, repr=False)
    universe: Belonging | None = None

    def __call__(self, parameters: Mapping[str, float], span: Span) -> Outcome:
        """Run one backtest over a span.

        Raises
        ------
        BadInputError
            If the parameters are out of range or contradict each other.
        """
        strategy = build(self.rules.name, parameters, self.folder, self.rules.gates)
        rules = replace(self.rules, parameters=dict(parameters))
        # To a power of two, so that trials with somewhat other warm-ups share what is swept.
        bars = within(self.bars, span, WARM_UPS << (strategy.warmup - 1).bit_length())
        configuration = replace(self.configuration, trade_from=span.start - 1, strategies=(rules,))
        at_work = [AtWork(f"{rules.account}/{rules.name}", rules, strategy)]
        setup = prepare(configuration, at_work, bars, universe=self.universe)
        return figures(self._run(setup), span)

    def _run(self, setup: Setup) -> engine.Run:
        if self.compiled:
            from tradewind.backtest.compiled import Compiled  # noqa: PLC0415 - Numba loads only where it is used

            make = partial(Compiled, brief=True, swept=self.kept.of(setup.bars))
            whole = len(setup.bars.columns) * max(len(one.ts) for one in setup.bars.columns)
            # An indicator that raises stops no other instrument, and only the interpreted engine can go on after it.
            with suppress(ArithmeticError, ValueError, IndexError):
                return engine.drive(setup, make, whole, brief=True)
        return engine.drive(setup, Interpreted, WINDOW, brief=True)

    def span(self) -> Span:
        """Return the whole of the bars."""
        filled = [one.ts for one in self.bars.columns if len(one.ts)]
        return Span(min(int(ts[0]) for ts in filled), max(int(ts[-1]) for ts in filled) + 1)


def workbench(bench: Bench) -> Objective:
    """Return the objective, with its code compiled, or read from disk, by one short run.

    A rule that Numba cannot compile runs interpreted: the figures are the same, and it takes its time.
    """
    from numba.core.errors import NumbaError  # noqa: PLC0415 - Numba loads only where it is used

    start = bench.span().start
    try:
        bench({}, Span(start, start + 1))
    except NumbaError:
        return replace(bench, compiled=False)
    return bench


def pickled(bench: Bench) -> partial[Objective]:
    """Return what makes the objective in another process."""
    return partial(workbench, bench)


def within(bars: Bars, span: Span, before: int) -> Bars:
    """Return the bars of a span and so many of each instrument before it."""
    return replace(bars, columns=tuple(_within(one, span, before) for one in bars.columns))


def _within(one: Column, span: Span, before: int) -> Column:
    first, last = np.searchsorted(one.ts, (span.start, span.end))
    rows = slice(max(0, int(first) - before), int(last))
    return replace(one, ts=one.ts[rows], values=tuple(value[rows] for value in one.values))
