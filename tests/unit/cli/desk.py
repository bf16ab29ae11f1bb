"""A deployed environment as commands see it, on moto: real tables and queues that hold what a short replay left."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.aws import mocked_aws
from tests.fakes.pipeline import Pipeline
from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb.decisions import DynamoDecisions
from tradewind.adapters.dynamodb.journal import DynamoJournal
from tradewind.adapters.dynamodb.progress import DynamoProgress
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.adapters.dynamodb.table import Item, Table
from tradewind.adapters.market.replay import MemoryObjects, ReplayProvider
from tradewind.cli.bars import pack_dataset
from tradewind.cli.configuration.building import write
from tradewind.cli.configuration.reading import read
from tradewind.cli.deployed import Deployed
from tradewind.cli.run.plan import RunPlan, RunRequest, load, plan

ROOT = Path(__file__).resolve().parents[3]
FUNCTIONS = ("fetch_bars", "evaluate_bars", "execute_orders", "publish_events", "send_alerts", "watch", "compact_bars")
OPTIONS = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}


def planned(steps: int | None = 150, symbols: Sequence[str] = ("IBM", "FB")) -> RunPlan:
    """Return the plan of a short run over the sample bars."""
    request = RunRequest(steps=steps, symbols=tuple(symbols))
    return plan(request, read(ROOT / "config" / "local.toml"), load(request))


@contextmanager
def deployed(root: Path, run: RunPlan) -> Iterator[Deployed]:
    """Give an environment whose tables hold what replaying `run` leads to."""
    with mocked_aws():
        environment = Deployed("local", {}, OPTIONS)
        environment.outputs = tables(environment)
        write(run.configuration, root / "build" / "config" / "local" / "environment.json")
        _fill(environment, run)
        yield environment


_REPLAYED: dict[str, Sequence[Sequence[Item]]] = {}
"""What runs left in the tables: replaying one again takes seconds, and writing down what came of it does not."""


def tables(environment: Deployed) -> dict[str, str]:
    """Make the tables and queues of an environment; return its outputs."""
    sqs, dynamodb = environment.client("sqs"), environment.client("dynamodb")
    for name in ("market", "ledger"):
        dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": part, "AttributeType": "S"} for part in ("pk", "sk")],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        )
    fifo = {"FifoQueue": "true"}
    environment.client("s3").create_bucket(Bucket="data")
    return {
        "MarketTable": "market",
        "LedgerTable": "ledger",
        "DataBucket": "data",
        "OrderQueueUrl": sqs.create_queue(QueueName="orders.fifo", Attributes=fifo)["QueueUrl"],
        "OrderDlqUrl": sqs.create_queue(QueueName="orders-dlq.fifo", Attributes=fifo)["QueueUrl"],
        "EvaluateBarsFailuresUrl": sqs.create_queue(QueueName="evaluate-failures")["QueueUrl"],
        "AlertsInboxUrl": sqs.create_queue(QueueName="inbox")["QueueUrl"],
        **{f"{name}Function": f"tradewind-local-{name}" for name in FUNCTIONS},
    }


def _fill(environment: Deployed, run: RunPlan) -> None:
    name = json.dumps([run.configuration, run.warm_up, run.traded], sort_keys=True)
    both = environment.market, environment.ledger
    if name in _REPLAYED:
        for table, left in zip(both, _REPLAYED[name], strict=True):
            table.write_many(left)
    else:
        _replay(environment, run)
        _REPLAYED[name] = [_all_of(table) for table in both]


def _all_of(table: Table) -> Sequence[Item]:
    pages = table.client.get_paginator("scan").paginate(TableName=table.name)
    return [item for page in pages for item in page["Items"]]


def _replay(environment: Deployed, run: RunPlan) -> None:
    pipeline = Pipeline(environment.configuration, ReplayProvider(MemoryObjects(pack_dataset(run.series))))
    for now in (*run.warm_up, *run.traded):
        pipeline.step(now)
    _store(environment, pipeline)


def _store(environment: Deployed, pipeline: Pipeline) -> None:
    stores, market, ledger = pipeline.stores, environment.market, environment.ledger
    slices, decisions = DynamoSlices(market, lambda: 0.0), DynamoDecisions(market, lambda: 0.0)
    for shard in environment.configuration.shards:
        for slice_ in stores.slices.after(shard.name, 0, 100_000):
            slices.put(slice_)
        progress = DynamoProgress(market, lambda: 0.0)
        progress.save(replace(stores.progress.load(shard.name), version=1))
    for record in stores.result().decisions:
        decisions.put(record)
    result = stores.result()
    accounts = [items.account_item(account) for account in result.accounts.values()]
    books = [items.book_item(book, 1) for book in stores.ledger.books.values()]
    orders = [items.order_item(order, 1) for order in result.orders]
    entries = [items.entry_item(entry) for entries in result.journals.values() for entry in entries]
    ledger.write_many([*accounts, *books, *orders, *map(items.fill_item, result.fills), *entries])
    for name, entries_ in result.journals.items():
        DynamoJournal(ledger).mark_published(name, len(entries_))
