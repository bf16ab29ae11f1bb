"""Backtests: bars a second, beside vectorbt, backtesting.py and NautilusTrader on the same bars and the same rule.

RSI(14) crosses 30, one unit bought at the next open, left above 70, 0.26 % fee, a million bars. Ours runs whole: fees,
limits, the equity curve, and the digest of every decision. All times are CPU seconds of the best of several turns, so
that a busy machine slows nobody; trades and results must equal those of the peers that fill at the open.
"""

import json
import mmap
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.figures import Figure
from benchmarks.rsi_cross import build
from tradewind.application.desk import AtWork
from tradewind.backtest import making
from tradewind.backtest.bars import Bars, Column
from tradewind.backtest.engine import Run, called, run
from tradewind.backtest.result import Result
from tradewind.backtest.setup import Extras, Setup, prepare
from tradewind.bootstrap import strategies_at_work
from tradewind.cli.local.places import uv
from tradewind.domain.configuration import AccountRules, Configuration, Gates, Limits, Shard, StrategyRules
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.timeframe import Timeframe
from tradewind.strategies import registry

BARS, TURNS = 1_000_000, 5
PEERS = {"vectorbt": 8.0, "backtesting.py": 50.0, "NautilusTrader": 300.0}
SCRIPT = Path(__file__).with_name("peers") / "trading.py"
VALUES = ("open", "high", "low", "close", "volume")
WALK = InstrumentId("WALK.BENCH")
MANY, STEPS = 90, 180 * 96
LARGE = 10_000_000
_MEGA = 1e6

type Engine = Callable[[Setup], Run]
COMPILED: Engine = partial(run, compiled=True)


def measure() -> list[Figure]:
    """Measure ours and the peers."""
    with tempfile.TemporaryDirectory() as folder:
        bars = Path(folder) / "bars.npz"
        np.savez(bars, **walk(BARS))
        columns = dict(np.load(bars))
        return [*_ours(columns, Path(folder)), *_beside(columns, bars), *_portfolio(), *_memory()]


def walk(count: int, seed: int = 7) -> dict[str, Any]:
    """Return a seeded random walk of one-minute bars in cents."""
    chance = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(chance.normal(0, 0.0005, count)))
    open_ = np.concatenate([[100.0], close[:-1]])
    high = np.maximum(open_, close) * (1 + abs(chance.normal(0, 0.0002, count)))
    low = np.minimum(open_, close) * (1 - abs(chance.normal(0, 0.0002, count)))
    prices = {name: np.round(one, 2) for name, one in zip(VALUES, (open_, high, low, close), strict=False)}
    times = (np.arange(count, dtype=np.int64) + 1) * 60_000 + 1_599_999_960_000
    return {"ts": times, **prices, "volume": chance.uniform(1, 100, count).round()}


def setup_of(columns: Mapping[str, Any], count: int) -> Setup:
    """Return the rule over the first so many bars."""
    instrument = Instrument(WALK, Decimal("0.01"), Decimal(1))
    values = tuple(columns[name][:count] for name in VALUES)
    bars = Bars(Timeframe.M1, (Column(instrument, columns["ts"][:count], values),))
    rules = StrategyRules("rsi_cross", "paper", Timeframe.M1, {}, Gates(0.0, 0))
    made = _configuration([instrument], Timeframe.M1, (rules,), Decimal(100_000_000), 26)
    return prepare(made, [AtWork("paper/rsi_cross", rules, build())], bars, Extras(fixed_quantity=1.0))


def _configuration(
    instruments: list[Instrument], frame: Timeframe, rules: tuple[StrategyRules, ...], cash: Decimal, fee: int
) -> Configuration:
    account = AccountRules("paper", "PAPER", cash, fee, 0, Limits())
    shard = Shard("bench", frame, "replay", tuple(one.id for one in instruments))
    known = {one.id: one for one in instruments}
    return Configuration("bench", "replay", 0, (shard,), known, (account,), rules, (), "bench")


def _timed(setup: Setup, turns: int, engine: Engine = COMPILED) -> tuple[float, Run]:
    """Return the CPU seconds of the best turn, and what came of it."""
    best, last = float("inf"), engine(setup)
    for _ in range(turns):
        begun = time.process_time()
        last = engine(setup)
        best = min(best, time.process_time() - begun)
    return best, last


