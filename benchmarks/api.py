"""The HTTP API's function, warm, with 611 instruments and a hundred thousand trades stored: time, memory and size.

The function runs in a process of its own, against an emulator of its own, with nothing on its path but the layers that
are deployed. Every read that the dashboard asks is asked in turn; the first time of each does not count. The market
goes on meanwhile: every so many turns a new minute has been decided, and the account has traded.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

from benchmarks import api_ledger, api_scene
from benchmarks.figures import Figure

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ROOT / "build" / "layers" / "host"
_TIMES = 25
_NEW = 6
"""Turns from one new minute to the next; who asks every five seconds, as the dashboard does, has twelve."""

_P95, _MEGABYTES, _KILOBYTES = 60, 256, 256

_SYMBOL = "COIN007-USD.SIM"
READS: Sequence[tuple[str, dict[str, Any]]] = (
    ("/api/account", {}),
    ("/api/positions", {}),
    ("/api/orders", {"limit": 50}),
    ("/api/orders", {"status": "working"}),
    ("/api/fills", {"limit": 50}),
    ("/api/trades", {"limit": 100}),
    ("/api/performance", {}),
    ("/api/risk", {}),
    ("/api/kill-switch", {}),
    ("/api/alerts", {"limit": 50}),
    ("/api/alerts/channels", {}),
    ("/api/alerts/deliveries", {}),
    ("/api/strategies", {}),
    ("/api/strategy-status", {"limit": 60}),
    ("/api/decisions", {"limit": 100}),
    ("/api/decisions/summary", {"bars": 24}),
    ("/api/brain", {}),
    (f"/api/brain/{_SYMBOL}", {}),
    ("/api/health", {}),
    ("/api/engine-status", {}),
    ("/api/metrics", {}),
    ("/api/market-data/status", {}),
    (f"/api/market-data/{_SYMBOL}", {"limit": 300, "indicators": "rsi:14,ema:50"}),
    ("/api/monitor/tickers", {"limit": 500}),
    ("/api/monitor/trades", {}),
    ("/api/symbols", {"limit": 500}),
    (f"/api/symbol/{_SYMBOL}/basic", {}),
    (f"/api/symbol/{_SYMBOL}/profile", {}),
    ("/api/universe", {"limit": 500}),
    ("/api/monitor/universe", {}),
    ("/api/backtests", {}),
    ("/api/cost/month", {}),
)


@dataclass
class Asked:
    """One read with how long its answers took."""

    path: str
    question: dict[str, Any]
    size: int = 0
    times: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @property
    def p95(self) -> float:
        """The time that nineteen of twenty answers keep."""
        return quantiles(self.times, n=20)[18]


class Function:
    """The function in its process."""

    def __init__(self, variables: dict[str, str]) -> None:
        path = [str(LAYERS / name / "python") for name in ("runtime", "http", "api")]
        # The checkout's own code, so that what is measured is what is here.
        given = {"path": [*path, str(ROOT / "layers" / "tradewind" / "python")]}
        work = json.dumps({**given, "handler": str(ROOT / "functions" / "http_api" / "handler.py")})
        command = [sys.executable, "-S", str(ROOT / "benchmarks" / "api_child.py"), work]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=variables
        )

    def ask(self, one: Asked, etag: str = "") -> dict[str, Any]:
        """Ask, and wait for the answer."""
        pipe, answers = self._process.stdin, self._process.stdout
        assert pipe
        assert answers
        pipe.write(json.dumps(api_scene.event(one.path, one.question, etag)) + "\n")
        pipe.flush()
        told: dict[str, Any] = json.loads(answers.readline())
        return told

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


def measure() -> list[Figure]:
    """Load, then ask each read in turn."""
    reads = [Asked(path, dict(question)) for path, question in READS]
    with api_scene.opened() as scene:
        while scene.behind > _TIMES // _NEW:
            scene.minute()
        function = Function(scene.variables)
        try:
            peak = _ask(scene, function, reads)
        finally:
            function.end()
    return _figures(scene, reads, peak)


def _ask(scene: api_scene.Scene, function: Function, reads: Sequence[Asked]) -> float:
    peak = 0.0
    for turn in range(_TIMES + 1):
        if turn and turn % _NEW == 0 and scene.behind:
            scene.minute()
        for one in reads:
            told = function.ask(one)
            assert told["status"] == 200, (one.path, told)
            peak, one.size = max(peak, told["mb"]), max(one.size, told["size"])
            if turn:
                one.times.append(told["ms"])
                one.cpu.append(told["cpu"])
                one.waits.append(told["wait"])
    return peak


def _figures(scene: api_scene.Scene, reads: Sequence[Asked], peak: float) -> list[Figure]:
    slowest = sorted(reads, key=lambda one: -one.p95)
    return [
        Figure("trades stored", api_ledger.TRADES, "trades", better="higher"),
        Figure("instruments followed", len(scene.configuration.instruments), "", better="higher"),
        Figure("loading", scene.seconds, "s"),
        Figure("reads, p95 over all", _p95_of(one.times for one in reads), "ms", _P95),
        *(Figure(f"{one.path} p95", one.p95, "ms", _P95) for one in slowest[:8]),
        Figure("of a read, waiting for the emulator, p95 over all", _p95_of(one.waits for one in reads), "ms"),
        Figure("processor time of a read, p95 over all", _p95_of(one.cpu for one in reads), "ms"),
        Figure("largest answer", max(one.size for one in reads) / 1024, "kB", _KILOBYTES),
        Figure("memory of the process, peak", peak, "MB", _MEGABYTES),
    ]


def _p95_of(times: Iterable[Sequence[float]]) -> float:
    return quantiles([one for some in times for one in some], n=20)[18]
