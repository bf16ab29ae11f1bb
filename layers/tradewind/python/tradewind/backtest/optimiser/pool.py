"""Backtests side by side: processes that make their objective once and then only receive parameters."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import batched
from multiprocessing import get_context

from tradewind.backtest.optimiser.outcome import Objective, Trial, Workbench
from tradewind.backtest.optimiser.study import BATCH, Plan, Run, trial

type Numbered = Sequence[tuple[int, Mapping[str, float]]]

_objective: list[Objective] = []
"""The process's own; made by `_begin` and used by `_some`."""


@contextmanager
def processes(workbench: Workbench, count: int) -> Iterator[Callable[[Plan], Run]]:
    """Give what runs the trials of a plan, in `count` processes, or in this one where that is 1."""
    if count <= 1:
        objective = workbench()
        yield lambda plan: lambda asked: _here(objective, plan, asked)
        return
    # Not forked: what compiles in threads must not be copied half-way.
    pool = ProcessPoolExecutor(count, get_context("spawn"), _begin, (workbench,))
    try:
        yield lambda plan: lambda asked: _there(pool, plan, asked, count)
    finally:
        pool.shutdown(cancel_futures=True)


def _here(objective: Objective, plan: Plan, asked: Numbered) -> Callable[[], list[Trial]]:
    return lambda: [trial(objective, plan, number, parameters) for number, parameters in asked]


def _there(pool: ProcessPoolExecutor, plan: Plan, asked: Numbered, count: int) -> Callable[[], list[Trial]]:
    size = max(1, BATCH // (2 * count))
    futures: list[Future[list[Trial]]] = [
        pool.submit(_some, plan, list(some)) for some in batched(asked, size, strict=False)
    ]
    return lambda: [one for future in futures for one in future.result()]


def _begin(workbench: Workbench) -> None:
    _objective[:] = [workbench()]


def _some(plan: Plan, asked: Numbered) -> list[Trial]:
    return [trial(_objective[0], plan, number, parameters) for number, parameters in asked]
