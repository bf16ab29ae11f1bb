"""CPU from the message as Lambda hands it over to its order's first byte on the wire; what an order asks of DynamoDB.

The CPU is that of one thread, with the tables and the venue in processes of their own. An order is an entry or the stop
that follows its fill: each is on record before the venue hears of it, and again when the venue has answered.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from logging import getLogger
from statistics import median, quantiles
from typing import Any, cast

from aws_lambda_powertools import Logger

from benchmarks.figures import Figure
from tests.venues.__main__ import names
from tests.venues.private import KEY, SECRET
from tradewind import edge
from tradewind.adapters.clock import JitterPause, SystemClock
from tradewind.adapters.dynamodb.ledger import DynamoLedger
from tradewind.adapters.dynamodb.table import Table
from tradewind.adapters.metering import Accountant, Recorder, Usage
from tradewind.adapters.venues import registry, wire
from tradewind.adapters.venues.credentials import Credentials
from tradewind.adapters.venues.native import NativeVenue, Patience
from tradewind.application.apply_bars import ApplyBars
from tradewind.application.execute_message import ExecuteMessage
from tradewind.application.execute_order import ExecuteOrder
from tradewind.cli.paths import root
from tradewind.cli.pricing.gateway import client, serving
from tradewind.cli.pricing.scenario import ACCOUNT, STRATEGY, Scenario
from tradewind.domain.configuration import AccountMode, AccountRules, Configuration, Limits
from tradewind.domain.identifiers import intent_id
from tradewind.domain.instrument import Instrument, InstrumentId, instrument_id
from tradewind.domain.messages import IntentMessage, to_json
from tradewind.domain.order import BY_STRATEGY, Leg, OrderIntent, Side
from tradewind.domain.timeframe import Timeframe

WITHIN = 10.0
REQUESTS = 4
ORDERS, WARMUP = 70, 20
READ, WRITE = 0.125, 0.625
"""Dollars for a million read and write request units on demand, us-east-1."""


def measure() -> Iterator[Figure]:
    """Send entries to a simulated Kraken, each followed by its stop."""
    with serving(Scenario(1, 1)) as gateway, _venue() as address:
        dynamodb, recorder = client("dynamodb", gateway.endpoint), Recorder()
        _make_table(dynamodb)
        recorder.listen(dynamodb)
        instruments = [instrument_id(name, "KRAKEN") for name in names("kraken", ORDERS)]
        run = _executor(_configuration(instruments), dynamodb, address, instruments)
        accountant = Accountant()
        for number, name in enumerate(instruments[:WARMUP]):
            run(wish(name, number))
        accountant.usage(recorder.taken())
        spent = [run(wish(name, number)) for number, name in enumerate(instruments[WARMUP:], WARMUP)]
        yield from _figures(spent, accountant.usage(recorder.taken()))


def _figures(spent: Sequence[float], used: Usage) -> Iterator[Figure]:
    orders = 2 * len(spent)  # each entry and its stop
    dollars = READ * sum(used.reads.values()) + WRITE * sum(used.writes.values())
    yield Figure("intent received to venue request sent, CPU p50", 1000 * median(spent), "ms", WITHIN)
    yield Figure("intent received to venue request sent, CPU p99", 1000 * quantiles(spent, n=100)[98], "ms")
    yield Figure("DynamoDB requests an order at a venue", used.calls / orders, "", REQUESTS)
    yield Figure("DynamoDB of an order at a venue, a million of them", dollars / orders, "$")


@contextmanager
def _venue() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.venues", "kraken", "--instruments", str(ORDERS)]
    with subprocess.Popen(command, cwd=root(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdin
        assert served.stdout
        try:
            yield json.loads(served.stdout.readline())["kraken"]
        finally:
            served.stdin.close()


def _make_table(dynamodb: Any) -> None:
    dynamodb.create_table(
        TableName="ledger",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": part, "AttributeType": "S"} for part in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )


def _configuration(instruments: Sequence[InstrumentId]) -> Configuration:
    limits = Limits(open_positions=10_000, instrument_exposure=Decimal(1), orders_per_minute=10_000)
    rules = AccountRules(
        ACCOUNT, "KRAKEN", Decimal(1_000_000), 26, 0, limits, mode=AccountMode.SANDBOX, credentials="ssm:/none"
    )
    listed = {name: Instrument(name, Decimal("0.01"), Decimal("0.00000001")) for name in instruments}
    return Configuration("bench", "system", 0, (), listed, (rules,), (), (), "bench")


def _executor(
    configuration: Configuration, dynamodb: Any, address: str, instruments: Sequence[InstrumentId]
) -> Callable[[OrderIntent], float]:
    """Return what executes an intent as the function does, and says how much CPU it took until it was on the wire."""
    ledger = DynamoLedger(Table(dynamodb, "ledger"))
    built = registry.build(
        "KRAKEN", address, instruments, lambda: Credentials(KEY, SECRET), lambda: time.time_ns() // 1_000_000
    )
    assert isinstance(built, NativeVenue)
    venue = replace(built, patience=Patience())  # the venue's own pace would be waited for, which is no CPU
    apply_bars = ApplyBars(configuration, ledger, lambda *_: ())
    order = ExecuteOrder(configuration, ledger, {ACCOUNT: venue}, apply_bars, SystemClock())
    execute = ExecuteMessage(apply_bars, order, JitterPause())
    silent = cast("Logger", getLogger("bench"))
    batch = edge.FifoBatch(execute, execute.halt, _refused, silent)
    sent: list[float] = []
    real = wire.Wire.send

    def noted(self: wire.Wire, method: str, target: str, body: str, headers: Any) -> wire.Answer:
        if target.endswith("AddOrder"):
            sent.append(time.thread_time())
        return real(self, method, target, body, headers)

    def run(intent: OrderIntent) -> float:
        body = to_json(IntentMessage(intent))
        group = f"{intent.account}#{intent.instrument}"
        event = {"Records": [{"messageId": "1", "body": body, "attributes": {"MessageGroupId": group}}]}
        sent.clear()
        wire.Wire.send = noted  # type: ignore[method-assign]
        begun = time.thread_time()
        answer = batch(event)
        wire.Wire.send = real  # type: ignore[method-assign]
        if answer["batchItemFailures"] or not sent:
            raise RuntimeError(f"the order of {intent.instrument} never reached the venue")
        return sent[0] - begun

    return run


def _refused(body: str, reason: str) -> None:
    raise RuntimeError(f"{reason}: {body[:200]}")


def wish(name: InstrumentId, number: int, account: str = ACCOUNT, ts: int = 0) -> OrderIntent:
    """Return an entry that no other one can be taken for; without a time it is of now."""
    ts = ts or time.time_ns() // 1_000_000
    return OrderIntent(
        id=intent_id("bench", account, name, number),
        account=account,
        source=BY_STRATEGY,
        strategy=STRATEGY if not number else f"{STRATEGY}-{number}",
        strategy_version="1",
        timeframe=Timeframe.M1,
        instrument=name,
        ts=ts,
        leg=Leg.ENTRY,
        side=Side.BUY,
        quantity=Decimal("0.02"),
        reference_price=Decimal(160),
        stop=Decimal(40),
        target=Decimal(0),
        valid_until=ts + 3_600_000,
        assumed_version=-1,
        reason="ENTRY",
        trace=f"bench@{ts}",
    )
