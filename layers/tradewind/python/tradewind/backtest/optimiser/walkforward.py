"""Walk-forward: choose on the past, run what follows, move on; only what was not chosen on counts.

Source: Pardo, *The Evaluation and Optimization of Trading Strategies*, 2nd edition 2008, chapter 11.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from tradewind.backtest.optimiser.outcome import Outcome, Span, Trial
from tradewind.domain.errors import BadInputError

MOST = 100
"""Folds; more would each be chosen on next to nothing."""


@dataclass(frozen=True, slots=True)
class Fold:
    """One step: chosen on `train`, judged on `test`."""

    train: Span
    test: Span


@dataclass(frozen=True, slots=True)
class Step:
    """What came of a fold.

    Attributes
    ----------
    inside, outside : Outcome
        Of the chosen parameters on the stretch that they were chosen on, and on the one after.
    """

    fold: Fold
    best: Trial
    inside: Outcome
    outside: Outcome


@dataclass(frozen=True, slots=True)
class Forward:
    """All folds together.

    Attributes
    ----------
    returned : float
        What the stretches that nothing was chosen on returned, one after the other.
    efficiency : float
        Return a unit of time outside over inside; NaN where inside lost. Pardo asks for half or more.
    """

    steps: tuple[Step, ...]
    returned: float
    efficiency: float


def folds(span: Span, count: int, *, anchored: bool = False, share: float = 0.7) -> list[Fold]:
    """Cut a span into folds whose test stretches follow one another without a gap and end with the span.

    Parameters
    ----------
    count : int
        How many.
    anchored : bool
        Whether every training stretch begins with the span; else they are of one length and move on.
    share : float
        The first training stretch's share of its fold.

    Raises
    ------
    BadInputError
        If there are none, or they would be empty.
    """
    length = span.end - span.start
    # count test stretches of length t after a first training stretch of length t * share / (1 - share)
    first = share / (1.0 - share)
    test = int(length / (count + first)) if 0 < count <= MOST else 0
    if test <= 0:
        raise BadInputError(f"{count} folds cannot be cut from {length} ms: ask for fewer, or give more bars")
    begin = span.end - count * test
    return [
        Fold(
            Span(span.start if anchored else max(span.start, begin + k * test - round(first * test)), begin + k * test),
            Span(begin + k * test, begin + (k + 1) * test),
        )
        for k in range(count)
    ]


def together(steps: tuple[Step, ...]) -> Forward:
    """Return all folds together."""
    outside = prod(1.0 + step.outside.metrics["return"] for step in steps) - 1.0
    rates = [
        (_rate(step.inside.metrics, step.fold.train), _rate(step.outside.metrics, step.fold.test)) for step in steps
    ]
    inside = sum(one for one, _ in rates)
    efficiency = sum(other for _, other in rates) / inside if inside > 0.0 else float("nan")
    return Forward(steps, outside, efficiency)


def _rate(metrics: Mapping[str, float], span: Span) -> float:
    return metrics["return"] / (span.end - span.start)
