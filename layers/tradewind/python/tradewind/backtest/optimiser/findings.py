"""A whole study: search, cross-validation, walk-forward, and what nothing was chosen on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tradewind.backtest.optimiser.journal import Journal
from tradewind.backtest.optimiser.outcome import Objective, Outcome, Span, Trial, counts
from tradewind.backtest.optimiser.statistics import (
    Overfitting,
    Shuffled,
    deflated_sharpe,
    probability_of_overfitting,
    shuffle_trades,
)
from tradewind.backtest.optimiser.study import Plan, Run, search
from tradewind.backtest.optimiser.walkforward import Fold, Forward, Step, folds, together
from tradewind.domain.errors import BadInputError

_PAIR = 2


@dataclass(frozen=True, slots=True)
class Judged:
    """One set of parameters on the years that were searched, and on those kept aside."""

    parameters: Mapping[str, float]
    searched: Outcome
    aside: Outcome | None


@dataclass(frozen=True, slots=True)
class Findings:
    """What a study found, and how far to believe it.

    Attributes
    ----------
    trials, refused, recalled : int
        Tried in all, among them with contradicting parameters, and taken from the journal.
    best, default : Judged
        The chosen parameters, and the strategy's own.
    deflated : float or None
        Probability that the best is better than luck among so many; None where not even the best has enough trades.
    overfitting : Overfitting or None
        None there too, and where there were too few trials to cross-validate.
    shuffled : Shuffled or None
        Of the best one's trades on the years that were searched; None with fewer than two.
    """

    plan: Plan
    aside: Span | None
    trials: int
    refused: int
    recalled: int
    best: Judged
    default: Judged
    deflated: float | None
    overfitting: Overfitting | None
    shuffled: Shuffled | None
    forward: Forward | None


@dataclass(frozen=True, slots=True)
class Study:
    """How a study is made.

    Attributes
    ----------
    runs : callable
        Gives what runs a plan's trials, as `pool.processes` does.
    objective : callable
        For the few backtests besides.
    key : mapping
        What else a journal must agree on: bars, code, gates.
    told : callable
        Told each trial as it is done.
    """

    runs: Callable[[Plan], Run]
    objective: Objective
    key: Mapping[str, Any]
    told: Callable[[Trial], None]

    def __call__(self, plan: Plan, aside: Span | None, steps: Sequence[Fold], path: Path | None) -> Findings:
        """Make the study.

        Parameters
        ----------
        aside : Span or None
            What is kept from every search.
        steps : sequence of Fold
            Walk-forward; each is a search of its own.
        path : Path or None
            The journal; each fold has one beside it.

        Raises
        ------
        BadInputError
            If no trial has any figures.
        """
        recalled, trials = self._search(plan, path)
        sound = [one for one in trials if not one.refused]
        best = self._judge(_best(trials).parameters, plan, aside)
        forward = together(tuple(self._walk(plan, steps, path))) if steps else None
        trades = best.searched.trades
        enough = best.searched.metrics["round_trips"] >= plan.fewest
        return Findings(
            plan=plan,
            aside=aside,
            trials=len(trials),
            refused=len(trials) - len(sound),
            recalled=recalled,
            best=best,
            default=self._judge({}, plan, aside),
            deflated=deflated_sharpe(_best(trials).moments, [one.moments.sharpe for one in sound]) if enough else None,
            overfitting=_overfitting(sound) if enough else None,
            shuffled=shuffle_trades(trades, plan.seed) if len(trades) >= _PAIR else None,
            forward=forward,
        )

    def _search(self, plan: Plan, path: Path | None) -> tuple[int, list[Trial]]:
        trials: list[Trial] = []
        with Journal(path, {**plan.key(), **self.key}) as journal:
            for one in search(plan, self.runs(plan), journal):
                trials.append(one)
                self.told(one)
            return min(journal.recalled, len(trials)), trials

    def _walk(self, plan: Plan, steps: Sequence[Fold], path: Path | None) -> Iterator[Step]:
        for number, fold in enumerate(steps, start=1):
            beside = path.with_name(f"{path.stem}.fold{number}{path.suffix}") if path else None
            _, trials = self._search(replace(plan, span=fold.train), beside)
            best = _best(trials)
            given = {**plan.fixed, **best.parameters}
            yield Step(fold, best, self.objective(given, fold.train), self.objective(given, fold.test))

    def _judge(self, parameters: Mapping[str, float], plan: Plan, aside: Span | None) -> Judged:
        given = {**plan.fixed, **parameters}
        return Judged(given, self.objective(given, plan.span), self.objective(given, aside) if aside else None)


def parted(span: Span, share: float, count: int, *, anchored: bool) -> tuple[Span, Span | None, list[Fold]]:
    """Part a span into what is searched and what is kept aside, and cut folds from what is searched.

    Raises
    ------
    BadInputError
        If the share is not in [0, 0.9], or the folds cannot be cut.
    """
    if not 0.0 <= share <= 0.9:  # noqa: PLR2004 - something must be left to search
        raise BadInputError(f"{share:g} of the bars cannot be kept aside: give 0 to 0.9")
    border = span.end - int((span.end - span.start) * share)
    searched = Span(span.start, border)
    return (
        searched,
        Span(border, span.end) if share else None,
        folds(searched, count, anchored=anchored) if count else [],
    )


def _best(trials: Sequence[Trial]) -> Trial:
    sound = [one for one in trials if not one.refused]
    if not sound:
        why = trials[0].refused if trials else "there are none"
        raise BadInputError(f"none of {len(trials)} trials could be run: {why}")
    return max(sound, key=lambda one: (one.value, -one.number))


def _overfitting(trials: Sequence[Trial]) -> Overfitting | None:
    if len(trials) < _PAIR or trials[0].moments.count < len(trials[0].sums) * _PAIR:
        return None
    sums, squares = (np.array([getattr(one, name) for one in trials]).T for name in ("sums", "squares"))
    return probability_of_overfitting(sums, squares, counts(trials[0].moments.count))
