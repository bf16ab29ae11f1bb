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

from tradewind.backtest.optimiser.journal import Journal
from tradewind.backtest.optimiser.outcome import Objective, Span, Trial, judged
from tradewind.backtest.optimiser.sampling import SAMPLERS, Sampler, sampler
from tradewind.backtest.optimiser.space import Range
from tradewind.domain.errors import BadInputError

__all__ = ["BATCH", "SAMPLERS", "Plan", "Run", "search", "trial"]

BATCH = 32

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
    asking = sampler(plan.sampler, plan.space, plan.seed)
    running = deque[tuple[list[int], Callable[[], list[Trial]]]]()
    for numbers in batched(range(plan.trials), BATCH, strict=False):
        asked = [(number, asking.ask()) for number in numbers]
        running.append((list(numbers), _begin(asked, run, journal)))
        if len(running) > 1:
            yield from _finish(asking, running.popleft(), journal)
    while running:
        yield from _finish(asking, running.popleft(), journal)


def _begin(asked: Sequence[tuple[int, Mapping[str, float]]], run: Run, journal: Journal) -> Callable[[], list[Trial]]:
    known = {number: journal.recall(number, parameters) for number, parameters in asked}
    wait = run([(number, parameters) for number, parameters in asked if known[number] is None])

    def finished() -> list[Trial]:
        fresh = {one.number: one for one in wait()}
        return [known[number] or fresh[number] for number, _ in asked]

    return finished


def _finish(asking: Sampler, batch: tuple[list[int], Callable[[], list[Trial]]], journal: Journal) -> Iterator[Trial]:
    for one in batch[1]():
        asking.tell(one)
        journal.add(one)
        yield one
