"""What the HTTP API is asked about: 611 instruments at one minute, and a hundred thousand trades, on an emulator.

The market goes on: a minute's bars, their decisions and a round trip come whenever the benchmark says so.
"""

import json
import os
import random
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import batched
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.api_ledger import ACCOUNT, INSTRUMENTS, STRATEGIES, Traded, names
from benchmarks.warehouse import client
from tradewind.adapters.dynamodb.decisions import DynamoDecisions
from tradewind.adapters.dynamodb.progress import DynamoProgress
from tradewind.adapters.dynamodb.series import DynamoSeries
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.adapters.dynamodb.table import Table
from tradewind.adapters.dynamodb.universes import DynamoUniverses
from tradewind.application.ports import CheckpointRef, ShardProgress
from tradewind.application.refresh_universe import Membership
from tradewind.application.shard_state import ShardState
from tradewind.application.wording import AtWork, Wording
from tradewind.bootstrap import load_configuration, strategies_at_work
from tradewind.cli.local import Places, emulator, processes
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Configuration, Shard
from tradewind.domain.decision import Action
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.series import SeriesChunk, period_start
from tradewind.domain.signal import FLAT
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe
from tradewind.domain.universe import Candidate

SHARDS = 7
_STEPS, _DECIDED, _CHECKPOINT = 420, 48, 64
_QUEUES = ("orders-dlq.fifo", "orders.fifo", *(f"failures-{number}.fifo" for number in range(18)))
"""As many as are watched in production: the order queue, its dead letters, and each function's failures."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where everything lies, and the environment variables of the function."""

    variables: dict[str, str]
    configuration: Configuration
    seconds: float
    shards: "list[_Followed]"
    traded: Traded

    @property
    def behind(self) -> int:
        """How many minutes have closed that nobody has told of."""
        return (_minute() - self.shards[0].ts) // MINUTE

    def minute(self) -> None:
        """Let the next minute's bars come, be decided on, and lead to a round trip."""
        for shard in self.shards:
            shard.step(shown=True)
        self.traded.trade(self.shards[0].ts)


def _configured(folder: Path) -> Path:
    followed, path = names(), folder / "configuration.json"
    each = -(-INSTRUMENTS // SHARDS)
    shards = [
        {"name": f"sim-{n}", "timeframe": "1m", "provider": "replay", "instruments": list(part)}
        for n, part in enumerate(batched(followed, each, strict=False))
    ]
    whole = {
        "environment": "bench",
        "clock": "system",
        "shards": shards,
        "instruments": {name: {"tick": "0.01", "lot": "0.0001"} for name in followed},
        "accounts": [{"name": ACCOUNT, "venue": "PAPER", "cash": "1000000", "fee_bps": 10, "slippage_bps": 5}],
        "strategies": [{"name": name, "account": ACCOUNT, "timeframe": "1m"} for name in STRATEGIES],
        "universes": [{"name": "all"}],
    }
    path.write_text(json.dumps(whole))
    return path


@contextmanager
def opened() -> Iterator[Scene]:
    """Start an emulator, load it, and end it with the block."""
    with TemporaryDirectory() as home, socket.socket() as listener:
        places = Places(Path(home))
        listener.bind((emulator.HOST, 0))
        port = listener.getsockname()[1]
        listener.close()
        process = emulator.start(places, port)
        os.environ["AWS_CA_BUNDLE"] = str(places.certificate)
        try:
            yield _loaded(f"https://{emulator.HOST}:{port}", Path(home), str(places.certificate))
        finally:
            processes.end_group(process)
            os.environ.pop("AWS_CA_BUNDLE")


def _loaded(endpoint: str, home: Path, certificate: str) -> Scene:
    begun = time.monotonic()
    path = _configured(home)
    configuration = load_configuration(path)
    dynamodb = client("dynamodb", endpoint)
    for name in ("market", "ledger"):
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": part, "AttributeType": "S"} for part in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
        )
    market, ledger = Table(dynamodb, "market"), Table(dynamodb, "ledger")
    end = _minute()
    followed = [_Followed(configuration, shard, market, end, n) for n, shard in enumerate(configuration.shards)]
    for one in followed:
        one.load()
    DynamoUniverses(market).put(_membership(end // DAY))
    traded = Traded(ledger)
    traded.load(end)
    variables = _variables(endpoint, path, certificate)
    return Scene(variables, configuration, time.monotonic() - begun, followed, traded)


def _minute() -> int:
    """Return when the latest minute closed, UTC ms."""
    return time.time_ns() // 1_000_000 // MINUTE * MINUTE


def _variables(endpoint: str, path: Path, certificate: str) -> dict[str, str]:
    sqs, urls = client("sqs", endpoint), {}
    for name in _QUEUES:
        urls[name] = sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})["QueueUrl"]
    client("s3", endpoint).create_bucket(Bucket="data")
    watched = [{"name": name.partition(".")[0], "url": url} for name, url in urls.items()]
    return {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_CA_BUNDLE": certificate,
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "000000000000",
        "AWS_DEFAULT_REGION": "us-east-1",
        "POWERTOOLS_SERVICE_NAME": "http_api",
        "TRADEWIND_ENVIRONMENT": "bench",
        "CONFIGURATION_PATH": str(path),
        "MARKET_TABLE": "market",
        "LEDGER_TABLE": "ledger",
        "ORDER_QUEUE_URL": urls["orders.fifo"],
        "ALERT_TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:alerts",
        "DATA_BUCKET": "data",
        "WATCHED_QUEUES": json.dumps(watched),
        "USER_POOL_CLIENT_ID": "client",
        "FUNCTION_SIZES": "{}",
        "USER_STRATEGIES_PATH": "/nonexistent",
    }


