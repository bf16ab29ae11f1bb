"""The deployed functions in one process: each handler with its real event, as streams and queues wake it."""

import io
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any
from unittest.mock import patch

from tradewind import bootstrap
from tradewind.adapters.clock import SystemClock
from tradewind.adapters.dynamodb.series import DynamoSeries
from tradewind.adapters.market import registry
from tradewind.adapters.market.kraken import KrakenProvider
from tradewind.adapters.metering import Accountant, Call, Recorder, Usage
from tradewind.cli.errors import CommandError
from tradewind.cli.paths import root
from tradewind.cli.pricing.scenario import ACCOUNT, closes
from tradewind.cli.pricing.stage import LEDGER, MARKET, Stage, environment

type Handler = Callable[[Any, Any], Any]

FUNCTIONS = (
    "fetch_bars", "evaluate_bars", "execute_orders", "publish_events", "send_alerts", "watch", "compact_bars",
    "repair_bars", "refresh_universe", "guard_stops",
)  # fmt: skip

_AMPLE = 50
"""Requests a second that the venue allows, as Binance does."""


@dataclass(frozen=True, slots=True)
class Function:
    """A loaded function and what it has logged."""

    name: str
    handler: Handler
    log: io.StringIO


def load(name: str) -> Function:
    """Load a function as the runtime does; its log lines go to a buffer."""
    log = io.StringIO()
    path = root() / "functions" / name / "handler.py"
    spec = spec_from_file_location(f"function_{name}", path)
    assert spec is not None  # noqa: S101 - the path ends in .py
    assert spec.loader is not None  # noqa: S101
    module = module_from_spec(spec)
    with redirect_stderr(log), patch.dict(os.environ, POWERTOOLS_SERVICE_NAME=name):
        spec.loader.exec_module(module)
    return Function(name, module.handler, log)


def slice_event(shard: str, steps: Sequence[int]) -> dict[str, Any]:
    """Return the stream's record of written slices."""
    return _stream(MARKET, [(f"SLICE#{shard}", f"{closes(step):013d}#0001") for step in steps])


def journal_event(seqs: Sequence[int]) -> dict[str, Any]:
    """Return the stream's record of written journal entries."""
    return _stream(LEDGER, [(f"JOURNAL#{ACCOUNT}", f"{seq:012d}") for seq in seqs])


def _stream(table: str, keys: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {
        "Records": [
            {
                "eventID": "1", "eventName": "INSERT", "eventSource": "aws:dynamodb",
                "eventSourceARN": f"arn:aws:dynamodb:us-east-1:000000000000:table/{table}/stream/1",
                "dynamodb": {"Keys": {"pk": {"S": pk}, "sk": {"S": sk}}, "StreamViewType": "KEYS_ONLY"},
            }
            for pk, sk in keys
        ]
    }  # fmt: skip


@dataclass(slots=True)
class Company:
    """Every function of an environment, woken in order; use it inside `at_work`.

    Attributes
    ----------
    used : dict of str to Usage
        By function, since the last `reset`.
    """

    stage: Stage
    functions: dict[str, Function] = field(default_factory=lambda: {name: load(name) for name in FUNCTIONS})
    used: dict[str, Usage] = field(default_factory=dict)
    _recorder: Recorder = field(default_factory=Recorder)
    _accountant: Accountant = field(default_factory=Accountant)

    def __post_init__(self) -> None:
        for service in ("dynamodb", "sqs", "sns"):
            self._recorder.listen(bootstrap.client(service))
        self.reset()

    def reset(self) -> dict[str, Usage]:
        """Return what was used, and count anew."""
        used, self.used = self.used, {name: Usage() for name in FUNCTIONS}
        return used

    def step(self, number: int) -> None:
        """Bring every shard to a step, and what follows from it to its end."""
        self.fetch(number)
        for shard in self.stage.scenario.shards:
            self.run("evaluate_bars", slice_event(shard, [number]))
        # One receive for each batch that was sent: its messages became visible together.
        for batch in self.stage.received():
            written = _entries(self.run("execute_orders", {"Records": batch}))
            if written:
                self._announce(written)

    def fetch(self, number: int) -> None:
        """Fetch every shard up to a step."""
        self.stage.advance(closes(number))
        for shard in self.stage.scenario.shards:
            self.run("fetch_bars", {"shard": shard, "now": closes(number)})

    def mean_sizes(self, since: int) -> dict[str, float]:
        """Return the mean bytes of an item by its kind, slices and decisions from the step `since` on."""
        return self._accountant.mean_sizes(closes(since))

    def run(self, name: str, event: Any) -> list[Call]:
        """Invoke a function and count what it does; return its calls."""
        function = self.functions[name]
        logged = function.log.tell()
        begun = time.process_time()
        with redirect_stdout(function.log):  # metrics are log lines too
            answer = function.handler(event, None)
        cpu = time.process_time() - begun
        if name == "execute_orders" and answer["batchItemFailures"]:
            raise CommandError(f"the sample's orders failed: {function.log.getvalue()[logged:][-2000:]}")
        calls, (requests, sent) = self._recorder.taken(), self.stage.gateway.venue()
        lines = function.log.getvalue()[logged:].encode()
        own = Usage(1, cpu, log_bytes=len(lines), log_lines=lines.count(b"\n"))
        venue = Usage(venue_requests=requests, venue_bytes=sent)
        self.used[name] += self._accountant.usage(calls) + own + venue
        return calls

    def _announce(self, seqs: Sequence[int]) -> None:
        for call in self.run("publish_events", journal_event(seqs)):
            if call.operation == "Publish":
                self.run("send_alerts", {"Records": [{"Sns": {"Message": call.request["Message"]}}]})


def _entries(calls: Sequence[Call]) -> list[int]:
    """Return the numbers of the journal entries that were written."""
    parts = [part for call in calls if call.operation == "TransactWriteItems" for part in call.request["TransactItems"]]
    puts = [part["Put"]["Item"] for part in parts if "Put" in part]
    return [int(item["sk"]["S"]) for item in puts if item["pk"]["S"].startswith("JOURNAL#")]


@contextmanager
def at_work(stage: Stage) -> Iterator[Company]:
    """Let the functions see the stage's environment, venue and time until the end of the block."""
    # A venue that allows as much as a bill is for; Kraken itself, at one request a second, does not.
    ample = replace(registry.facts("kraken"), requests=_AMPLE, seconds=1)
    defaults = (stage.gateway.endpoint, *KrakenProvider.__init__.__defaults__[1:])  # type: ignore[index]
    with (
        environment(stage.variables),
        patch.object(KrakenProvider.__init__, "__defaults__", defaults),
        patch.object(registry, "facts", lambda _: ample),
        patch.object(SystemClock, "now", lambda *_: stage.time.now),
        # Bars that are old when they are packed are marked for the archive, as those of the last hour are not.
        patch.object(DynamoSeries.__init__, "__defaults__", (lambda: stage.time.now / 1000,)),
    ):
        bootstrap.forget_clients()
        try:
            yield Company(stage)
        finally:
            bootstrap.forget_clients()
