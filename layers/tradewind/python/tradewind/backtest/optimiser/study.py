"""The study: ask for parameters, run them side by side, tell what came of them; the same again from the same seed.

Parameters are asked for in batches of a fixed size, and a batch is asked for when the one before it is still running:
so the processes never wait for the sampler, and what is asked depends on the seed and the results alone, never on how
many processes there are or which is faster. A study that was ended is resumed by asking again and answering from its
journal.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING

from tradewind.backtest.optimiser.journal import Journal
from tradewind.backtest.optimiser.outcome import Objective, Span, Trial, judged
from tradewind.backtest.optimiser.space import Range
from tradewind.domain.errors import BadInputError

if TYPE_CHECKING:
    from optuna import Study as OptunaStudy
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler

BATCH = 32
SAMPLERS = ("cmaes", "tpe", "random", "grid")

type Run = Callable[[Sequence[tuple[int, Mapping[str, float]]]], Callable[[], list[Trial]]]
"""Begin to run numbered parameters; what it returns waits for the trials, in the same order."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is searched, how, and for what.

    Attributes
    ----------
    fixed : mapping
        Parameters that do not vary.
    goal : str
        The figure to maximise.
    fewest : int
        Round trips below which a trial counts as worse than any that has them.
    """

    space: tuple[Range, ...]
    fixed: Mapping[str, float]
    span: Span
    goal: str
    trials: int
    seed: int
    sampler: str = "cmaes"
    fewest: int = 20

    def key(self) -> dict[str, object]:
        """Return everything that a journal must agree on to be resumed; more trials may be asked for later."""
        return {
            "space": [str(one) for one in self.space], "fixed": dict(self.fixed), "span": list(self.span),
            "goal": self.goal, "seed": self.seed, "sampler": self.sampler, "fewest": self.fewest, "batch": BATCH,
        }  # fmt: skip


def trial(objective: Objective, plan: Plan, number: int, parameters: Mapping[str, float]) -> Trial:
    """Run one set of parameters; one whose parameters contradict each other is refused with the reason."""
    try:
        outcome = objective({**plan.fixed, **parameters}, plan.span)
    except BadInputError as error:
        return Trial(number, parameters, refused=str(error))
    return judged(number, parameters, outcome, plan.goal, plan.fewest)


def search(plan: Plan, run: Run, journal: Journal) -> Iterator[Trial]:
    """Yield every trial in its order, those of the journal first.

    Raises
    ------
    BadInputError
        If the journal's parameters are not those that are asked for: another version of the sampler wrote it.
    """
    study, running = _study(plan), deque[tuple[list[int], Callable[[], list[Trial]]]]()
    space = {one.name: one.distribution() for one in plan.space}
    for numbers in batched(range(plan.trials), BATCH, strict=False):
        asked = [_ask(study, space, number) for number in numbers]
        running.append((list(numbers), _begin(asked, run, journal)))
        if len(running) > 1:
            yield from _finish(study, running.popleft(), journal)
    while running:
        yield from _finish(study, running.popleft(), journal)


def _study(plan: Plan) -> "OptunaStudy":
    import optuna  # noqa: PLC0415 - heavy, and only a study needs it

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna.create_study(direction="maximize", sampler=_sampler(plan))


def _sampler(plan: Plan) -> "BaseSampler":
    from optuna import samplers  # noqa: PLC0415

    match plan.sampler:
        case "cmaes":
            return samplers.CmaEsSampler(seed=plan.seed, warn_independent_sampling=False)
        case "tpe":
            return samplers.TPESampler(seed=plan.seed, multivariate=True)
        case "random":
            return samplers.RandomSampler(seed=plan.seed)
        case "grid":
            return samplers.GridSampler({one.name: _grid(one) for one in plan.space}, seed=plan.seed)
        case _:
            raise BadInputError(f"sampler {plan.sampler!r} is unknown: it is {', '.join(SAMPLERS)}")


def _grid(one: Range) -> list[float]:
    step = one.step or (1.0 if one.whole else (one.high - one.low) / 4)
    return [one.low + k * step for k in range(int((one.high - one.low) / step + 1e-9) + 1)]


def _ask(study: "OptunaStudy", space: "dict[str, BaseDistribution]", number: int) -> tuple[int, dict[str, float]]:
    asked = study.ask(space)
    if asked.number != number:
        raise BadInputError(f"the sampler counts {asked.number} where the study counts {number}")
    return number, {name: float(value) for name, value in asked.params.items()}


def _begin(asked: Sequence[tuple[int, Mapping[str, float]]], run: Run, journal: Journal) -> Callable[[], list[Trial]]:
    known = {number: journal.recall(number, parameters) for number, parameters in asked}
    wait = run([(number, parameters) for number, parameters in asked if known[number] is None])

    def finished() -> list[Trial]:
        fresh = {one.number: one for one in wait()}
        return [known[number] or fresh[number] for number, _ in asked]

    return finished


def _finish(
    study: "OptunaStudy", batch: tuple[list[int], Callable[[], list[Trial]]], journal: Journal
) -> Iterator[Trial]:
    from optuna.trial import TrialState  # noqa: PLC0415

    for one in batch[1]():
        if one.refused:
            study.tell(one.number, state=TrialState.FAIL)
        else:
            study.tell(one.number, one.value)
        journal.add(one)
        yield one