# ── the market ───────────────────────────────────────────────────────────────────────────────────────────────────


class _Followed:
    """A shard as its evaluator keeps it."""

    def __init__(self, configuration: Configuration, shard: Shard, market: Table, end: int, seed: int) -> None:
        at_work, self._code = strategies_at_work(configuration, None)
        self._desk: list[AtWork] = at_work[ACCOUNT]
        self._configuration, self._shard = configuration, shard
        self._state = ShardState({one.key: one.strategy for one in self._desk})
        self._market, self._slices = market, DynamoSlices(market, time.time)
        self._decisions, self._progress = DynamoDecisions(market, time.time), DynamoProgress(market, time.time)
        self.ts, self._version, self._kept = end - _STEPS * MINUTE, 0, tuple[CheckpointRef, ...]()
        self._walks = {name: _walk(seed * 1000 + i, self.ts) for i, name in enumerate(shard.instruments)}

    def load(self) -> None:
        """Let strategies see seven hours, and keep what the evaluator keeps of it."""
        hours: dict[tuple[InstrumentId, int], list[Bar]] = {}
        for step in range(_STEPS):
            for name, bar in self.step(shown=step >= _STEPS - _DECIDED).bars.items():
                hours.setdefault((name, period_start(Timeframe.M1, bar.ts_open)), []).append(bar)
            if step == _STEPS - _CHECKPOINT:
                ref = CheckpointRef(self.ts, f"at-{self.ts}", 0)
                self._kept = (self._progress.put_checkpoint(self._shard.name, ref, self._state.to_bytes()),)
        series = DynamoSeries(self._market)
        chunks = (SeriesChunk(name, Timeframe.M1, at, bars[-1].ts_close, bars) for (name, at), bars in hours.items())
        self._market.write_many(list(map(series.item, chunks)))
        series.advance(self._shard.name, self.ts)

    def step(self, *, shown: bool) -> Slice:
        """Take the next minute's bars in; with what is shown, for all to see."""
        before, self.ts = self.ts, self.ts + MINUTE
        bars = {name: next(walk) for name, walk in self._walks.items()}
        slice_ = Slice(self._shard.name, Timeframe.M1, self.ts, bars, previous=before)
        self._state.advance(slice_)
        if shown:
            self._slices.put(slice_)
            self._decisions.put(_decided(self._configuration, self._desk, self._code, slice_, self._state))
            self._version += 1
            digest = self._state.digest()
            self._progress.save(ShardProgress(self._shard.name, self.ts, digest, (), self._kept, version=self._version))
        return slice_


def _decided(
    configuration: Configuration, desk: list[AtWork], code: dict[str, str], slice_: Slice, state: ShardState
) -> DecisionRecord:
    words = Wording(configuration, configuration.account(ACCOUNT), slice_)
    rows = []
    for one in desk:
        for name in slice_.bars:
            signal = one.strategy.signal(state.arrays[one.key, name], FLAT)
            failing = next((k for k, gate in enumerate(signal.gates) if not gate.passed), 0)
            gate = signal.gates[failing]
            reason = one.strategy.gates[failing].name.upper()
            told = words.decision(one, name, Action.HOLD, reason, signal, value=gate.value, limit=gate.threshold)
            rows.append(told)
    gates = {one.rules.name: [(gate.name, gate.comparison) for gate in one.strategy.gates] for one in desk}
    return DecisionRecord(
        shard=slice_.shard,
        ts=slice_.ts_close,
        rev=1,
        late=False,
        configuration=configuration.hash,
        code=code,
        gates=gates,
        versions={},
        decisions=tuple(rows),
        owed=(),
        state_digest="",
    )


def _walk(seed: int, start: int) -> Iterator[Bar]:
    chance, close, ts = random.Random(seed), 100.0, start
    while True:
        before, close = close, round(close * (1 + chance.gauss(0, 0.001)), 2)
        yield Bar(ts, ts + MINUTE, before, max(before, close) + 0.01, min(before, close) - 0.01, close, 10.0)
        ts += MINUTE


def _membership(day: int) -> Membership:
    members = [InstrumentId(name) for name in names()]
    tick, lot = Decimal("0.01"), Decimal("0.0001")
    listed = [
        Candidate(
            name,
            name.partition("-")[0],
            "USD",
            tick,
            lot,
            Decimal(5),
            trading=True,
            turnover=1e9 / (i + 1),
            spread_bps=2.0,
            volatility=0.03,
            trend=0.1,
        )
        for i, name in enumerate(members)
    ]
    return Membership("all", day, tuple(members), tuple(listed))


def event(path: str, question: dict[str, Any], etag: str = "") -> dict[str, Any]:
    """Return a request of an admin as API Gateway hands it over."""
    from urllib.parse import urlencode  # noqa: PLC0415

    claims = {"token_use": "access", "username": "bench", "cognito:groups": "[admin]"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": urlencode(question),
        "queryStringParameters": {name: str(value) for name, value in question.items()} or None,
        "headers": {"content-type": "application/json", **({"if-none-match": etag} if etag else {})},
        "requestContext": {
            "stage": "$default",
            "requestId": "request",
            "http": {"method": "GET", "path": path, "sourceIp": "127.0.0.1"},
            "authorizer": {"jwt": {"claims": claims, "scopes": None}},
        },
        "body": None,
        "isBase64Encoded": False,
    }
