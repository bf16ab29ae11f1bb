"""`python -m tests.parity`: every strategy over real bars through pipeline, interpreted and compiled backtest.

Five instruments and two thousand bars of each interval, each strategy on an account of its own, and all of them on a
narrow one that they share. A sample counts only where a strategy makes twenty round trips, and over all of them every
kind of exit and a denial must occur. The exit code is 1 where anything differs or a sample does not count.
"""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from tests.parity.engines import ENOUGH, EXAMPLES, EXITS, ROOT, Compared, alone, compared, configuration, in_process
from tests.parity.samples import FIVE, RECORDED, invented, recorded
from tradewind.domain.configuration import Configuration, Limits
from tradewind.domain.series import Series
from tradewind.domain.timeframe import Timeframe
from tradewind.strategies import registry

SHARED = "shared"
NARROW = Limits(open_positions=2, instrument_exposure=Decimal("0.2"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print a line for each strategy and interval, and return the exit code."""
    options = _parser().parse_args(arguments)
    os.environ.setdefault("TRADEWIND_CACHE", str(ROOT / "build" / "cache" / "backtest"))
    exits, denied, wrong = Counter[str](), Counter[str](), 0
    _say(f"{'':4} {'strategy':20} {'decisions':>9} {'orders':>7} {'fills':>6} {'trips':>6}  exits; denied")
    for frame in options.interval or FIVE:
        begun = time.perf_counter()
        for one in _interval(Timeframe(frame), options):
            exits, denied, wrong = exits + one.exits, denied + one.denied, wrong + (not _told(frame, one))
        _say(f"{frame:4} {time.perf_counter() - begun:.0f} s")
    lacking = sorted(EXITS - exits.keys()) + ([] if denied else ["a denial"])
    _say(f"exits {_counted(exits)}; denied {_counted(denied)}" + (f"; none of {', '.join(lacking)}" if lacking else ""))
    _say("every engine decides, orders and fills alike" if not wrong else f"{wrong} samples differ or do not count")
    return int(bool(wrong or lacking))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.parity", description=__doc__)
    parser.add_argument("strategy", nargs="*", help="which ones; all without one")
    parser.add_argument("--bars", type=int, default=2_000, help="of each instrument (2000)")
    parser.add_argument("--interval", action="append", choices=list(FIVE), help="5m, 1h or 1d; all without it")
    parser.add_argument("--invented", action="store_true", help="invented bars, as where there are no recorded ones")
    return parser


def _interval(frame: Timeframe, options: argparse.Namespace) -> Iterator[Compared]:
    real = RECORDED.is_dir() and not options.invented
    series = (recorded if real else invented)(frame, options.bars)
    names = options.strategy or registry.names(EXAMPLES)
    made = _with_a_shared_account(configuration(series, {**alone(names), SHARED: names}, {}))
    return _judged(made, series)


def _judged(made: Configuration, series: Sequence[Series]) -> Iterator[Compared]:
    yield from compared(made, series, in_process(made, series))


def _with_a_shared_account(made: Configuration) -> Configuration:
    accounts = (replace(one, limits=NARROW) if one.name == SHARED else one for one in made.accounts)
    return replace(made, accounts=tuple(accounts))


def _told(frame: str, one: Compared) -> bool:
    """Print one line; return whether the engines agree and the sample counts."""
    enough = one.trips >= ENOUGH
    words = "" if enough else f"  TOO FEW ROUND TRIPS, {ENOUGH} make a sample count"
    _say(
        f"{frame:4} {one.account:20} {one.decisions:9,} {one.orders:7,} {one.fills:6,} {one.trips:6,}  "
        f"{_counted(one.exits)}; {_counted(one.denied)}{words}"
    )
    for line in one.differences:
        _say(f"     DIFFERS {line}")
    return enough and not one.differences


def _counted(found: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(found.items())) or "none"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
