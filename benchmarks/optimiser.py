"""The optimiser: trials a second of RSI Pullback Pro over 43,776 five-minute bars, the whole engine and Optuna in them.

Beside it stand what one trial's backtest takes alone, and how fast the same sampler asks and is told where a trial
costs nothing: the floor that no engine can go below.
"""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from benchmarks.figures import Figure
from tradewind.backtest.bars import Bars, bars_of
from tradewind.backtest.checks.walks import walk
from tradewind.backtest.optimiser.bench import Bench, pickled
from tradewind.backtest.optimiser.journal import Journal
from tradewind.backtest.optimiser.outcome import Span, Trial
from tradewind.backtest.optimiser.pool import processes
from tradewind.backtest.optimiser.space import Range
from tradewind.backtest.optimiser.study import BATCH, Plan, Run, search
from tradewind.cli.bar_files import read_series
from tradewind.cli.bar_names import name
from tradewind.cli.configuration.building import build
from tradewind.cli.configuration.reading import read
from tradewind.cli.run.plan import for_run
from tradewind.domain.configuration import Configuration
from tradewind.domain.instrument import Instrument, instrument_id
from tradewind.domain.series import Series
from tradewind.domain.timeframe import Timeframe

ROOT = Path(__file__).resolve().parent.parent
RECORDED = ROOT.parent / "shared/data/bars/binance_BTCUSDT_5m.csv.gz"
COUNT = 43_776
TRIALS = 20 * BATCH
PROCESSES = 2
TARGET = 200.0

SPACE = (
    Range("rsi_period", 5, 21, whole=True),
    Range("pullback_level", 30, 44),
    Range("trigger_level", 50, 60),
    Range("exit_level", 75, 90),
    Range("stop_atr", 1, 4),
    Range("target_risk", 1, 4),
    Range("maximum_bars", 10, 60, whole=True),
    Range("volume_ratio", 0.5, 1.5),
)
"""Ranges in which no two parameters contradict each other: every trial is a backtest."""


def measure() -> list[Figure]:
    """Measure a search in two processes, one backtest in this one, and the sampler alone."""
    bench = _bench()
    plan = Plan(SPACE, {}, bench.span(), "sharpe", TRIALS, seed=1)
    alone = _alone(bench, plan.span)  # compiles, so that the processes find it on disk
    rate = _searched(bench, plan)
    begun = time.process_time()
    floor = _floor(plan)
    asking = (time.process_time() - begun) / TRIALS
    return [
        Figure(
            f"trials a second, {PROCESSES} processes, {os.process_cpu_count()} processors",
            rate,
            "1/s",
            TARGET,
            "higher",
        ),
        Figure("the same by processor time, as if nothing else ran", PROCESSES / (alone + asking), "1/s"),
        Figure("one backtest, its own processor time", 1000 * alone, "ms"),
        Figure("one trial asked for and told, processor time", 1000 * asking, "ms"),
        Figure("bars a second of one backtest", COUNT / alone / 1e6, "million"),
        Figure("the sampler alone, trials a second", floor, "1/s"),
        Figure("share of the sampler's floor that the search reaches", rate / floor, "times"),
    ]


def _bench() -> Bench:
    series = _series()
    data = build(for_run(read(ROOT / "config/local.toml"), [series], Decimal(100_000)))
    configuration = Configuration.from_json(data, "benchmark")
    rules = next(one for one in configuration.strategies if one.name == "rsi_pullback_pro")
    bars: Bars = bars_of([series])
    return Bench(replace(configuration, strategies=(rules,)), rules, bars)


def _series() -> Series:
    """Return the recorded bars where the shared folder has them, else a walk of as many."""
    file = name(RECORDED)
    if file is not None and RECORDED.is_file():
        return read_series(file, None, None, int(time.time() * 1000))
    instrument = Instrument(instrument_id("WALK-USD", "SAMPLE"), Decimal("0.0001"), Decimal("0.00000001"))
    return Series(instrument, Timeframe.M5, walk(4, COUNT, Timeframe.M5))


def _alone(bench: Bench, span: Span, runs: int = 20, turns: int = 5) -> float:
    """Return the processor time of a backtest: the mean over parameters, of the best of several turns."""
    bench({}, span)
    taken = list[float]()
    for _ in range(turns):
        begun = time.process_time()
        for number in range(runs):
            bench({"rsi_period": 5.0 + number % 10}, span)
        taken.append((time.process_time() - begun) / runs)
    return min(taken)


def _searched(bench: Bench, plan: Plan) -> float:
    """Return trials a second once every process has its code: the first two batches are not counted."""
    with processes(pickled(bench), PROCESSES) as runs, Journal(None, {}) as journal:
        return _rate(plan, runs(plan), journal)


def _floor(plan: Plan) -> float:
    with Journal(None, {}) as journal:
        return _rate(plan, _nothing, journal)


def _rate(plan: Plan, run: Run, journal: Journal) -> float:
    done, begun = 0, 0.0
    for done, _ in enumerate(search(plan, run, journal), start=1):
        if done == 2 * BATCH:
            begun = time.perf_counter()
    return (done - 2 * BATCH) / (time.perf_counter() - begun)


def _nothing(asked: Sequence[tuple[int, Mapping[str, float]]]) -> "Waiting":
    return Waiting(asked)


class Waiting:
    """Trials that cost nothing: near the middle of every range is best."""

    def __init__(self, asked: Sequence[tuple[int, Mapping[str, float]]]) -> None:
        self._asked = asked

    def __call__(self) -> list[Trial]:
        """Return them."""
        return [
            Trial(number, parameters, value=-abs(parameters["stop_atr"] - 2.5)) for number, parameters in self._asked
        ]
