"""Samplers: what asks for the next parameters, and is told what came of them.

CMA-ES is the default. It is driven here, over the package behind Optuna's own sampler of that name, which makes the
optimiser anew from its pickled self at every single trial: that alone takes half as long as a backtest. The others are
Optuna's.
"""

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tradewind.backtest.optimiser.outcome import Trial
from tradewind.backtest.optimiser.space import Range
from tradewind.domain.errors import BadInputError

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

SAMPLERS = ("cmaes", "tpe", "random", "grid")

_POPULATION = 16
"""Trials of one generation: half a batch. Of 8, 10, 16 and 32 it came nearest to the top of smooth and of noisy hills
in 500 trials, though each batch is asked for before the one before it is known."""

_SPREAD = 1.0 / 6.0
"""Deviation to begin with, of each parameter's range: as Optuna has it."""


class Sampler(Protocol):
    """Asks for parameters, and is told of every trial in its order."""

    def ask(self) -> dict[str, float]:
        """Return the next parameters."""

    def tell(self, trial: Trial) -> None:
        """Take in what came of a trial."""


def sampler(name: str, space: Sequence[Range], seed: int) -> Sampler:
    """Return a sampler; the same seed and results make it ask the same.

    Raises
    ------
    BadInputError
        If there is none of that name, or nothing to vary.
    """
    if not space:
        raise BadInputError("there is no parameter to vary: name one with --vary NAME=LOW:HIGH")
    if name not in SAMPLERS:
        raise BadInputError(f"sampler {name!r} is unknown: it is {', '.join(SAMPLERS)}")
    return Evolution(space, seed) if name == "cmaes" else OptunaSampler(name, space, seed)


class Evolution:
    """CMA-ES over the unit cube: the better half of each generation says where the next one lies, and how wide.

    Source: N. Hansen, "The CMA Evolution Strategy: A Tutorial", 2016, arXiv:1604.00772.
    """

    def __init__(self, space: Sequence[Range], seed: int) -> None:
        from cmaes import CMA  # noqa: PLC0415 - only a study needs it

        sides = len(space)
        self._space, self._waiting = space, list[tuple[Any, float]]()
        self._asked: dict[int, Any] = {}
        self._count = 0
        self._cma = CMA(
            mean=np.full(sides, 0.5),
            sigma=_SPREAD,
            bounds=np.tile([0.0, 1.0], (sides, 1)),
            n_max_resampling=10 * sides,
            seed=seed,
            population_size=_POPULATION,
        )

    def ask(self) -> dict[str, float]:
        """Return the next parameters."""
        point = self._asked[self._count] = self._cma.ask()
        self._count += 1
        return {one.name: one.at(float(share)) for one, share in zip(self._space, point, strict=True)}

    def tell(self, trial: Trial) -> None:
        """Take in what came of a trial; one that was refused is worse than any other."""
        self._waiting.append((self._asked.pop(trial.number), inf if trial.refused else -trial.value))
        if len(self._waiting) == _POPULATION:
            self._cma.tell(self._waiting)
            self._waiting = []


class OptunaSampler:
    """A sampler of Optuna's: tree-structured Parzen estimators, chance, or a grid."""

    def __init__(self, name: str, space: Sequence[Range], seed: int) -> None:
        import optuna  # noqa: PLC0415 - heavy, and only a study needs it

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._study = optuna.create_study(direction="maximize", sampler=_of_optuna(name, space, seed))
        self._space = {one.name: one.distribution() for one in space}

    def ask(self) -> dict[str, float]:
        """Return the next parameters."""
        return {name: float(value) for name, value in self._study.ask(self._space).params.items()}

    def tell(self, trial: Trial) -> None:
        """Take in what came of a trial."""
        from optuna.trial import TrialState  # noqa: PLC0415

        if trial.refused:
            self._study.tell(trial.number, state=TrialState.FAIL)
        else:
            self._study.tell(trial.number, trial.value)


def _of_optuna(name: str, space: Sequence[Range], seed: int) -> "BaseSampler":
    from optuna import samplers  # noqa: PLC0415

    if name == "tpe":
        return samplers.TPESampler(seed=seed, multivariate=True)
    if name == "random":
        return samplers.RandomSampler(seed=seed)
    return samplers.GridSampler({one.name: one.grid() for one in space}, seed=seed)
