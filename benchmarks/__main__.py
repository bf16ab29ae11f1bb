"""`python -m benchmarks [--only NAME]`: measure, and print each figure beside its target.

A missed target is marked MISSED and counted in the last line; the exit code stays 0, because a figure of a shared
machine is for a person to judge. What could not be measured at all ends with exit code 1.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from importlib import import_module

from benchmarks.figures import Figure, write

NAMES = (
    "cold_start",
    "pipeline",
    "cost",
    "metering",
    "indicators",
    "backtest",
    "optimiser",
    "ledger",
    "execution",
    "backfill",
    "market",
    "store",
    "api",
    "dashboard",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks asked for, all without a name."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what Tradewind costs.")
    parser.add_argument("name", nargs="?", choices=NAMES, help="one benchmark; all without it")
    parser.add_argument("--only", choices=NAMES, help="the same as NAME")
    options = parser.parse_args(arguments)
    chosen = options.only or options.name
    figures = [figure for name in ([chosen] if chosen else NAMES) for figure in _run(name)]
    missed = [figure.name for figure in figures if not figure.met]
    print(f"\n{len(figures)} figures, {len(missed)} missed{': ' if missed else ''}{', '.join(missed)}")
    return 0


def _run(name: str) -> list[Figure]:
    begun = time.monotonic()
    print(f"\n{name}", flush=True)
    figures: list[Figure] = import_module(f"benchmarks.{name}").measure()
    for figure in figures:
        print(figure.line())
    path = write(name, figures)
    print(f"  ({time.monotonic() - begun:.0f} s; {path})")
    return figures


if __name__ == "__main__":
    sys.exit(main())
