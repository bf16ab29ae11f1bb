"""What the HTTP API is asked about: 611 instruments at one minute, and a hundred thousand trades, on an emulator."""

import json
import os
import random
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import batched
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.warehouse import client
from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb.decisions import DynamoDecisions
from tradewind.adapters.dynamodb.progress import DynamoProgress
from tradewind.adapters.dynamodb.series import DynamoSeries
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.adapters.dynamodb.table import Item, Table
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
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import START, Account, Book, Stake, SubPosition
from tradewind.domain.order import Leg, Order, OrderStatus, Side
from tradewind.domain.series import SeriesChunk, period_start
from tradewind.domain.signal import FLAT
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe
from tradewind.domain.universe import Candidate

INSTRUMENTS, SHARDS, HELD = 611, 7, 5
TRADES = 100_000
STRATEGIES = ("rsi_pullback_pro", "swing_trader")
_STEPS, _DECIDED, _CHECKPOINT = 420, 48, 64
_ACCOUNT = "paper"
_QUEUES = ("orders.fifo", "orders-dlq.fifo")


@dataclass(frozen=True, slots=True)
class Scene:
    """Where everything lies, and the environment variables of the function."""

    variables: dict[str, str]
    configuration: Configuration
    seconds: float


def _names() -> list[str]:
    return [f"COIN{i:03d}-USD.SIM" for i in range(INSTRUMENTS)]


