"""`python -m tests.simulation`: many seeds with a table of crashes, or one seed with its whole story."""

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import batched

from tests.simulation.chaos import ALL_POINTS
from tests.simulation.mutants import MUTANTS
from tests.simulation.plan import MODES, plan_of
from tests.simulation.product import Build, Product
from tests.simulation.run import Verdict, judge, judge_all, simulate
from tests.simulation.world import Violation

_ENOUGH = 300
"""So many seeds crash every port method both ways."""

_AT_ONCE = 10


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for; return the exit code."""
    options = _parser().parse_args(arguments)
    build = MUTANTS[options.mutant] if options.mutant else Product
    if options.seed is not None:
        return _one(options.seed, options.mode, build, trace=options.trace)
    return _many(options, build)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10_000, help="how many seeds to run (10000)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="worker processes (one a core)")
    parser.add_argument("--mode", choices=MODES, default="", help="this mode only; by default each seed has its own")
    parser.add_argument("--seed", type=int, help="run this one seed")
    parser.add_argument("--trace", action="store_true", help="with --seed: print every port call")
    parser.add_argument("--mutant", choices=MUTANTS, help="plant a bug")
    return parser


# ── one seed ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _one(seed: int, mode: str, build: Build, *, trace: bool) -> int:
    plan = plan_of(seed, mode)
    lines: list[str] | None = [] if trace else None
    _say(str(plan))
    failure = ""
    try:
        simulate(plan, build, trace=lines)
    except (Violation, Exception) as error:  # noqa: BLE001 - the edge of a command
        failure = f"{type(error).__name__}: {error}"
    for line in lines or ():
        _say(line)
    _say(f"seed {seed}: {failure or 'every promise held'}")
    return 1 if failure else 0


# ── many seeds ───────────────────────────────────────────────────────────────────────────────────────────────────


def _many(options: argparse.Namespace, build: Build) -> int:
    started, failures = time.monotonic(), 0
    befallen: Counter[tuple[str, str]] = Counter()
    figures: Counter[str] = Counter()
    for done, verdict in enumerate(_verdicts(options, build), start=1):
        befallen.update(verdict.befallen)
        figures.update(verdict.figures)
        if verdict.failure:
            failures += 1
            _say(f"seed {verdict.seed} failed: {verdict.failure}\n    again: {_command(verdict, options)}")
        _progress(done, options.seeds, failures, started)
    _table(befallen)
    _say("")
    _say(", ".join(f"{name} {count:,}" for name, count in sorted(figures.items())))
    untouched = [point for point in ALL_POINTS if not (befallen[point, "before"] and befallen[point, "after"])]
    incomplete = bool(untouched) and options.seeds >= _ENOUGH and not options.mode
    if incomplete:
        _say(f"never crashed before or after: {', '.join(untouched)}")
    crashes = sum(count for (_, what), count in befallen.items() if what in {"before", "after"})
    _say(
        f"{options.seeds} seeds, {failures} failed, {crashes:,} crashes at {len(ALL_POINTS) - len(untouched)} of "
        f"{len(ALL_POINTS)} port methods, {figures['orders']:,} orders, {figures['fills']:,} fills, "
        f"{time.monotonic() - started:.0f} s"
    )
    return 1 if failures or incomplete else 0


def _verdicts(options: argparse.Namespace, build: Build) -> Iterator[Verdict]:
    seeds = range(options.first, options.first + options.seeds)
    if options.jobs == 1:
        yield from (judge(seed, options.mode, build) for seed in seeds)
        return
    # Spawned, not forked: who calls may have threads, whose locks a fork would inherit.
    with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
        run = partial(judge_all, mode=options.mode, build=build)
        for verdicts in pool.map(run, batched(seeds, _AT_ONCE, strict=False)):
            yield from verdicts


def _command(verdict: Verdict, options: argparse.Namespace) -> str:
    mutant = f" --mutant {options.mutant}" if options.mutant else ""
    return f".venv/bin/python -m tests.simulation --seed {verdict.seed} --mode {verdict.mode}{mutant} --trace"


def _progress(done: int, seeds: int, failures: int, started: float) -> None:
    person = sys.stderr.isatty()
    if done != seeds and done % (50 if person else 500):
        return
    spent = time.monotonic() - started
    left = spent / done * (seeds - done)
    sys.stderr.write(f"{done} of {seeds} seeds, {failures} failed, {spent:.0f} s, {left:.0f} s left   ")
    sys.stderr.write("\r" if person and done < seeds else "\n")
    sys.stderr.flush()


def _table(befallen: Counter[tuple[str, str]]) -> None:
    kinds = ("before", "after", "fault", "lost", "race", "partly")
    _say(f"{'port method':<34}" + "".join(f"{kind:>10}" for kind in kinds))
    for point in ALL_POINTS:
        _say(f"{point:<34}" + "".join(f"{befallen[point, kind] or '-':>10}" for kind in kinds))
    _say("before, after: crashes; fault: failed before it did anything; lost: the answer was; race: another was faster")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
