"""What a trial is: parameters in, figures out, and what of them is kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from tradewind.backtest.optimiser.statistics import Floats, Moments, moments

BLOCKS = 16
"""Blocks of time for the probability of overfitting, as its authors suggest."""


class Span(NamedTuple):
    """A stretch of time: `start <= ts_close < end`, UTC ms; bars before it only warm the strategy up."""

    start: int
    end: int


class Outcome(NamedTuple):
    """What one backtest came to.

    Attributes
    ----------
    metrics : mapping
        Figures by name, `round_trips` among them.
    returns : sequence of float
        Of the equity, over periods that are the same for every trial on the same span.
    trades : sequence of float
        Each round trip's profit as a share of the equity at its entry, in the order of their ends.
    """

    metrics: Mapping[str, float]
    returns: Sequence[float]
    trades: Sequence[float]


type Objective = Callable[[Mapping[str, float], Span], Outcome]
"""Runs one backtest. Raises BadInputError where the parameters contradict each other: such a trial is refused."""

type Workbench = Callable[[], Objective]
"""Makes the objective, once in each process. It must be picklable: a function of a module with its arguments bound."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One set of parameters that was tried.

    Attributes
    ----------
    value : float
        What is maximised.
    moments : Moments
        Of the returns.
    sums, squares : tuple of float
        Of the returns in each of `BLOCKS` blocks of time.
    refused : str
        Why nothing was run; then nothing else counts.
    """

    number: int
    parameters: Mapping[str, float]
    value: float = 0.0
    metrics: Mapping[str, float] = field(default_factory=dict)
    moments: Moments = field(default_factory=lambda: moments(()))
    sums: tuple[float, ...] = ()
    squares: tuple[float, ...] = ()
    refused: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as a line of the journal; numbers come back to the last bit."""
        return {
            "number": self.number, "parameters": dict(self.parameters), "value": self.value,
            "metrics": dict(self.metrics), "refused": self.refused, "sums": self.sums, "squares": self.squares,
            "moments": [self.moments.count, self.moments.sharpe, self.moments.skew, self.moments.kurtosis],
        }  # fmt: skip

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Trial":
        """Read a line of the journal."""
        return cls(
            row["number"], row["parameters"], row["value"], row["metrics"], Moments(*row["moments"]),
            tuple(row["sums"]), tuple(row["squares"]), row["refused"],
        )  # fmt: skip


def judged(number: int, parameters: Mapping[str, float], outcome: Outcome, goal: str, fewest: int) -> Trial:
    """Return a trial with its value: the goal's figure, or, with too few round trips, below every such figure.

    Raises
    ------
    KeyError
        If the outcome has no such figure.
    """
    trips, value = outcome.metrics["round_trips"], outcome.metrics[goal]
    if trips < fewest or value != value:  # noqa: PLR0124 - NaN
        value = TOO_FEW * (1.0 - min(trips, fewest) / (fewest + 1))
    returns = np.asarray(outcome.returns, np.float64)
    parts = np.array_split(returns, BLOCKS)
    return Trial(
        number, parameters, value, outcome.metrics, moments(returns),
        tuple(float(part.sum()) for part in parts), tuple(float((part * part).sum()) for part in parts),
    )  # fmt: skip


TOO_FEW = -1e9
"""Value of a trial without any round trip; each one brings it nearer to those that have enough."""


def counts(periods: int) -> Floats:
    """Return how many of so many returns lie in each block."""
    return np.array([float(len(part)) for part in np.array_split(np.empty(periods), BLOCKS)])
