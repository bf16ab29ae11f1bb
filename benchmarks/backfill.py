"""Backfill: half a million bars of ninety instruments, killed three times on the way, on a deployed stack.

The command runs as a person runs it, in a process of its own that is ended by SIGKILL when a quarter, a half and three
quarters of the windows are done, and started again. What is stored then is compared bar by bar with what the simulated
venue makes of the same times. Beside it, what the venue's own limit alone would have taken.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import OUTPUT, Figure
from tests.venues.__main__ import names
from tests.venues.market import Made
from tradewind.adapters.dynamodb.backfills import DynamoBackfills
from tradewind.adapters.dynamodb.series import DynamoSeries
from tradewind.adapters.market.registry import facts
from tradewind.cli.configuration.building import write
from tradewind.cli.deployed import Deployed, of_local
from tradewind.cli.local import Places, down, ends_when_interrupted, up
from tradewind.cli.paths import root
from tradewind.domain.backfill import Backfill, plan
from tradewind.domain.bar import Bar
from tradewind.domain.instrument import InstrumentId, instrument_id
from tradewind.domain.rate import RateLimit
from tradewind.domain.timeframe import Timeframe

COUNT, DAYS, FRAMES = 90, 47, (Timeframe.D1, Timeframe.H1, Timeframe.M15)
BARS = 508_213
SECONDS = 120.0
KILLS = (0.25, 0.5, 0.75)
PORT = 4591
VENUE = "bybit"
_SHARE = 0.95


def measure(count: int = COUNT, days: int = DAYS) -> list[Figure]:
    """Deploy, kill, let it end, and compare."""
    home = OUTPUT / "backfill"
    symbols = [instrument_id(name, VENUE) for name in names(VENUE, count)]
    with _venue(count) as address, _stack(home, symbols, address) as deployed:
        begun, spent = time.monotonic(), _processor()
        plans, killed = _run(deployed, home, symbols, days)
        taken, spent = time.monotonic() - begun, _processor() - spent
        stored, wrong = _compared(deployed, plans)
    requests = sum(1 for _ in plans.windows())
    allowed = RateLimit(facts(VENUE).requests, facts(VENUE).seconds).interval * requests / _SHARE / 1e6
    return [
        Figure("bars stored", stored, "bars", BARS if count == COUNT else None, "higher"),
        Figure("bars that differ from the venue's, are missing or double", wrong, "bars", 0),
        Figure("killed on the way", killed, "times", len(KILLS), "higher"),
        Figure("in all, verification included", taken, "s", SECONDS if count == COUNT else None),
        Figure("processor time of the command alone, its four starts included", spent, "s"),
        Figure("the venue's limit alone", allowed, "s"),
    ]


def _processor() -> float:
    """Return the processor time of the children that have ended: while a backfill runs, its commands."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def _venue(count: int) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.venues", VENUE, "--instruments", str(count)]
    with subprocess.Popen(command, cwd=root(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdin
        assert served.stdout
        try:
            yield json.loads(served.stdout.readline())[VENUE]
        finally:
            served.stdin.close()


@contextmanager
def _stack(home: Path, symbols: Sequence[InstrumentId], address: str) -> Iterator[Deployed]:
    shard = {"name": "bybit-1m-1", "timeframe": "1m", "provider": f"{VENUE}@{address}", "instruments": symbols}
    rules = {"tick": "0.01", "lot": "0.00000001", "minimum_notional": "0.5"}
    file = {
        "environment": "local", "clock": "replay", "trade_from": 0, "shards": [shard],
        "instruments": dict.fromkeys(symbols, rules), "accounts": [], "strategies": [],
        "alerts": {"emails": [], "phones": [], "webhooks": []}, "schedules": {},
    }  # fmt: skip
    # The command looks for the stack and its configuration where a person's are: in a project folder of its own.
    write(file, home / "build" / "config" / "local" / "environment.json")
    places = Places(home / "stack")
    down(places)
    try:
        with ends_when_interrupted(places):
            yield of_local(up("minimal", PORT, home / "build" / "config" / "local" / "environment.json", places=places))
    finally:
        down(places)


def _run(deployed: Deployed, home: Path, symbols: Sequence[InstrumentId], days: int) -> tuple[Backfill, int]:
    """Start the command, kill it at its shares of the windows, and let the last one end."""
    backfills = DynamoBackfills(deployed.market, time.time)
    name = plan(symbols, FRAMES, days, 0).name
    killed = 0
    for share in KILLS:
        process = _command(deployed, home, days)
        while process.poll() is None:
            begun = backfills.begun(name)
            if begun and sum(1 for _ in backfills.outcomes(begun)) > share * sum(1 for _ in begun.windows()):
                process.send_signal(signal.SIGKILL)
                killed += 1
                break
            time.sleep(1.0)
        process.wait()
    begun = backfills.begun(name)
    assert begun, "nothing was planned"
    last = _command(deployed, home, days)
    assert last.wait() == 0, "the last run did not end whole"
    return begun, killed


def _command(deployed: Deployed, home: Path, days: int) -> "subprocess.Popen[bytes]":
    frames = ",".join(map(str, FRAMES))
    script = f"""
import sys
from pathlib import Path
from tradewind.cli import deployed
from tradewind.cli.local import Places, current
deployed.connect = lambda _: deployed.of_local(current(Places(Path({str(home / "stack")!r}))))
sys.argv = ["tradewind", "data", "backfill", "--days", "{days}", "--intervals", "{frames}", "--share", "{_SHARE}"]
from tradewind.cli.app import main
main()
"""
    assert deployed.local
    variables = {**os.environ, **deployed.local.variables, "TRADEWIND_ROOT": str(home)}
    return subprocess.Popen([sys.executable, "-c", script], env=variables, cwd=root())


def _compared(deployed: Deployed, begun: Backfill) -> tuple[int, int]:
    """Return how many bars are stored, and how many are not as the venue makes them."""
    series, market = DynamoSeries(deployed.market), Made()
    stored = wrong = 0
    for name, frame in begun.series:
        start, end = begun.start // frame.ms * frame.ms, begun.end // frame.ms * frame.ms
        seen = [bar for chunk in series.chunks(name, frame, start, end) for bar in chunk.bars]
        symbol = name.rpartition(".")[0]
        rows = (market.row(symbol, frame, ts) for ts in range(start, end, frame.ms))
        told = [Bar(row.ts, row.ts + frame.ms, *(float(text) for text in row[1:6])) for row in rows if row]
        stored += len(seen)
        wrong += len(set(seen) ^ set(told)) + len(seen) - len(set(seen))
    return stored, wrong
