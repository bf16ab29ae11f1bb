"""Market data: 611 instruments at one minute in seven functions, and a hundred workers on one rate.

Both against simulated venues over HTTP in a process of their own. The functions are threads, each with a source of its
own as a function has, over one table in a process of its own; a minute's fetch of every shard begins at once.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any

import httpx

from benchmarks.figures import Figure
from tests.fakes.market_stores import FakeRefusalLog
from tests.venues.__main__ import names
from tradewind.adapters.dynamodb.providers import DynamoRateBudget
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.adapters.dynamodb.table import Table
from tradewind.adapters.market.registry import build
from tradewind.application.fetch_bars import FetchBars, FetchReport
from tradewind.application.rate_limiter import RateLimiter
from tradewind.assembly import bar_source
from tradewind.cli.paths import root
from tradewind.cli.pricing.gateway import client, serving
from tradewind.cli.pricing.scenario import Scenario
from tradewind.domain.configuration import Shard
from tradewind.domain.instrument import instrument_id
from tradewind.domain.rate import Lease, RateLimit
from tradewind.domain.slice import MAXIMUM_INSTRUMENTS
from tradewind.domain.timeframe import MINUTE, Timeframe
from tradewind.settings import RuntimeSettings

INSTRUMENTS, FUNCTIONS = 611, 7
P50, P99 = 0.3, 2.0
WITHIN = 20.0
MINUTES = 2
WORKERS, EACH = 100, 20
ALLOWED = 60
"""Requests a second of the venue that a hundred workers ask."""

SHARE = 0.9
PATIENCE = 90.0


def measure() -> list[Figure]:
    """Fetch some minutes, then let the workers loose."""
    with serving(Scenario(5, 1)) as gateway:
        table = _table(gateway.endpoint)
        return [*_minutes(table), *_workers(table)]


def _table(endpoint: str) -> Table:
    dynamodb = client("dynamodb", endpoint)
    dynamodb.create_table(
        TableName="market",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": part, "AttributeType": "S"} for part in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    return Table(dynamodb, "market")


@contextmanager
def _venue(*options: str) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.venues", "bybit", *options]
    with subprocess.Popen(command, cwd=root(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdin
        assert served.stdout
        try:
            yield json.loads(served.stdout.readline())["bybit"]
        finally:
            served.stdin.close()


# ── 611 instruments ──────────────────────────────────────────────────────────────────────────────────────────────


def _minutes(table: Table) -> list[Figure]:
    every = [instrument_id(name, "BYBIT") for name in names("bybit", INSTRUMENTS)]
    parts = [every[at : at + MAXIMUM_INSTRUMENTS] for at in range(0, INSTRUMENTS, MAXIMUM_INSTRUMENTS)]
    with _venue("--instruments", str(INSTRUMENTS), "--latency", str(P50), str(P99)) as address:
        shards = [
            Shard(f"bybit-1m-{number}", Timeframe.M1, f"bybit@{address}", tuple(part))
            for number, part in enumerate(parts)
        ]
        fetches = [_fetch(shard, table) for shard in shards]
        taken, bars = [], 0
        for _ in range(MINUTES):
            _until_a_bar_closes()
            begun = time.monotonic()
            reports = _side_by_side(fetches)
            taken.append(time.monotonic() - begun)
            bars += sum(report.bars for report in reports)
    return [
        Figure(f"{INSTRUMENTS} instruments at one minute, the slowest of {MINUTES} fetches", max(taken), "s", WITHIN),
        Figure("the same, the middle one", median(taken), "s"),
        Figure("functions side by side", len(shards), "", FUNCTIONS),
        Figure("bars that were due and came", bars / (INSTRUMENTS * MINUTES), "", 1.0, "higher"),
    ]


def _fetch(shard: Shard, table: Table) -> Callable[[], FetchReport]:
    """Return a function's fetch, warm: its source is built, and it knows its watermark."""
    source = bar_source(shard, RuntimeSettings({}), table, client)
    use_case = FetchBars(source, DynamoSlices(table, time.time), FakeRefusalLog(), first_bars=1, gaps=True)
    return lambda: use_case(shard, int(time.time() * 1000))


def _until_a_bar_closes() -> None:
    time.sleep((MINUTE - int(time.time() * 1000) % MINUTE) / 1000 + 0.2)


def _side_by_side[T](work: Sequence[Callable[[], T]]) -> list[T]:
    found: list[T] = []
    threads = [threading.Thread(target=lambda one=one: found.append(one())) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


# ── a hundred workers ────────────────────────────────────────────────────────────────────────────────────────────


def _workers(table: Table) -> list[Figure]:
    with _venue("--instruments", str(EACH), "--limit", str(ALLOWED)) as address:
        budgets = [Counted(table) for _ in range(WORKERS)]
        work = [_worker(budget, address) for budget in budgets]
        begun = time.monotonic()
        failures = sum(_side_by_side(work))
        taken = time.monotonic() - begun
        leases = sum(one.leases for one in budgets)
        seen: dict[str, Any] = httpx.get(f"{address}/-/requests").json()
    served = sum(seen["paths"].values())
    return [
        Figure(f"{WORKERS} workers: requests that the venue refused", seen["refused"], "", 0),
        Figure(f"{WORKERS} workers: requests that failed otherwise", failures, "", 0),
        Figure(f"{WORKERS} workers: share of the allowed rate", served / taken / ALLOWED, "", SHARE, "higher"),
        Figure(f"{WORKERS} workers: writes of the shared budget for one request", leases / served, "", 0.1),
    ]


class Counted(DynamoRateBudget):
    """A budget that counts what is asked of it."""

    leases = 0

    def lease(self, provider: str, slots: int, interval: int, now: int, latest: int) -> Lease | None:
        """Take slots, and count."""
        self.leases += 1
        return super().lease(provider, slots, interval, now, latest)


def _worker(budget: Counted, address: str) -> Callable[[], int]:
    """Return a worker that asks for the bars of its instruments, a few side by side, as a function of its own would."""
    limiter = RateLimiter(budget, "hundred", RateLimit(ALLOWED, 1), lambda: time.time_ns() // 1_000, PATIENCE)
    line: dict[str, Any] = {
        "base_url": address,
        "limiter": limiter,
        "budget": PATIENCE,
        "attempts": 1,
        "concurrency": 6,
    }
    provider = build("bybit", {}, **line)
    every = [instrument_id(name, "BYBIT") for name in names("bybit", EACH)]

    def run() -> int:
        limiter.expect(EACH)
        now = int(time.time() * 1000)
        return len(provider.bars(every, Timeframe.M1, now - 5 * MINUTE, now).failures)

    return run