def _configured(folder: Path) -> Path:
    names, path = _names(), folder / "configuration.json"
    each = -(-INSTRUMENTS // SHARDS)
    shards = [
        {"name": f"sim-{n}", "timeframe": "1m", "provider": "replay", "instruments": list(part)}
        for n, part in enumerate(batched(names, each, strict=False))
    ]
    whole = {
        "environment": "bench",
        "clock": "replay",
        "shards": shards,
        "instruments": {name: {"tick": "0.01", "lot": "0.0001"} for name in names},
        "accounts": [{"name": _ACCOUNT, "venue": "PAPER", "cash": "1000000", "fee_bps": 10, "slippage_bps": 5}],
        "strategies": [{"name": name, "account": _ACCOUNT, "timeframe": "1m"} for name in STRATEGIES],
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
    end = time.time_ns() // 1_000_000 // MINUTE * MINUTE
    for n, shard in enumerate(configuration.shards):
        _shard(configuration, shard, market, end, n)
    DynamoUniverses(market).put(_membership(end // DAY))
    _trades(ledger, end)
    return Scene(_variables(endpoint, path, certificate), configuration, time.monotonic() - begun)


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


def _shard(configuration: Configuration, shard: Shard, market: Table, end: int, seed: int) -> None:
    """Let a shard's strategies see seven hours, and keep what the evaluator keeps of it."""
    at_work, code = strategies_at_work(configuration, None)
    desk: list[AtWork] = at_work[_ACCOUNT]
    state = ShardState({one.key: one.strategy for one in desk})
    slices, decisions = DynamoSlices(market, time.time), DynamoDecisions(market, time.time)
    progress = DynamoProgress(market, time.time)
    kept: list[CheckpointRef] = []
    walks = {name: _walk(seed * 1000 + i, end) for i, name in enumerate(shard.instruments)}
    for step in range(_STEPS):
        bars = {name: walk[step] for name, walk in walks.items()}
        ts = end - (_STEPS - 1 - step) * MINUTE
        slice_ = Slice(shard.name, Timeframe.M1, ts, bars, previous=ts - MINUTE)
        state.advance(slice_)
        if step >= _STEPS - 2 * _DECIDED:
            slices.put(slice_)
        if step >= _STEPS - _DECIDED:
            decisions.put(_decided(configuration, desk, code, slice_, state))
        if step == _STEPS - _CHECKPOINT:
            kept.append(progress.put_checkpoint(shard.name, CheckpointRef(ts, f"at-{ts}", 0), state.to_bytes()))
    progress.save(ShardProgress(shard.name, end, state.digest(), (), tuple(kept), version=1))
    series = DynamoSeries(market)
    for name, walk in walks.items():
        hours: dict[int, list[Bar]] = {}
        for bar in walk:
            hours.setdefault(period_start(Timeframe.M1, bar.ts_open), []).append(bar)
        market.write_many(
            [series.item(SeriesChunk(name, Timeframe.M1, at, found[-1].ts_close, found)) for at, found in hours.items()]
        )
    series.advance(shard.name, end)


def _decided(
    configuration: Configuration, desk: list[AtWork], code: dict[str, str], slice_: Slice, state: ShardState
) -> DecisionRecord:
    words = Wording(configuration, configuration.account(_ACCOUNT), slice_)
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


def _walk(seed: int, end: int) -> list[Bar]:
    chance, close, bars = random.Random(seed), 100.0, []
    for step in range(_STEPS):
        before, close = close, round(close * (1 + chance.gauss(0, 0.001)), 2)
        ts = end - (_STEPS - step) * MINUTE
        bars.append(Bar(ts, ts + MINUTE, before, max(before, close) + 0.01, min(before, close) - 0.01, close, 10.0))
    return bars


def _membership(day: int) -> Membership:
    names = [InstrumentId(name) for name in _names()]
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
        for i, name in enumerate(names)
    ]
    return Membership("all", day, tuple(names), tuple(listed))


# ── the ledger ───────────────────────────────────────────────────────────────────────────────────────────────────


def _trades(ledger: Table, end: int) -> None:
    """Store so many fills, each with its order and its journal entry, and what is held in the end."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(ledger.write_many, map(list, batched(_rows(end), 2_500, strict=False))))
    names = [InstrumentId(name) for name in _names()[:HELD]]
    stake = Stake(TRADES, Decimal(1000), Decimal(0))
    account = Account(_ACCOUNT, Decimal(1_000_000), Decimal(995_000), seq=TRADES, stakes=dict.fromkeys(names, stake))
    ledger.write_many([items.account_item(account)])
    for k, name in enumerate(names):
        entry = replace(_order(k, TRADES, Side.BUY, end), instrument=name)
        held = SubPosition(STRATEGIES[0], Decimal(10), Decimal(1000), end, 3, entry.id)
        stop = replace(entry, id=_id(TRADES * 3 + k), leg=Leg.STOP, side=Side.SELL, price=Decimal(95))
        book = Book(_ACCOUNT, name, 2, end, Decimal(101), (held,), (replace(stop, status=OrderStatus.ACCEPTED),))
        ledger.write_many([items.book_item(book, TRADES)])


def _rows(end: int) -> Iterator[Item]:
    head = START
    for number in range(1, TRADES + 1):
        side = Side.BUY if number % 2 else Side.SELL
        ts = end - (TRADES - number) * MINUTE
        order = replace(_order(number, number, side, ts), status=OrderStatus.FILLED)
        realised = Decimal(number % 7 - 3) if side is Side.SELL else Decimal(0)
        fill = Fill.of(order, 1, order.quantity, Decimal(100), Decimal("0.1"), realised, ts)
        facts = {"order_id": order.id, "trade_id": fill.trade_id}
        event = Event(
            "ORDER_FILLED", Severity.INFO, f"{side} {order.quantity} {order.instrument}", order.instrument, facts
        )
        entry = JournalEntry(_ACCOUNT, number, ts, (event,), head)
        head = entry.hash
        yield items.order_item(order, number)
        yield items.fill_item(fill)
        yield items.entry_item(entry)


def _order(k: int, number: int, side: Side, ts: int) -> Order:
    leg = Leg.ENTRY if side is Side.BUY else Leg.EXIT
    name = InstrumentId(_names_of(k // 2))
    parent = _id(number if side is Side.BUY else number - 1)
    trace = f"sim-0@{ts}.1"
    return Order(
        _id(number), _ACCOUNT, name, STRATEGIES[k % 2], leg, side, Decimal(10), parent, ts, reason="SIGNAL", trace=trace
    )


def _names_of(k: int) -> str:
    return f"COIN{k % INSTRUMENTS:03d}-USD.SIM"


def _id(number: int) -> IntentId:
    text = f"{number:032x}"
    return IntentId(f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}")


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