def _ours(columns: Mapping[str, Any], folder: Path) -> Iterator[Figure]:
    os.environ["TRADEWIND_CACHE"] = str(folder)
    setup, part, little = (setup_of(columns, BARS // share) for share in (1, 10, 50))
    yield Figure("compiling walk, rule and indicator, once a machine", COMPILED(setup).compile_seconds, "s")
    making.forget()
    yield Figure("the same read from disk, once a process", COMPILED(setup).compile_seconds, "s")
    yield Figure("compiled backtest", BARS / _timed(setup, TURNS)[0] / _MEGA, "M bars/s", 15.0, "higher")
    seconds, asked = _timed(part, 3 * TURNS, called)
    yield Figure("a rule that is interpreted", len(part.bars) / seconds / _MEGA, "M bars/s", 0.7, "higher")
    seconds, plain = _timed(little, 1, run)
    yield Figure("everything interpreted, the reference", len(little.bars) / seconds / _MEGA, "M bars/s")
    differ = (COMPILED(part).digest != asked.digest) + (COMPILED(little).digest != plain.digest)
    yield Figure("engines whose decisions differ from the compiled ones", float(differ), "", 0.0)


def _beside(columns: Mapping[str, Any], bars: Path) -> Iterator[Figure]:
    command = [uv(), "run", "--quiet", "--script", str(SCRIPT), str(bars)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    seconds, _ = _timed(setup_of(columns, BARS), TURNS)
    for name, peer in json.loads(answer.stdout.decode().splitlines()[-1]).items():
        if "error" in peer:
            print(f"  {name} does not run here: {peer['error'][:200]}")
            continue
        times = peer["seconds"] / peer["bars"] * BARS / seconds
        yield Figure(f"bars a second over {name}", times, "times", PEERS[name], "higher")
        yield Figure(name, peer["bars"] / peer["seconds"] / _MEGA, "M bars/s")
        if peer["pnl"] is not None:
            yield from _agreeing(name, peer, setup_of(columns, peer["bars"]))


def _agreeing(name: str, peer: Mapping[str, Any], setup: Setup) -> Iterator[Figure]:
    trips = Result(run(setup, compiled=True)).round_trips
    yield Figure(f"round trips more or fewer than {name}", abs(len(trips) - peer["trades"]), "", 0.0)
    apart = abs(sum(trip.pnl for trip in trips) / peer["pnl"] - 1.0)
    yield Figure(f"result beside that of {name}, relative", apart, "", 1e-9)


def _portfolio() -> Iterator[Figure]:
    """Run every strategy on ninety instruments over half a year of quarter hours, one account for all."""
    instruments = [Instrument(InstrumentId(f"W{n:02}.BENCH"), Decimal("0.01"), Decimal("0.001")) for n in range(MANY)]
    columns = []
    for n, instrument in enumerate(instruments):
        one = walk(STEPS, seed=n)
        values = tuple(one[name] for name in VALUES)
        columns.append(Column(instrument, (np.arange(STEPS, dtype=np.int64) + 1) * 900_000, values))
    names = [name for name in registry.names() if name != "rsi_cross"]
    rules = tuple(StrategyRules(name, "paper", Timeframe.M15, {}, Gates(0.5, 1)) for name in names)
    made = _configuration(instruments, Timeframe.M15, rules, Decimal(1_000_000), 10)
    at_work, _ = strategies_at_work(made, None)
    setup = prepare(made, at_work["paper"], Bars(Timeframe.M15, tuple(columns)))
    seconds, _ = _timed(setup, 1)
    yield Figure(f"{len(names)} strategies, {MANY} instruments, 180 days of 15m", seconds, "s", 30.0)


def _memory() -> Iterator[Figure]:
    """Run ten million bars in a process of its own, from a file."""
    command = [sys.executable, "-m", "benchmarks.backtest", str(LARGE)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    yield Figure("memory for ten million bars", float(answer.stdout.decode().splitlines()[-1]), "MB", 300.0)


def _child(count: int, chunk: int = 250_000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kinds = {"ts": np.int64, **dict.fromkeys(VALUES, np.float64)}
        columns = {name: np.memmap(Path(folder) / name, kind, "w+", shape=(count,)) for name, kind in kinds.items()}
        for begin in range(0, count, chunk):
            part = walk(chunk, seed=begin)
            part["ts"] += begin * 60_000
            for name, values in part.items():
                columns[name][begin : begin + chunk] = values
            release(columns)
        run(setup_of(columns, count), compiled=True, told=lambda *_: release(columns))
    print(_most_memory())


def _most_memory() -> float:
    """Return the most memory that this process had at once, MB.

    What `getrusage` tells begins with that of the process that started it, where a system says nothing better.
    """
    status = Path("/proc/self/status")
    told = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return (int(told[1]) if told else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024


def release(columns: Mapping[str, Any]) -> None:
    """Let go of the pages of files that have been read."""
    for column in columns.values():
        column.flush()
        column._mmap.madvise(mmap.MADV_DONTNEED)  # noqa: SLF001 - NumPy shows it nowhere else


if __name__ == "__main__":
    _child(int(sys.argv[1]))
